const path = require('node:path');
const swc = {
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', tsx: true, decorators: true, dynamicImport: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false, react: { runtime: 'automatic' } },
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
  sourceMaps: 'inline',
  swcrc: false,
};
const libs = { contract: 'contract', 'nestjs-audit': 'audit', testing: 'testing' };
/** For projects whose packages take longer to load than most of their specs to run. */
const sharedPackages = {
  runtime: path.resolve(__dirname, 'libs/testing/shared-runtime/runtime.cjs'),
  testEnvironment: path.resolve(__dirname, 'libs/testing/shared-runtime/environment.cjs'),
};
module.exports = (displayName, options = {}) => ({
  displayName,
  testEnvironment: 'node',
  testMatch: ['<rootDir>/src/**/*.spec.ts', '<rootDir>/src/**/*.spec.tsx'],
  transform: { '^.+\\.[cm]?[tj]sx?$': ['@swc/jest', swc] },
  // Nest 12 is ESM-only; Jest (<Node 24.9) cannot require(esm), so let SWC turn these packages into CJS.
  transformIgnorePatterns: [
    '/node_modules/(?!(@nestjs|@tokenizer|@borewit|content-disposition|cookie|file-type|hyparquet|hyparquet-writer|jose|marked|oauth4webapi|oidc-provider|openid-client|strtok3|token-types|uint8array-extras|uuid|typeid-js)/)',
  ],
  moduleNameMapper: Object.fromEntries(
    Object.entries(libs).map(([name, dir]) => [`^@pinebill/${name}$`, path.resolve(__dirname, `libs/${dir}/src/index.ts`)]),
  ),
  testTimeout: 60_000,
  ...options,
});
module.exports.sharedPackages = sharedPackages;
