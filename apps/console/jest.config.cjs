module.exports = require('../../jest.preset.cjs')('console', {
  runtime: '<rootDir>/../../libs/testing/shared-runtime/compiled-once.cjs',
  testEnvironment: '<rootDir>/src/testing/browser-environment.cjs',
  setupFilesAfterEnv: ['<rootDir>/src/testing/jest.setup.ts'],
  // Published as ES modules only; Jest below Node 24.9 cannot require those.
  transformIgnorePatterns: ['/node_modules/(?!(react-hotkeys-hook)/)'],
});
