/**
 * Jest loads every package anew for every spec file: for this API that is a second of processor time a file, and V8 forgets what it has optimised. Here packages of
 * node_modules are loaded once a worker, by Node itself; the project's own modules stay apart from file to file, as Jest has it, and mocks work as ever.
 */
const { createRequire } = require('node:module');
const { sep } = require('node:path');
const { default: Runtime } = require('jest-runtime');
const { compileOnce } = require('./compiled-once.cjs');

const PACKAGES = `${sep}node_modules${sep}`;
/** Jest's own belong to the file that runs. */
const ofJest = new RegExp(`\\${sep}node_modules\\${sep}(@jest\\${sep}|jest(-[a-z-]+)?\\${sep}|expect\\${sep}|pretty-format\\${sep})`);
const requires = new Map();

function requireOnce(from, name) {
  let load = requires.get(from);
  if (!load) requires.set(from, (load = createRequire(from)));
  return load(name);
}

/** The package that Node would load; null: it is the project's own, Jest's, or Node's. The same for every spec file. */
const packageFiles = new Map();
function packageFile(from, name) {
  const key = `${from}\0${name}`;
  let file = packageFiles.get(key);
  if (file === undefined) packageFiles.set(key, (file = findPackageFile(from, name)));
  return file;
}

function findPackageFile(from, name) {
  if (name.startsWith('.') || name.startsWith('/') || name.startsWith('@pinebill/')) return null;
  try {
    const file = createRequire(from).resolve(name);
    return file.includes(PACKAGES) && !ofJest.test(file) ? file : null;
  } catch {
    return null;
  }
}

module.exports = class SharedRuntime extends Runtime {
  constructor(...options) {
    super(...options);
    // There is no context but the worker's own.
    compileOnce(this.executor, (script) => script.runInThisContext());
    this.packages = new Map();
  }

  requireModuleOrMock(from, name) {
    if (this.isPackage(from, name)) return requireOnce(from, name);
    return super.requireModuleOrMock(from, name);
  }

  isPackage(from, name) {
    const key = `${from}\0${name}`;
    let known = this.packages.get(key);
    if (known === undefined) {
      known = !from.includes(PACKAGES) && packageFile(from, name) !== null && !this.mockState.shouldMockCjs(from, name).shouldMock;
      this.packages.set(key, known);
    }
    return known;
  }
};
