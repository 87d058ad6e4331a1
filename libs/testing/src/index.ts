export { cloneDatabase, withTemplate, type TestDatabase } from './database';
