export { cloneDatabase, withTemplate, type TestDatabase } from './database';
export { forgedAddresses, forwardedForOf } from './forged-addresses';
