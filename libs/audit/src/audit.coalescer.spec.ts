import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { AuditCoalescer, type CoalescerOptions } from './audit.coalescer';
import { AuditWriter } from './audit.writer';
import type { AuditRecord } from './audit.types';
import { recordId } from './record-id';
import { CollectingStore, startEdgeApp } from './testing/edge-app';
import { exchangeRaw, get } from './testing/raw-http';
import { aRecord } from './testing/records';

let base: string;
let opened: AuditWriter[];
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'coalescer-'));
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((writer) => writer.close()));
  await rm(base, { recursive: true, force: true });
});

type Given = Partial<Omit<CoalescerOptions, 'writer'>> & { maxJournalBytes?: number; isAway?: boolean; closeTimeoutMs?: number };

async function start({ maxJournalBytes, isAway = false, closeTimeoutMs = 5_000, ...given }: Given = {}, directory = join(base, 'journal')) {
  const store = new CollectingStore();
  store.isAway = isAway;
  const writer = await AuditWriter.open({
    mode: 'durable',
    directory,
    store,
    closeTimeoutMs,
    onError: () => undefined,
    ...(maxJournalBytes === undefined ? {} : { maxJournalBytes }),
  });
  opened.push(writer);
  const coalescer = new AuditCoalescer({ writer, bound: 3, ...given });
  const send = async (records: readonly AuditRecord[]): Promise<number> => {
    const answers = await Promise.allSettled(
      records.map(async (record) => {
        await coalescer.release(record);
        coalescer.settle(record.id);
      }),
    );
    return answers.filter(({ status }) => status === 'fulfilled').length;
  };
  /** Everything that was said, told. */
  const stored = async (): Promise<AuditRecord[]> => {
    await coalescer.close();
    await writer.flush();
    return store.records;
  };
  return { store, writer, coalescer, send, stored };
}

const nobody = { actorType: 'anonymous', actorId: null, actorName: null, apiKeyId: null, apiKeyName: null } as const;
const aRefusal = (change: Partial<AuditRecord> = {}): AuditRecord => ({
  ...aRecord({ ...nobody, status: 401, reason: 'missing_key', ip: '192.0.2.7' }),
  id: recordId(new Date()),
  ...change,
});
const refusals = (count: number, change: Partial<AuditRecord> = {}): AuditRecord[] => Array.from({ length: count }, () => aRefusal(change));
const gaps = (records: readonly AuditRecord[]): AuditRecord[] => records.filter(({ kind }) => kind === 'gap');
const counted = (records: readonly AuditRecord[]): number => gaps(records).reduce((sum, { gap }) => sum + (gap?.count ?? Number.NaN), 0);

describe('refusals of one anonymous source', () => {
  it('have rows up to the bound, and are counted exactly in one gap record beyond', async () => {
    const { send, stored } = await start();
    expect(await send(refusals(500))).toBe(500);
    const records = await stored();
    expect(records.filter(({ kind }) => kind === 'request')).toHaveLength(3);
    expect(gaps(records)).toMatchObject([
      { actorType: 'anonymous', ip: '192.0.2.7', outcome: 'completed', gap: { count: 497, atMost: 497, cause: 'coalesced' } },
    ]);
    const [{ startedAt, gap } = aRefusal()] = gaps(records);
    expect(gap?.from).toBe(startedAt);
    expect(Date.parse(gap?.to ?? '')).toBeGreaterThanOrEqual(Date.parse(startedAt));
  });

  it.each([
    ['malformed HTTP', { outcome: 'protocolError', status: 400, method: null }],
    ['requests that break off', { outcome: 'aborted', status: 499 }],
    ['calls while the database is away', { status: 503 }],
  ] as const)('%s count as well', async (_, change) => {
    const { send, stored } = await start();
    await send(refusals(10, change));
    expect(counted(await stored())).toBe(7);
  });

  it.each([
    ['accepted requests', { status: 200 }],
    ['failures of ours', { status: 500 }],
    ['refusals of a known key', { actorType: 'apiKey' }],
  ] as const)('%s have a row each, however many', async (_, change) => {
    const { send, stored } = await start();
    await send(refusals(10, change));
    expect(await stored()).toHaveLength(10);
  });

  it('begin anew with each window', async () => {
    const { coalescer, send, stored } = await start();
    await send(refusals(5));
    await coalescer.close();
    await send(refusals(5));
    expect((await stored()).map(({ kind }) => kind).sort()).toEqual(['gap', 'gap', ...Array.from({ length: 6 }, () => 'request')]);
  });

  it('are told without being asked when their window ends', async () => {
    const { send, store, writer } = await start({ windowMs: 30 });
    await send(refusals(5));
    while (gaps(store.records).length === 0) await writer.flush().then(() => new Promise(setImmediate));
    expect(counted(store.records)).toBe(2);
  });

  it('leave nothing open in the journal when their intent was recorded', async () => {
    const { coalescer, send, stored } = await start({ bound: 0 });
    const refused = refusals(20, { method: 'POST' });
    await Promise.all(refused.map((record) => coalescer.provisional({ ...record, status: null, outcome: 'unknown' })));
    await send(refused);
    await stored();
    await opened[0]?.close();
    const again = await start();
    expect([...(await stored()), ...(await again.stored())]).toMatchObject([{ kind: 'gap', gap: { count: 20 } }]);
  });
});

describe('sources', () => {
  it('are told apart: IPv4 by address, IPv6 by its /64, and by organization', async () => {
    const { send, stored } = await start({ bound: 0 });
    await send([
      ...refusals(2),
      ...refusals(3, { ip: '192.0.2.8' }),
      ...refusals(1, { ip: '2001:db8:1:2::1' }),
      ...refusals(3, { ip: '2001:db8:1:2:ffff::1' }),
      ...refusals(5, { ip: '2001:db8:1:3::1' }),
      ...refusals(6, { organizationId: '00000000-0000-4000-8000-000000000002' }),
    ]);
    const told = gaps(await stored()).map(({ ip, gap }) => [ip, gap?.count]);
    expect(new Set(told.map((each) => each.join(' ')))).toEqual(
      new Set(['192.0.2.7 2', '192.0.2.8 3', '2001:db8:1:2:: 4', '2001:db8:1:3:: 5', '192.0.2.7 6']),
    );
  });

  it('that are too many count as one', async () => {
    const { send, stored } = await start({ bound: 1, maxSources: 2 });
    await send(Array.from({ length: 50 }, (_, at) => aRefusal({ ip: `192.0.2.${at}` })));
    const records = await stored();
    expect(records.filter(({ kind }) => kind === 'request')).toHaveLength(3);
    expect(gaps(records)).toMatchObject([{ ip: null, country: null, gap: { count: 47 } }]);
  });
});

describe('a process that is killed', () => {
  it('leaves a gap record that covers everything it answered', async () => {
    const { send } = await start({ bound: 2, isAway: true, closeTimeoutMs: 0 });
    let answered = 0;
    for (let round = 0; round < 20; round++) answered += await send(refusals(23));
    const left = join(base, 'left');
    await cp(join(base, 'journal'), left, { recursive: true, filter: (path) => !path.includes('lock') });
    const after = await start({}, left);
    const records = await after.stored();
    expect(records.filter(({ kind }) => kind === 'request')).toHaveLength(2);
    expect(gaps(records)).toMatchObject([{ outcome: 'unknown', status: null, gap: { count: null, cause: 'coalesced' } }]);
    const atMost = gaps(records)[0]?.gap?.atMost ?? 0;
    expect(atMost).toBeGreaterThanOrEqual(answered - 2);
    expect(atMost).toBeLessThan(2 * answered);
  });
});

it('rows and counts add up to what was sent, whatever the order, also when the journal is full', async () => {
  const step = fc.record({
    source: fc.integer({ min: 0, max: 6 }),
    count: fc.integer({ min: 1, max: 90 }),
    then: fc.constantFrom('go on', 'wait', 'end the window'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 0, max: 20 }),
      fc.boolean(),
      async (steps, bound, full) => {
        const directory = await mkdtemp(join(base, 'run-'));
        const { coalescer, send, store, writer } = await start(
          { bound, maxSources: 4, isAway: full, ...(full ? { maxJournalBytes: 12_000 } : {}) },
          directory,
        );
        const working: Promise<number>[] = [];
        for (const { source, count, then } of steps) {
          working.push(send(refusals(count, { ip: `192.0.2.${source}` })));
          if (then === 'wait') await Promise.all(working);
          if (then === 'end the window') void coalescer.close();
        }
        const sent = steps.reduce((sum, { count }) => sum + count, 0);
        const answered = (await Promise.all(working)).reduce((sum, each) => sum + each, 0);
        expect(answered + writer.status().refused).toBe(sent);
        store.isAway = false;
        await coalescer.close();
        await writer.flush();
        await writer.close();
        const rows = store.records.filter(({ kind }) => kind === 'request').length;
        const coalesced = gaps(store.records).filter(({ gap }) => gap?.cause === 'coalesced');
        expect(rows + counted(coalesced)).toBe(answered);
        expect(rows + counted(store.records)).toBe(sent);
      },
    ),
    { numRuns: 25 },
  );
}, 60_000);

it('stands in front of the writer of every application', async () => {
  const edge = await startEdgeApp('fastify', { anonymousRefusalsPerMinute: 5 });
  const refused = get('/v1/items', 'X-Refuse: 401\r\n');
  expect(await exchangeRaw(edge.port, refused.repeat(30), { answers: 30 })).toHaveLength(30);
  await exchangeRaw(edge.port, get('/v1/items', 'X-Refuse: 401\r\nAuthorization: x\r\n').repeat(10), { answers: 10 });
  await edge.close();
  const { records } = edge.store;
  expect(records.filter(({ actorType, kind }) => actorType === 'anonymous' && kind === 'request')).toHaveLength(5);
  expect(records.filter(({ actorType }) => actorType === 'apiKey')).toHaveLength(10);
  expect(gaps(records)).toMatchObject([{ ip: '127.0.0.1', gap: { count: 25 } }]);
});
