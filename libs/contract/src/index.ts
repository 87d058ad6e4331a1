export * from './access';
export type { components, operations, paths } from './api-types.gen';
export * from './errors';
export * from './key-format';
export * from './key-life';
export * from './log-filter';
export * from './plans';
export * from './reason-texts';
export * from './status-codes';
