import type { DatabaseState, JournalOfProcess } from './database-probe';
import type { MailState } from './mail-state';
import type { RecordingState } from './recording-state';
import { warningsOf, type Warning } from './warnings';

const now = new Date('2025-12-31T23:59:59Z');
const well: DatabaseState = {
  asOf: '2025-12-31T23:59:58.000Z',
  version: '18.4',
  fsync: true,
  fullPageWrites: true,
  synchronousCommit: 'on',
  roles: { separated: true, login: 'ordinary' },
  mayChange: [],
  months: ['2025-11', '2025-12', '2026-01'],
  strayRows: 0,
  quarantined: 0,
  journals: [],
  jobs: [{ name: 'audit.partitions', outcome: 'done', endedAt: '2025-12-31T01:05:00.000Z', durationMs: 4, failures: 0, host: 'api-1' }],
  mail: null,
  detection: null,
};
const recording: RecordingState = {
  mode: 'durable',
  modeSince: null,
  journal: {
    journalId: 'j',
    entries: 0,
    intents: 0,
    bytes: 0,
    maxBytes: 1_000,
    storage: 'ok',
    error: null,
    lastFlushedAt: null,
    refused: 0,
    overloadRefused: 0,
    damaged: 0,
  },
  shipper: { lagSeconds: 0, lastShippedAt: null, lastShippedSecondsAgo: null, lastError: null, lastBatch: null, quarantined: 0, lost: 0 },
};
type Change = {
  database?: Partial<DatabaseState>;
  journal?: Partial<RecordingState['journal']>;
  shipper?: Partial<RecordingState['shipper']>;
  mode?: RecordingState['mode'];
  unshipped?: JournalOfProcess[];
  unheardSeconds?: number;
  mail?: Partial<MailState>;
};
const warnings = ({ database, journal, shipper, mode = 'durable', unshipped = [], unheardSeconds = 9, mail }: Change): Warning[] =>
  warningsOf({
    isAnswering: true,
    database: { ...well, ...database },
    unshipped,
    recording: { ...recording, mode, journal: { ...recording.journal, ...journal }, shipper: { ...recording.shipper, ...shipper } },
    unheardSeconds,
    mail: { configured: true, queued: 0, oldestQueuedAt: null, failed: 0, lastFailedAt: null, lastError: null, ...mail },
    isDetectionLate: false,
    now,
  });
const codes = (change: Change): string[] => warnings(change).map(({ code }) => code);

it('has nothing to say when all is well', () => {
  expect(codes({})).toEqual([]);
});

it.each<[string, Change, string]>([
  ['the journal is filling', { journal: { storage: 'warning', bytes: 800 } }, 'journal_filling'],
  ['the journal is full', { journal: { storage: 'full', bytes: 1_000 } }, 'journal_full'],
  ['the journal takes nothing', { journal: { error: 'no space left' } }, 'journal_failing'],
  ['nothing is shipped', { shipper: { lastError: 'connect ECONNREFUSED' } }, 'not_shipping'],
  ['shipping is a minute late', { shipper: { lagSeconds: 61 } }, 'shipping_late'],
  ['a record was refused', { database: { quarantined: 1 } }, 'quarantine'],
  ['the login owns the tables', { database: { roles: { separated: true, login: 'owner' } } }, 'login_is_owner'],
  [
    'a table may be changed',
    { database: { roles: { separated: false, login: 'ordinary' }, mayChange: ['activity'] } },
    'roles_not_separated',
  ],
  ['a record was dropped', { shipper: { lost: 1 } }, 'records_lost'],
  ['the journal was damaged', { journal: { damaged: 1 } }, 'journal_damaged'],
  ['the next month is missing', { database: { months: ['2025-12'] } }, 'month_missing'],
  ['rows went astray', { database: { strayRows: 1 } }, 'stray_rows'],
  ['changes are not heard of', { unheardSeconds: 10 }, 'changes_unheard'],
  ['mail waits for ten minutes', { mail: { queued: 1, oldestQueuedAt: '2025-12-31T23:49:00.000Z' } }, 'mail_waiting'],
  ['mail waits and cannot be sent', { mail: { configured: false, queued: 1, oldestQueuedAt: now.toISOString() } }, 'mail_not_configured'],
  ['a mail has failed', { mail: { failed: 1, lastFailedAt: '2025-12-31T10:00:00.000Z' } }, 'mail_failed'],
  ['a job fails', { database: { jobs: [{ ...well.jobs[0]!, outcome: 'failed', failures: 2 }] } }, 'job_failing'],
])('warns when %s', (_, change, code) => {
  expect(codes(change)).toEqual([code]);
});

it('does not take a minute for late, nor a synchronous standby for unsafe', () => {
  expect(codes({ shipper: { lagSeconds: 60 }, database: { synchronousCommit: 'remote_apply' } })).toEqual([]);
});

it('does not warn of mail that is on its way, nor of a failure of last week', () => {
  const mail = { queued: 3, oldestQueuedAt: '2025-12-31T23:55:00.000Z', failed: 2, lastFailedAt: '2025-12-29T10:00:00.000Z' };
  expect([codes({ mail }), codes({ mail: { configured: false } })]).toEqual([[], []]);
});

it('puts first what loses something', () => {
  expect(codes({ database: { strayRows: 1, quarantined: 1, fsync: false } })).toEqual(['fsync_off', 'stray_rows', 'quarantine']);
});

it('says of nothing that it is wrong which is only not known', () => {
  expect(codes({ database: { strayRows: null, quarantined: null } })).toEqual([]);
});

it('speaks of one as one', () => {
  const texts = warnings({
    database: { strayRows: 1, quarantined: 1, mayChange: ['activity'], roles: { separated: false, login: 'ordinary' } },
    shipper: { lost: 1 },
    journal: { damaged: 1 },
  }).map(({ message }) => message.split(/[:,.]/)[0]);
  expect(texts).toEqual([
    '1 record was dropped since the start (mode async)',
    '1 damaged place was found in the journal at the start',
    'The role that the product works as may change what must only be added to',
    '1 row of the audit log lies in the default partition',
    '1 record that PostgreSQL would not take lies in the quarantine',
  ]);
});

it('says that records are dropped where they are (mode async), and that requests are refused where those are', () => {
  const message = (mode: RecordingState['mode']) => warnings({ mode, journal: { error: 'no space left' } })[0]!.message;
  expect(message('async')).toContain('Records are dropped and counted');
  expect(message('durable')).toContain('Requests are refused with 503 and counted');
});

it('calls it danger when records are known to be left, and a warning when they may be; and names the way out of both', () => {
  const gone: JournalOfProcess = { journalId: 'j-1', host: 'api-2', pid: 7, directory: '/data/journal', startedAt: '2025-12-01T00:00:00.000Z', seenAt: '2025-12-30T10:30:00.000Z', secondsSinceSeen: 99, pendingEntries: 1, state: 'unshipped' }; // prettier-ignore
  const [danger] = warnings({ unshipped: [gone] });
  const [warning] = warnings({ unshipped: [{ ...gone, pendingEntries: 0, state: 'vanished' }] });
  expect(danger).toMatchObject({ severity: 'danger', message: expect.stringContaining('at least 1 record that is not in PostgreSQL') });
  expect(warning).toMatchObject({ severity: 'warning', message: expect.stringContaining('may hold the records of its last 5 s') });
  expect(warning!.message).not.toContain('at least 0');
  for (const { action } of [danger!, warning!]) {
    expect(action).toContain('Start the product on api-2 with the data directory /data:');
    expect(action).toContain('npm run journals -- settle j-1');
  }
});
