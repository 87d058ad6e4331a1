const preset = require('../../jest.preset.cjs');

module.exports = {
  ...preset('audit', preset.sharedPackages),
  globalSetup: '<rootDir>/../../libs/testing/jest-postgres.setup.cjs',
  globalTeardown: '<rootDir>/../../libs/testing/jest-postgres.teardown.cjs',
};
