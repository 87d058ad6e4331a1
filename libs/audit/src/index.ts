export * from './audit.types';
export * from './audit.options';
