export { GRACE_DAYS, keptAfterChange, retentionAt, retentionOf, type KeptRow, type Retention } from './retention-of';
