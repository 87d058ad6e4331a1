/**
 * What an operator should know and do something about: for /readyz, the log and the System page, in the same words. A warning never takes the
 * process out of service; what does is in readiness.ts.
 */
import type { DatabaseState, JournalOfProcess } from './database-probe';
import { detectionWarnings } from './detection-state';
import { mailWarnings, type MailState } from './mail-state';
import type { RecordingState } from './recording-state';

/**
 * `of`: who knows of it: this process, or the database, of which nothing is known while it does not answer. `said`: the recorder has said so itself,
 * with the cause.
 */
type Kind = { of: 'process' | 'database'; said?: true };
export const warningKinds = {
  database_away: { of: 'process' },
  login_is_superuser: { of: 'database' },
  login_is_owner: { of: 'database' },
  roles_not_separated: { of: 'database' },
  fsync_off: { of: 'database' },
  full_page_writes_off: { of: 'database' },
  synchronous_commit_off: { of: 'database' },
  month_missing: { of: 'database' },
  stray_rows: { of: 'database' },
  journal_of_dead_process: { of: 'database' },
  journal_filling: { of: 'process' },
  journal_full: { of: 'process' },
  journal_failing: { of: 'process' },
  changes_unheard: { of: 'process' },
  not_shipping: { of: 'process', said: true },
  shipping_late: { of: 'process' },
  quarantine: { of: 'database' },
  records_lost: { of: 'process' },
  journal_damaged: { of: 'process', said: true },
  job_failing: { of: 'database' },
  mail_not_configured: { of: 'database' },
  mail_waiting: { of: 'database' },
  mail_failed: { of: 'database' },
  detection_failing: { of: 'database' },
  detection_behind: { of: 'database' },
} satisfies Record<string, Kind>;
export type WarningCode = keyof typeof warningKinds;
export const warningCodes = Object.keys(warningKinds) as WarningCode[];
export const kindOf = (code: WarningCode): Kind => warningKinds[code];

export type Warning = {
  code: WarningCode;
  /** `danger`: records or changes are lost, or will be unless somebody acts. */
  severity: 'warning' | 'danger';
  message: string;
  /** What to do. */
  action: string;
};

const LATE_SECONDS = 60;
/** A cut connection is back within a second or two. */
const UNHEARD_SECONDS = 10;

/** `2025-12-02 10:30 UTC` */
const minute = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

/** `1 record`, `2,048 records`. */
const counted = (count: number, thing: string): string => `${count.toLocaleString('en-US')} ${thing}${count === 1 ? '' : 's'}`;

/** `database`: what it said last; null: nothing yet, or it does not answer. */
type Facts = {
  isAnswering: boolean;
  database: DatabaseState | null;
  unshipped: readonly JournalOfProcess[];
  recording: RecordingState;
  /** Since this process last heard its own beat (change-channel.ts). */
  unheardSeconds: number;
  /** Null: not known. */
  mail: MailState | null;
  /** For some minutes already. */
  isDetectionLate: boolean;
  now: Date;
};

/** The most pressing first. */
export function warningsOf({ isAnswering, database, unshipped, recording, unheardSeconds, mail, isDetectionLate, now }: Facts): Warning[] {
  const found = [
    ...ofRecording(recording),
    ...(isAnswering ? ofHearing(unheardSeconds) : [databaseAway]),
    ...(database === null ? [] : [...ofServer(database), ...ofPartitions(database, now), ...ofQuarantine(database), ...ofJobs(database)]),
    ...unshipped.map(ofDeadProcess),
    ...(mail === null ? [] : mailWarnings(mail, now)),
    ...(database?.detection ? detectionWarnings(database.detection, { isLate: isDetectionLate, now }) : []),
  ];
  return [...found.filter(({ severity }) => severity === 'danger'), ...found.filter(({ severity }) => severity === 'warning')];
}

const databaseAway: Warning = {
  code: 'database_away',
  severity: 'danger',
  message:
    'The database does not answer. Requests that need it are answered 503 with Retry-After and recorded; records wait in the journal.',
  action:
    'Check that PostgreSQL runs, that it can be reached from here and that its disk is not full. Nothing needs to be restarted afterwards.',
};

function ofHearing(unheardSeconds: number): Warning[] {
  if (unheardSeconds < UNHEARD_SECONDS) return [];
  return [
    {
      code: 'changes_unheard',
      severity: 'warning',
      message:
        'This process does not hear of changes to keys. It asks PostgreSQL for every call instead, and confirms no revocation: those take 35 s to be certain.',
      action:
        'Connect to PostgreSQL directly, or through a pooler that keeps a connection for a session (PgBouncer: pool_mode = session), and see that nothing on the way swallows what the server sends unasked.',
    },
  ];
}

function ofRoles({ roles, mayChange }: DatabaseState): Warning[] {
  const warnings: Warning[] = [];
  if (!roles.separated)
    warnings.push({
      code: 'roles_not_separated',
      severity: 'danger',
      message:
        mayChange.length === 0
          ? 'The product does not work as the role pinebill_app: the log is not append-only.'
          : `The role that the product works as may change what must only be added to, or reach a partition past the walls: ${mayChange.join(', ')}.`,
      action:
        'Start the product with a login that may SET ROLE pinebill_app, and revoke from that role UPDATE, DELETE and TRUNCATE on the tables, and everything on partitions.',
    });
  if (roles.login === 'superuser')
    warnings.push({
      code: 'login_is_superuser',
      severity: 'warning',
      message: 'The product logs in to PostgreSQL as a superuser: whoever takes over the process can change the audit log.',
      action: 'Give DATABASE_URL an ordinary login, and DATABASE_OWNER_URL the one that may create roles.',
    });
  if (roles.login === 'owner')
    warnings.push({
      code: 'login_is_owner',
      severity: 'warning',
      message:
        'The login of the product may become pinebill_maintenance, which owns the tables: whoever takes over the process can change the audit log.',
      action:
        'Give DATABASE_URL a login that is a member of pinebill_app alone, and DATABASE_OWNER_URL the one that may create roles. Then revoke pinebill_maintenance from the first.',
    });
  return warnings;
}

function ofServer(database: DatabaseState): Warning[] {
  const { fsync, fullPageWrites, synchronousCommit } = database;
  const setting = (name: string, message: string): Warning => ({
    code: `${name}_off` as WarningCode,
    severity: name === 'synchronous_commit' ? 'warning' : 'danger',
    message,
    action: `Set ${name} = on in the configuration of the PostgreSQL server and reload it.`,
  });
  return [
    ofRoles(database),
    fsync ? [] : setting('fsync', 'PostgreSQL runs with fsync off: a crash of the machine can destroy the database, records included.'),
    fullPageWrites
      ? []
      : setting(
          'full_page_writes',
          'PostgreSQL runs with full_page_writes off: a crash of the machine can leave pages that are half old, half new.',
        ),
    synchronousCommit === 'off'
      ? setting(
          'synchronous_commit',
          'PostgreSQL runs with synchronous_commit off: a crash can undo the last changes to keys, people and invoices. Records are committed safely all the same.',
        )
      : [],
  ].flat();
}

/** This month and the next one must be there; two ahead are made. */
function ofPartitions({ months, strayRows }: DatabaseState, now: Date): Warning[] {
  const needed = [0, 1].map((ahead) => new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)).toISOString().slice(0, 7));
  const missing = needed.filter((month) => !months.includes(month));
  const warnings: Warning[] = [];
  if (missing.length > 0)
    warnings.push({
      code: 'month_missing',
      severity: 'warning',
      message: `The audit log has no partition for ${missing.join(' and ')}. Nothing is lost: such rows go to the default partition.`,
      action: 'Look for errors of the job audit.partitions in the log. A restart of the product makes the months as well.',
    });
  if (strayRows !== null && strayRows > 0)
    warnings.push({
      code: 'stray_rows',
      severity: 'warning',
      message: `${counted(strayRows, 'row')} of the audit log ${strayRows === 1 ? 'lies' : 'lie'} in the default partition, because no month was made for ${strayRows === 1 ? 'its' : 'their'} time.`,
      action:
        'Compare the clocks of the machines. When a month is made, its rows move there by themselves; a restart of the product makes the current ones.',
    });
  return warnings;
}

const ofJobs = ({ jobs }: DatabaseState): Warning[] =>
  jobs
    .filter(({ failures }) => failures > 0)
    .map(({ name, failures, endedAt }) => ({
      code: 'job_failing',
      severity: 'warning',
      message: `The job ${name} has failed ${failures === 1 ? 'the last time' : `${failures} times in a row`}, last at ${minute(endedAt)}.`,
      action: 'Look for its error in the log. It is tried again at its next time.',
    }));

function ofQuarantine({ quarantined }: DatabaseState): Warning[] {
  if (quarantined === null || quarantined === 0) return [];
  return [
    {
      code: 'quarantine',
      severity: 'warning',
      message: `${counted(quarantined, 'record')} that PostgreSQL would not take ${quarantined === 1 ? 'lies' : 'lie'} in the quarantine, as ${quarantined === 1 ? 'it was' : 'they were'}.`,
      action: 'Read what is there on the System page and report it to the project: a record should never be refused.',
    },
  ];
}

function ofDeadProcess({ journalId, host, pid, directory, seenAt, pendingEntries, state }: JournalOfProcess): Warning {
  const who = `(${pid} on ${host}, last seen ${minute(seenAt)})`;
  const start = `Start the product on ${host} with the data directory ${directory.replace(/[\\/]journal$/, '')}`;
  const lost = `If that disk is lost for good, say so: npm run journals -- settle ${journalId}`;
  if (state === 'vanished')
    return {
      code: 'journal_of_dead_process',
      severity: 'warning',
      message: `A process ${who} ended without a word. Everything was in PostgreSQL when it was last heard of; its journal may hold the records of its last 5 s.`,
      action: `${start}: it ships what may be left. ${lost}`,
    };
  return {
    code: 'journal_of_dead_process',
    severity: 'danger',
    message: `A process that has ended ${who} left a journal with at least ${counted(pendingEntries, 'record')} that ${pendingEntries === 1 ? 'is' : 'are'} not in PostgreSQL.`,
    action: `${start}: it ships what is left. Do not delete that directory. ${lost}`,
  };
}

function ofRecording({ mode, journal, shipper }: RecordingState): Warning[] {
  const share = Math.round((journal.bytes / journal.maxBytes) * 100);
  const use = `${share} % of ${journal.maxBytes.toLocaleString('en-US')} bytes`;
  return [
    ofStorage(journal.storage, use, mode === 'async'),
    ofJournal(journal, mode === 'async'),
    ofShipping(shipper),
    ofLosses(journal, shipper),
  ].flat();
}

function ofStorage(storage: RecordingState['journal']['storage'], use: string, drops: boolean): Warning[] {
  const consequence = drops ? 'records are dropped and counted' : 'requests are refused with 503 and counted';
  const action = 'See that PostgreSQL takes records again, or give the journal more room with PINEBILL_JOURNAL_MAX_BYTES.';
  if (storage === 'full')
    return [
      {
        code: 'journal_full',
        severity: 'danger',
        message: `The journal is full (${use}): ${consequence}. A gap record tells of them afterwards.`,
        action,
      },
    ];
  if (storage === 'warning')
    return [
      { code: 'journal_filling', severity: 'warning', message: `The journal is filling up (${use}). At 100 % ${consequence}.`, action },
    ];
  return [];
}

function ofJournal({ error }: RecordingState['journal'], drops: boolean): Warning[] {
  if (error === null) return [];
  return [
    {
      code: 'journal_failing',
      severity: 'danger',
      message: `${error}. ${drops ? 'Records are dropped' : 'Requests are refused with 503'} and counted; a gap record tells of them afterwards.`,
      action: 'Check the disk of the data directory: full, read-only or broken. It is tried again by itself.',
    },
  ];
}

function ofShipping({ lastError, lagSeconds }: RecordingState['shipper']): Warning[] {
  if (lastError !== null)
    return [
      {
        code: 'not_shipping',
        severity: 'danger',
        message: `Records are not getting through: ${lastError}. They wait in the journal.`,
        action: 'Check PostgreSQL. It is tried again by itself.',
      },
    ];
  if (lagSeconds !== null && lagSeconds > LATE_SECONDS)
    return [
      {
        code: 'shipping_late',
        severity: 'warning',
        message: `Records reach PostgreSQL ${lagSeconds} s late.`,
        action: 'Look at the load of the database server: it is slower than requests arrive.',
      },
    ];
  return [];
}

function ofLosses({ damaged }: RecordingState['journal'], { lost }: RecordingState['shipper']): Warning[] {
  const warnings: Warning[] = [];
  if (lost > 0)
    warnings.push({
      code: 'records_lost',
      severity: 'danger',
      message: `${counted(lost, 'record')} ${lost === 1 ? 'was' : 'were'} dropped since the start (mode async). A gap record tells how many and when.`,
      action: 'Use the mode durable where records must not be lost, or a faster disk.',
    });
  if (damaged > 0)
    warnings.push({
      code: 'journal_damaged',
      severity: 'danger',
      message: `${counted(damaged, 'damaged place')} ${damaged === 1 ? 'was' : 'were'} found in the journal at the start. Every whole record was taken; a gap record tells what may be missing.`,
      action: 'Check the disk of the data directory.',
    });
  return warnings;
}
