/**
 * A module is compiled once a worker and run anew for every spec file that loads it: what V8 has parsed and compiled stays with the script, whatever
 * context it is run in. Jest compiles every module, its own among them, again for every spec file.
 */
const vm = require('node:vm');
const { default: Runtime } = require('jest-runtime');

/** Of the file names; the source of one may differ from project to project. */
const scripts = new Map();

function scriptOf(source, filename, parameters) {
  const known = scripts.get(filename);
  if (known?.source === source) return known.script;
  const head = `(function (${parameters.join()}) {`;
  const script = new vm.Script(`${head}${source}\n})`, {
    filename,
    columnOffset: -head.length, // errors name places of the source
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  scripts.set(filename, { source, script });
  return script;
}

/** For Jest's executor of modules; `run` has a script run where the modules live. */
function compileOnce(executor, run) {
  const compile = executor.compile.bind(executor);
  executor.compile = (source, filename) => {
    let script;
    try {
      script = scriptOf(source, filename, executor.injectedModuleParameters);
    } catch (error) {
      if (executor.environment.getVmContext() === null) throw error;
      return compile(source, filename); // fails as well, and Jest says of it what it knows
    }
    return run(script);
  };
}

/** As Jest's own otherwise. */
module.exports = class CompiledOnce extends Runtime {
  constructor(...options) {
    super(...options);
    const { environment } = this.executor;
    compileOnce(this.executor, (script) => {
      const context = environment.getVmContext();
      return context === null ? null : script.runInContext(context);
    });
  }
};
module.exports.compileOnce = compileOnce;
