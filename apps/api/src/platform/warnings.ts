/**
 * What an operator should know and do something about: for /readyz, the log and the System page, in the same words. A warning never takes the
 * process out of service; what does is in readiness.ts.
 */
import type { DatabaseState, JournalOfProcess } from './database-probe';
import type { RecordingState } from './recording-state';

export const warningCodes = [
  'database_away',
  'login_is_superuser',
  'roles_not_separated',
  'fsync_off',
  'full_page_writes_off',
  'synchronous_commit_off',
  'month_missing',
  'stray_rows',
  'journal_of_dead_process',
  'journal_filling',
  'journal_full',
  'journal_failing',
  'not_shipping',
  'shipping_late',
  'quarantine',
  'records_lost',
  'journal_damaged',
  'job_failing',
] as const;
export type WarningCode = (typeof warningCodes)[number];

export type Warning = {
  code: WarningCode;
  /** `danger`: records or changes are lost, or will be unless somebody acts. */
  severity: 'warning' | 'danger';
  message: string;
  /** What to do. */
  action: string;
};

const LATE_SECONDS = 60;

/** `2025-12-02 10:30 UTC` */
const minute = (instant: string): string => `${instant.slice(0, 16).replace('T', ' ')} UTC`;

type Facts = { database: DatabaseState | null; unshipped: readonly JournalOfProcess[]; recording: RecordingState; now: Date };

/** The most pressing first. */
export function warningsOf({ database, unshipped, recording, now }: Facts): Warning[] {
  const found = [
    ...ofRecording(recording),
    ...(database === null ? [databaseAway] : [...ofServer(database), ...ofPartitions(database, now), ...ofJobs(database)]),
    ...unshipped.map(ofDeadProcess),
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

function ofServer({ roles, fsync, fullPageWrites, synchronousCommit }: DatabaseState): Warning[] {
  const setting = (name: string, message: string): Warning => ({
    code: `${name}_off` as WarningCode,
    severity: name === 'synchronous_commit' ? 'warning' : 'danger',
    message,
    action: `Set ${name} = on in the configuration of the PostgreSQL server and reload it.`,
  });
  return [
    roles.separated
      ? []
      : ({
          code: 'roles_not_separated',
          severity: 'danger',
          message: 'The product does not work as the role pinebill_app, or that role may change the audit log: the log is not append-only.',
          action:
            'Start the product with a login that may SET ROLE pinebill_app, and revoke UPDATE and DELETE on audit_log from that role.',
        } as const),
    roles.login === 'superuser'
      ? ({
          code: 'login_is_superuser',
          severity: 'warning',
          message: 'The product logs in to PostgreSQL as a superuser: whoever takes over the process can change the audit log.',
          action: 'Give DATABASE_URL an ordinary login, and DATABASE_OWNER_URL the one that may create roles.',
        } as const)
      : [],
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
  if (strayRows > 0)
    warnings.push({
      code: 'stray_rows',
      severity: 'warning',
      message: `${strayRows.toLocaleString('en-US')} rows of the audit log lie in the default partition, because no month was made for their time.`,
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

const ofDeadProcess = ({ host, pid, directory, seenAt, pendingEntries }: JournalOfProcess): Warning => ({
  code: 'journal_of_dead_process',
  severity: 'danger',
  message: `A process that has ended (${pid} on ${host}, last seen ${minute(seenAt)}) left a journal with at least ${pendingEntries.toLocaleString('en-US')} records that are not in PostgreSQL.`,
  action: `Start the product on ${host} with the data directory ${directory.replace(/[\\/]journal$/, '')}: it ships what is left. Do not delete that directory.`,
});

function ofRecording({ mode, journal, shipper }: RecordingState): Warning[] {
  const share = Math.round((journal.bytes / journal.maxBytes) * 100);
  const use = `${share} % of ${journal.maxBytes.toLocaleString('en-US')} bytes`;
  return [ofStorage(journal.storage, use, mode === 'async'), ofJournal(journal), ofShipping(shipper), ofLosses(journal, shipper)].flat();
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

function ofJournal({ error }: RecordingState['journal']): Warning[] {
  if (error === null) return [];
  return [
    {
      code: 'journal_failing',
      severity: 'danger',
      message: `${error}. Requests are refused with 503 and counted; a gap record tells of them afterwards.`,
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

function ofLosses({ damaged }: RecordingState['journal'], { quarantined, lost }: RecordingState['shipper']): Warning[] {
  const warnings: Warning[] = [];
  if (lost > 0)
    warnings.push({
      code: 'records_lost',
      severity: 'danger',
      message: `${lost.toLocaleString('en-US')} records were dropped since the start (mode async). A gap record tells how many and when.`,
      action: 'Use the mode durable where records must not be lost, or a faster disk.',
    });
  if (damaged > 0)
    warnings.push({
      code: 'journal_damaged',
      severity: 'danger',
      message: `${damaged.toLocaleString('en-US')} damaged places were found in the journal at the start. Every whole record was taken; a gap record tells what may be missing.`,
      action: 'Check the disk of the data directory.',
    });
  if (quarantined > 0)
    warnings.push({
      code: 'quarantine',
      severity: 'warning',
      message: `PostgreSQL refused ${quarantined.toLocaleString('en-US')} records since the start. They are kept as they were.`,
      action: 'Read them on the System page and report them to the project: a record should never be refused.',
    });
  return warnings;
}
