import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { JournalFullError } from './not-recorded';
import { JournalInUseError } from './journal/journal-lock';
import { PostgresStore } from './postgres-store';
import { anOrganization, journalDirectory } from './testing/audit-database';
import { away, FaultyStore } from './testing/faulty-store';
import { WriterFixture } from './testing/writer-fixture';

const t = new WriterFixture(__filename);
const { aWriter, afterKill, aCall, rows, ids, send, numbersAreGapless } = t;

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
    expect(t.store.batches.flatMap(({ entries }) => entries)).toEqual([]);
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
    expect(await readdir(t.directory)).toEqual(['state']);
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
    const stillAway = new FaultyStore(new PostgresStore({ url: t.database.url }));
    stillAway.before = away;
    await afterKill({ store: stillAway, closeTimeoutMs: 0 });
    t.directory = t.copy(1);
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
    t.store.after = () => {
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
    const both = [await aWriter(), await aWriter({ directory: other.path, store: new PostgresStore({ url: t.database.url }) })];
    const organizations = [t.organizationId, anOrganization(), anOrganization()];
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
      t.organizationId = id;
      expect(await rows()).toHaveLength(60);
      await numbersAreGapless();
    }
    await both[1]!.close();
    await other.remove();
  });
});

describe('a store that is away', () => {
  it('holds up no answer; everything is stored once it is back', async () => {
    t.store.before = away;
    const writer = await aWriter();
    const records = Array.from({ length: 50 }, () => aCall());
    await send(writer, records);
    expect(writer.status()).toMatchObject({ pendingEntries: 50, lastError: 'connect ECONNREFUSED', shippedAt: null });
    t.store.before = null;
    await writer.flush();
    expect(await ids()).toEqual(records.map(({ id }) => id));
    expect(writer.status()).toMatchObject({ pendingEntries: 0, lastError: null });
  });

  it('leaves the rest to the next start on the directory', async () => {
    t.store.before = away;
    const writer = await aWriter({ closeTimeoutMs: 0 });
    const records = Array.from({ length: 5 }, () => aCall());
    await send(writer, records);
    await writer.close();
    t.store = t.aStore();
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
    t.store.before = away;
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
    t.store.before = null;
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
    const kept = await t.database
      .as('admin')
      .query<{ record: Buffer; error: string }>(
        'select record, error from audit_quarantine where organization_id = $1 order by journal_offset',
        [t.organizationId],
      );
    expect(kept.rows.map(({ record }) => JSON.parse(record.toString()) as unknown)).toEqual([records[4], records[7]]);
    expect(kept.rows[0]?.error).toContain('inet');
    expect(writer.status()).toMatchObject({ quarantined: 2, pendingEntries: 0 });
  });
});

describe('the directory', () => {
  it('is used by one writer at a time', async () => {
    const writer = await aWriter();
    await expect(aWriter()).rejects.toThrow(JournalInUseError);
    await writer.close();
    t.store = t.aStore();
    await aWriter();
  });

  it('with a damaged entry that was not stored leaves one gap record, however often it is read', async () => {
    t.store.before = away;
    const writer = await aWriter({ closeTimeoutMs: 0 });
    await send(
      writer,
      Array.from({ length: 5 }, () => aCall()),
    );
    await writer.close();
    const path = join(
      t.directory,
      (await readdir(t.directory)).find((name) => name.endsWith('.journal'))!,
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
    const waitedSince: number[] = [];
    const looking = setInterval(() => waitedSince.push(writer.status().oldestPendingAt?.getTime() ?? Date.now()), 1);
    await writer.history(records);
    clearInterval(looking);
    await writer.flush();
    expect(await rows()).toHaveLength(2_500);
    // What it tells of the past is not what waits since then.
    expect(Math.min(...waitedSince)).toBeGreaterThan(Date.now() - 60_000);
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
