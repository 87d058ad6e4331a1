export * from './access';
export * from './errors';
export * from './key-format';
export * from './log-filter';
export * from './plans';
export * from './reason-texts';
export * from './status-codes';
