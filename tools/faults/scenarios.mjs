// Every scenario by name, in the order in which they are run.
import { activity } from './scenarios/activity.mjs';
import { alerts } from './scenarios/alerts.mjs';
import { clock } from './scenarios/clock.mjs';
import { cutCommits } from './scenarios/cut-commits.mjs';
import { failpoints } from './scenarios/failpoints.mjs';
import { flushedFirst } from './scenarios/flushed-first.mjs';
import { journalDamaged } from './scenarios/journal-damaged.mjs';
import { journalBound, journalDiskFull, journalDiskFullKilled, journalNotFlushed, journalReadOnly } from './scenarios/journal-full.mjs';
import { kills } from './scenarios/kills.mjs';
import { asyncKills, committedDirectoryLost, committedKills } from './scenarios/modes.mjs';
import { overload } from './scenarios/overload.mjs';
import { postgresDiskFull } from './scenarios/postgres-disk-full.mjs';
import { postgresPaused } from './scenarios/postgres-paused.mjs';
import { postgresStopped } from './scenarios/postgres-stopped.mjs';
import { purge } from './scenarios/purge.mjs';
import { revocation } from './scenarios/revocation.mjs';
import { severalProcesses } from './scenarios/several-processes.mjs';

export const scenarios = {
  kills,
  failpoints,
  'postgres-stopped': postgresStopped,
  'postgres-paused': postgresPaused,
  'postgres-disk-full': postgresDiskFull,
  'cut-commits': cutCommits,
  'journal-disk-full': journalDiskFull,
  'journal-disk-full-killed': journalDiskFullKilled,
  'journal-read-only': journalReadOnly,
  'journal-not-flushed': journalNotFlushed,
  'journal-bound': journalBound,
  'journal-damaged': journalDamaged,
  'flushed-first': flushedFirst,
  clock,
  'several-processes': severalProcesses,
  revocation,
  overload,
  activity,
  purge,
  alerts,
  'committed-kills': committedKills,
  'committed-directory-lost': committedDirectoryLost,
  'async-kills': asyncKills,
};
