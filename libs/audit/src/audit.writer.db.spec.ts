import { cp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalFullError, AuditWriter } from './audit.writer';
import type { AuditRecord } from './audit.types';
import { JournalInUseError } from './journal/journal-lock';
import { PostgresStore } from './postgres-store';
import { aRecord, anOrganization, auditDatabase, journalDirectory, type AuditDatabase } from './testing/audit-database';
import { away, FaultyStore } from './testing/faulty-store';

let database: AuditDatabase;
let base: string;
let directory: string;
let store: FaultyStore;
let organizationId: string;
let writers: AuditWriter[];
let remove: () => Promise<void>;

beforeAll(async () => {
  database = await auditDatabase(__filename);
});
afterAll(() => database.drop());
beforeEach(async () => {
  ({ path: base, remove } = await journalDirectory());
  directory = join(base, 'journal');
  store = new FaultyStore(new PostgresStore({ url: database.url }));
  organizationId = anOrganization();
  writers = [];
});
afterEach(async () => {
  store.before = store.after = null;
  await Promise.all(writers.map((writer) => writer.close()));
  await remove();
});

async function aWriter(options: Partial<Parameters<typeof AuditWriter.open>[0]> = {}): Promise<AuditWriter> {
  const given = {
    mode: 'durable' as const,
    directory,
    store,
    onError: () => undefined,
    homeOrganizationId: () => organizationId,
    ...options,
  };
  const writer = await AuditWriter.open(given);
  writers.push(writer);
  return writer;
}

/** The same disk as after a kill at this moment, with a process of its own. */
async function afterKill(options: Partial<Parameters<typeof AuditWriter.open>[0]> = {}): Promise<AuditWriter> {
  const left = join(base, `copy-${writers.length}`);
  // Not `state.next`: a draft that the live writer may rename between our listing and our copying.
  await cp(directory, left, { recursive: true, filter: (path) => !path.includes('lock') && !path.endsWith('state.next') });
  return aWriter({ directory: left, store: new PostgresStore({ url: database.url }), ...options });
}

const aCall = (change: Partial<AuditRecord> = {}): AuditRecord => aRecord({ organizationId, ...change });
type Row = Pick<AuditRecord, 'id' | 'kind' | 'outcome' | 'status' | 'durationMs' | 'gap' | 'query'> & { sequence: number };
async function rows(): Promise<Row[]> {
  const sql = `select id, sequence::int, kind, outcome, status, duration_ms as "durationMs", gap, query from audit_record where organization_id = $1 order by sequence`;
  return (await database.as('admin').query<Row>(sql, [organizationId])).rows;
}
const ids = async (): Promise<string[]> => (await rows()).map(({ id }) => id);
async function send(writer: AuditWriter, records: readonly AuditRecord[]): Promise<void> {
  await Promise.all(records.map((record) => writer.release(record)));
  for (const { id } of records) writer.settle(id);
}
const numbersAreGapless = async (): Promise<void> => {
  const found = await rows();
  expect(found.map(({ sequence }) => sequence)).toEqual(found.map((_, index) => index + 1));
};

describe('a released record', () => {
  it('becomes a row with the next number of its organization', async () => {
    const writer = await aWriter();
    const records = Array.from({ length: 5 }, () => aCall());
    await send(writer, records);
    await writer.flush();
    expect(await ids()).toEqual(records.map(({ id }) => id));
    await numbersAreGapless();
    expect(writer.status()).toMatchObject({ pendingEntries: 0, lost: 0, refused: 0, quarantined: 0, lastError: null });
  });

  it('says how its response ended, when that is seen in time', async () => {
    const writer = await aWriter();
    const record = aCall();
    await writer.release(record);
    writer.settle(record.id, { outcome: 'aborted', status: 499 });
    await writer.flush();
    expect(await rows()).toMatchObject([{ id: record.id, outcome: 'aborted', status: 499 }]);
  });

  it('is shipped without the end of its response once it has rested, and nothing before', async () => {
    const writer = await aWriter({ restMs: 150 });
    const [resting, behind] = [aCall(), aCall()];
    await writer.release(resting);
    await send(writer, [behind]);
    expect(store.batches.flatMap(({ entries }) => entries)).toEqual([]);
    await writer.flush();
    expect(await ids()).toEqual([resting.id, behind.id]);
    writer.settle(resting.id, { outcome: 'aborted' });
    await writer.flush();
    expect(await rows()).toMatchObject([{ outcome: 'completed' }, {}]);
  });

  it('leaves nothing in the directory once it is stored and the process has stopped', async () => {
    const writer = await aWriter();
    await send(writer, [aCall()]);
    await writer.close();
    expect(await readdir(directory)).toEqual(['state']);
    expect(await ids()).toHaveLength(1);
  });
});

describe('an intent', () => {
  it('is replaced by the final row', async () => {
    const writer = await aWriter();
    const record = aCall({ method: 'POST', status: 201 });
    await writer.provisional({ ...record, status: null, durationMs: null, outcome: 'unknown' });
    await send(writer, [record]);
    await writer.flush();
    expect(await rows()).toMatchObject([{ id: record.id, status: 201, outcome: 'completed' }]);
  });

  it('does not hold up later records, and becomes a row of unknown outcome when the process dies', async () => {
    const writer = await aWriter();
    const record = aCall({ method: 'POST' });
    await writer.provisional({ ...record, status: null, durationMs: null, outcome: 'unknown' });
    const later = aCall();
    await send(writer, [later]);
    await writer.flush();
    expect(await ids()).toEqual([later.id]);
    const next = await afterKill();
    await next.flush();
    expect(await rows()).toMatchObject([{ id: later.id }, { id: record.id, outcome: 'unknown', status: null, durationMs: null }]);
  });

  it('becomes one row of unknown outcome, however often the process dies while it recovers', async () => {
    const writer = await aWriter();
    await writer.provisional(aCall());
    const stillAway = new FaultyStore(new PostgresStore({ url: database.url }));
    stillAway.before = away;
    await afterKill({ store: stillAway, closeTimeoutMs: 0 });
    directory = join(base, 'copy-1');
    await (await afterKill()).flush();
    await (await afterKill()).flush();
    expect(await rows()).toMatchObject([{ outcome: 'unknown', sequence: 1 }]);
  });

  it('becomes a row of unknown outcome when the process stops before its answer', async () => {
    const writer = await aWriter();
    await writer.provisional(aCall());
    await writer.close();
    expect(await rows()).toMatchObject([{ outcome: 'unknown' }]);
    await expect(writer.release(aCall())).rejects.toThrow('closed');
  });
});

describe('exactly once', () => {
  it('stores nothing twice and burns no number when the answer to COMMIT is lost', async () => {
    const writer = await aWriter();
    let lost = 3;
    store.after = () => {
      if (lost-- > 0) away();
    };
    const records = Array.from({ length: 20 }, () => aCall());
    await send(writer, records);
    await writer.flush();
    expect(await ids()).toEqual(records.map(({ id }) => id));
    await numbersAreGapless();
  });

  it('stores nothing twice when the process dies between COMMIT and its own note of it', async () => {
    const writer = await aWriter();
    const records = Array.from({ length: 20 }, () => aCall());
    await send(writer, records);
    await afterKill();
    await writer.flush();
    const again = await afterKill();
    const more = aCall();
    await send(again, [more]);
    await again.flush();
    expect((await ids()).sort()).toEqual([...records, more].map(({ id }) => id).sort());
    await numbersAreGapless();
  });

  it('numbers each organization without a gap when two journals ship at once', async () => {
    const other = await journalDirectory();
    const both = [await aWriter(), await aWriter({ directory: other.path, store: new PostgresStore({ url: database.url }) })];
    const organizations = [organizationId, anOrganization(), anOrganization()];
    await Promise.all(
      both.map(async (writer) => {
        for (let round = 0; round < 30; round++)
          await send(
            writer,
            organizations.map((id) => aCall({ organizationId: id })),
          );
        await writer.flush();
      }),
    );
    for (const id of organizations) {
      organizationId = id;
      expect(await rows()).toHaveLength(60);
      await numbersAreGapless();
    }
    await both[1]!.close();
    await other.remove();
  });
});

describe('a store that is away', () => {
  it('holds up no answer; everything is stored once it is back', async () => {
    store.before = away;
    const writer = await aWriter();
    const records = Array.from({ length: 50 }, () => aCall());
    await send(writer, records);
    expect(writer.status()).toMatchObject({ pendingEntries: 50, lastError: 'connect ECONNREFUSED', shippedAt: null });
    store.before = null;
    await writer.flush();
    expect(await ids()).toEqual(records.map(({ id }) => id));
    expect(writer.status()).toMatchObject({ pendingEntries: 0, lastError: null });
  });

  it('leaves the rest to the next start on the directory', async () => {
    store.before = away;
    const writer = await aWriter({ closeTimeoutMs: 0 });
    const records = Array.from({ length: 5 }, () => aCall());
    await send(writer, records);
    await writer.close();
    store = new FaultyStore(new PostgresStore({ url: database.url }));
    await (await aWriter()).flush();
    expect(await ids()).toEqual(records.map(({ id }) => id));
  });

  it('that hangs does not keep the process from stopping', async () => {
    const hanging = {
      append: () => new Promise<void>(() => undefined),
      watermark: () => Promise.resolve(null),
      close: () => new Promise<void>(() => undefined),
    };
    const writer = await aWriter({ store: hanging, closeTimeoutMs: 200 });
    const record = aCall();
    await send(writer, [record]);
    const begun = performance.now();
    await writer.close();
    expect(performance.now() - begun).toBeLessThan(2_000);
    await (await aWriter()).flush();
    expect(await ids()).toEqual([record.id]);
  });

  it('makes new answers fail when the journal has reached its bound, and one gap record tells how many', async () => {
    store.before = away;
    const writer = await aWriter({ maxJournalBytes: 20_000 });
    const intended = aCall({ method: 'POST', status: 201 });
    await writer.provisional({ ...intended, status: null });
    const answers = await Promise.allSettled(Array.from({ length: 100 }, () => aCall()).map(async (record) => {
      await new Promise(setImmediate);
      await writer.release(record);
      writer.settle(record.id);
    })); // prettier-ignore
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(50);
    await expect(writer.release(aCall())).rejects.toThrow(JournalFullError);
    await expect(writer.provisional(aCall())).rejects.toThrow(JournalFullError);
    await send(writer, [intended]); // what has begun may end
    expect(writer.status().refused).toBe(refused.length + 1);
    expect(writer.status().journalBytes).toBeLessThan(25_000);
    store.before = null;
    await writer.flush();
    await send(writer, [aCall()]);
    await writer.close();
    const stored = await rows();
    expect(stored.filter(({ kind }) => kind === 'gap')).toMatchObject([
      { gap: { count: refused.length + 1, atMost: refused.length + 1, cause: 'journal_full' } },
    ]);
    expect(stored.filter(({ id }) => id === intended.id)).toMatchObject([{ status: 201 }]);
    expect(stored.filter(({ kind }) => kind === 'request')).toHaveLength(100 - refused.length + 2);
  });
});

describe('one bad record', () => {
  it('goes to quarantine as it is, and every other one of its batch is stored', async () => {
    const writer = await aWriter();
    const records = Array.from({ length: 9 }, (_, index) =>
      aCall(index === 4 ? { ip: 'fe80::1%eth0' } : index === 7 ? { path: '/\0' } : {}),
    );
    await send(writer, records);
    await writer.flush();
    expect(await ids()).toEqual(records.filter((_, index) => index !== 4 && index !== 7).map(({ id }) => id));
    await numbersAreGapless();
    const kept = await database
      .as('admin')
      .query<{ record: Buffer; error: string }>(
        'select record, error from audit_quarantine where organization_id = $1 order by journal_offset',
        [organizationId],
      );
    expect(kept.rows.map(({ record }) => JSON.parse(record.toString()) as unknown)).toEqual([records[4], records[7]]);
    expect(kept.rows[0]?.error).toContain('inet');
    expect(writer.status()).toMatchObject({ quarantined: 2, pendingEntries: 0 });
  });
});

describe('modes', () => {
  it('committed: the row is in the store before the answer may leave', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const record = aCall();
    await writer.release(record);
    expect(await ids()).toEqual([record.id]);
  });

  const begun = (): AuditRecord => aCall({ method: 'POST', outcome: 'unknown', status: null, durationMs: null });
  const intents = async (): Promise<number> =>
    Number((await database.as('admin').query('select 1 from audit_intent where organization_id = $1', [organizationId])).rowCount);

  it('committed: an intent is in the store before its handler may start, and gone once its row is there', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const many = Array.from({ length: 30 }, begun);
    await Promise.all(many.map((record) => writer.provisional(record)));
    expect(await intents()).toBe(30);
    expect(writer.status().intents).toBe(30);
    await Promise.all(many.map((record) => writer.release({ ...record, outcome: 'completed', status: 201 })));
    expect(await intents()).toBe(0);
    expect((await rows()).map(({ status }) => status)).toEqual(Array(30).fill(201));
  });

  it('committed: killed, the next start on its directory ends what was intended, before it intends anything itself', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const record = begun();
    await writer.provisional(record);
    const next = await afterKill({ mode: 'committed' });
    const mine = begun();
    await next.provisional(mine);
    expect(await rows()).toMatchObject([{ id: record.id, outcome: 'unknown', status: null }]);
    await next.release({ ...mine, outcome: 'completed', status: 201 });
    expect(await rows()).toMatchObject([{ outcome: 'unknown' }, { id: mine.id, status: 201 }]);
  });

  it('committed: killed, and its directory lost, what it intended becomes a row once nobody has heard of it', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const record = begun();
    await writer.provisional(record);
    await database
      .as('admin')
      .query(`update audit_journal set seen_at = now() - interval '40 seconds' where journal_id = $1`, [writer.status().journalId]);
    const another = new PostgresStore({ url: database.url });
    expect(await another.adoptIntents({ unseenForSeconds: 30 })).toBe(1);
    await another.close();
    expect(await rows()).toMatchObject([{ id: record.id, outcome: 'unknown' }]);
  });

  it('committed: without a store nothing is intended', async () => {
    store.before = away;
    const writer = await aWriter({ mode: 'committed', commitTimeoutMs: 50 });
    await expect(writer.provisional(begun())).rejects.toThrow('The store is away');
    expect(await intents()).toBe(0);
  });

  it('committed: without a store the answer fails, and the row says what the caller was told', async () => {
    store.before = away;
    const writer = await aWriter({ mode: 'committed', commitTimeoutMs: 50 });
    const record = aCall();
    await expect(writer.release(record)).rejects.toThrow('has not committed');
    store.before = null;
    await writer.flush();
    expect(await rows()).toMatchObject([{ id: record.id, status: 503 }]);
  });

  it('async: answers without waiting for the disk, and keeps no intents', async () => {
    const writer = await aWriter({ mode: 'async' });
    const record = aCall();
    await writer.provisional(aCall());
    await send(writer, [record]);
    await writer.close();
    expect(await ids()).toEqual([record.id]);
  });

  it('changed since the last run leave a record', async () => {
    for (const mode of ['durable', 'async', 'async'] as const) {
      store = new FaultyStore(new PostgresStore({ url: database.url }));
      const writer = await aWriter({ mode });
      await send(writer, [aCall()]);
      await writer.close();
    }
    expect((await rows()).filter(({ kind }) => kind === 'mode')).toMatchObject([{ query: { from: 'durable', to: 'async' } }]);
  });
});

describe('the directory', () => {
  it('is used by one writer at a time', async () => {
    const writer = await aWriter();
    await expect(aWriter()).rejects.toThrow(JournalInUseError);
    await writer.close();
    store = new FaultyStore(new PostgresStore({ url: database.url }));
    await aWriter();
  });

  it('with a damaged entry that was not stored leaves one gap record, however often it is read', async () => {
    store.before = away;
    const writer = await aWriter({ closeTimeoutMs: 0 });
    await send(
      writer,
      Array.from({ length: 5 }, () => aCall()),
    );
    await writer.close();
    const path = join(
      directory,
      (await readdir(directory)).find((name) => name.endsWith('.journal'))!,
    );
    await flipByte(path, 1_500);
    await (await afterKill()).flush();
    await (await afterKill()).close();
    const stored = await rows();
    expect(stored.filter(({ kind }) => kind === 'request')).toHaveLength(4);
    expect(stored.filter(({ kind }) => kind === 'gap')).toMatchObject([{ gap: { count: null, atMost: 1, cause: 'journal_damaged' } }]);
  });
});

describe('history', () => {
  it('passes journal and shipper like any other record, at the pace of the store', async () => {
    const writer = await aWriter();
    const records = Array.from({ length: 2_500 }, (_, at) =>
      aCall({ startedAt: new Date(Date.UTC(2026, 0, 1) + at * 60_000).toISOString() }),
    );
    await writer.history(records);
    await writer.flush();
    expect(await rows()).toHaveLength(2_500);
    await numbersAreGapless();
  });

  it('waits for room in the journal instead of failing', async () => {
    const writer = await aWriter({ maxJournalBytes: 100_000 });
    await writer.history(Array.from({ length: 3_000 }, () => aCall()));
    await writer.flush();
    expect(await rows()).toHaveLength(3_000);
  });
});

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at]! ^= 0x10;
  await writeFile(path, bytes);
}
