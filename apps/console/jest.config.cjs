module.exports = require('../../jest.preset.cjs')('console', {
  testEnvironment: 'jsdom',
  setupFiles: ['<rootDir>/src/testing/browser-globals.cjs'],
  setupFilesAfterEnv: ['<rootDir>/src/testing/jest.setup.ts'],
});
