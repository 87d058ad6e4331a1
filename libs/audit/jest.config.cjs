module.exports = {
  ...require('../../jest.preset.cjs')('audit'),
  globalSetup: '<rootDir>/../../libs/testing/jest-postgres.setup.cjs',
  globalTeardown: '<rootDir>/../../libs/testing/jest-postgres.teardown.cjs',
};
