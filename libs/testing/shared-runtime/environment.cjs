/**
 * Runs specs in the worker's own realm instead of one per file, so that packages loaded once (runtime.cjs) and the specs agree on what an Error, a Promise or
 * `Reflect` is. Whatever a file adds to the globals, the environment variables or the process's listeners is taken back when it ends.
 */
const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

const snapshotOf = () => ({
  globals: new Map(Object.getOwnPropertyNames(globalThis).map((name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)])),
  env: { ...process.env },
  exit: process.exit,
  cwd: process.cwd(),
  listeners: new Map(process.eventNames().map((event) => [event, new Set(process.rawListeners(event))])),
});

function restore({ globals, env, exit, cwd, listeners }) {
  // Symbols are Jest's own: it finds by them what it has put there before.
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const before = globals.get(name);
    if (before === undefined) delete globalThis[name];
    else if (before.configurable) Object.defineProperty(globalThis, name, before);
  }
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.exit = exit;
  if (process.cwd() !== cwd) process.chdir(cwd);
  for (const event of process.eventNames())
    for (const listener of process.rawListeners(event)) if (!listeners.get(event)?.has(listener)) process.removeListener(event, listener);
}

module.exports = class SharedEnvironment {
  constructor({ projectConfig }) {
    this.before = snapshotOf();
    this.global = globalThis;
    this.moduleMocker = new ModuleMocker(globalThis);
    const timerConfig = { idToRef: (id) => ({ id, ref() { return this; }, unref() { return this; } }), refToId: (timer) => timer?.id }; // prettier-ignore
    this.fakeTimers = new LegacyFakeTimers({ config: projectConfig, global: globalThis, moduleMocker: this.moduleMocker, timerConfig });
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  async setup() {
    // Jest would have a hundred places for every error: here the product makes errors by the thousand, and refuses with them.
    Error.stackTraceLimit = 20;
  }

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    restore(this.before);
  }

  getVmContext() {
    return null;
  }
};
