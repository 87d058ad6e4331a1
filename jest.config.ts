/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  projects: [
    '<rootDir>/libs/contract',
    '<rootDir>/libs/audit',
    '<rootDir>/libs/detection',
    '<rootDir>/apps/api',
    '<rootDir>/apps/console',
    '<rootDir>/apps/e2e',
    '<rootDir>/tools',
  ],
};
export default config;
