import type { DatabaseState } from './database-probe';
import type { RecordingState } from './recording-state';
import { warningsOf } from './warnings';

const now = new Date('2025-12-31T23:59:59Z');
const well: DatabaseState = {
  version: '18.4',
  fsync: true,
  fullPageWrites: true,
  synchronousCommit: 'on',
  roles: { separated: true, login: 'ordinary' },
  months: ['2025-11', '2025-12', '2026-01'],
  strayRows: 0,
  journals: [],
  jobs: [{ name: 'audit.partitions', outcome: 'done', endedAt: '2025-12-31T01:05:00.000Z', durationMs: 4, failures: 0, host: 'api-1' }],
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
  shipper: { lagSeconds: 0, lastShippedAt: null, lastShippedSecondsAgo: null, lastError: null, quarantined: 0, lost: 0 },
};
type Change = {
  database?: Partial<DatabaseState>;
  journal?: Partial<RecordingState['journal']>;
  shipper?: Partial<RecordingState['shipper']>;
};
const codes = ({ database, journal, shipper }: Change): string[] =>
  warningsOf({
    database: { ...well, ...database },
    unshipped: [],
    recording: { ...recording, journal: { ...recording.journal, ...journal }, shipper: { ...recording.shipper, ...shipper } },
    now,
  }).map(({ code }) => code);

it('has nothing to say when all is well', () => {
  expect(codes({})).toEqual([]);
});

it.each<[string, Change, string]>([
  ['the journal is filling', { journal: { storage: 'warning', bytes: 800 } }, 'journal_filling'],
  ['the journal is full', { journal: { storage: 'full', bytes: 1_000 } }, 'journal_full'],
  ['the journal takes nothing', { journal: { error: 'no space left' } }, 'journal_failing'],
  ['nothing is shipped', { shipper: { lastError: 'connect ECONNREFUSED' } }, 'not_shipping'],
  ['shipping is a minute late', { shipper: { lagSeconds: 61 } }, 'shipping_late'],
  ['a record was refused', { shipper: { quarantined: 1 } }, 'quarantine'],
  ['a record was dropped', { shipper: { lost: 1 } }, 'records_lost'],
  ['the journal was damaged', { journal: { damaged: 1 } }, 'journal_damaged'],
  ['the next month is missing', { database: { months: ['2025-12'] } }, 'month_missing'],
  ['rows went astray', { database: { strayRows: 1 } }, 'stray_rows'],
  ['a job fails', { database: { jobs: [{ ...well.jobs[0]!, outcome: 'failed', failures: 2 }] } }, 'job_failing'],
])('warns when %s', (_, change, code) => {
  expect(codes(change)).toEqual([code]);
});

it('does not take a minute for late, nor a synchronous standby for unsafe', () => {
  expect(codes({ shipper: { lagSeconds: 60 }, database: { synchronousCommit: 'remote_apply' } })).toEqual([]);
});

it('puts first what loses something', () => {
  expect(codes({ database: { strayRows: 1, fsync: false }, shipper: { quarantined: 1 } })).toEqual([
    'fsync_off',
    'quarantine',
    'stray_rows',
  ]);
});
