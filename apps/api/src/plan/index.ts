export { GRACE_DAYS, holdPurgeOff, keptAfterChange, retentionAt, retentionOf, type KeptRow, type Retention } from './retention-of';
