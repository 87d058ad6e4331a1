// Every scenario by name, in the order in which they are run. `pending`: not part of the default run yet, and why.
import { cutCommits } from './scenarios/cut-commits.mjs';
import { failpoints } from './scenarios/failpoints.mjs';
import { journalBound, journalDiskFull, journalNotFlushed, journalReadOnly } from './scenarios/journal-full.mjs';
import { kills } from './scenarios/kills.mjs';
import { postgresPaused } from './scenarios/postgres-paused.mjs';
import { postgresStopped } from './scenarios/postgres-stopped.mjs';

export const scenarios = {
  kills,
  failpoints,
  'postgres-stopped': postgresStopped,
  'postgres-paused': postgresPaused,
  'cut-commits': cutCommits,
  'journal-disk-full': journalDiskFull,
  'journal-read-only': journalReadOnly,
  'journal-not-flushed': journalNotFlushed,
  'journal-bound': journalBound,
};
