// Runs specs of the projects against a cluster that is there already (TEST_POSTGRES_URL). `PINEBILL_MUTANT` is the copy of the tree.
const { join } = require('node:path');
const root = process.env.PINEBILL_MUTANT;
const projectOf = (path) => {
  const { globalSetup: _setup, globalTeardown: _teardown, ...config } = require(join(root, path, 'jest.config.cjs'));
  return { ...config, rootDir: join(root, path), cacheDirectory: join(root, 'tmp/jest') };
};
module.exports = {
  rootDir: root,
  // Of a run, not of a project: theirs would not count here.
  testTimeout: 30_000,
  projects: ['apps/api', 'libs/audit', 'libs/contract'].map(projectOf),
  reporters: [join(__dirname, 'first-failure.cjs')],
};
