/** What each mode promises, and what a kill leaves in it. */
import type { AuditRecord } from './audit.types';
import { PostgresStore } from './postgres-store';
import { away } from './testing/faulty-store';
import { WriterFixture } from './testing/writer-fixture';

const t = new WriterFixture(__filename);
const { aWriter, afterKill, aCall, rows, ids, send } = t;

describe('modes', () => {
  it('committed: the row is in the store before the answer may leave', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const record = aCall();
    await writer.release(record);
    expect(await ids()).toEqual([record.id]);
  });

  const begun = (): AuditRecord => aCall({ method: 'POST', outcome: 'unknown', status: null, durationMs: null });
  const intents = async (): Promise<number> =>
    Number((await t.database.as('admin').query('select 1 from audit_intent where organization_id = $1', [t.organizationId])).rowCount);

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
    await t.database
      .as('admin')
      .query(`update audit_journal set seen_at = now() - interval '40 seconds' where journal_id = $1`, [writer.status().journalId]);
    const another = new PostgresStore({ url: t.database.url });
    expect(await another.adoptIntents({ unseenForSeconds: 30 })).toBe(1);
    await another.close();
    expect(await rows()).toMatchObject([{ id: record.id, outcome: 'unknown' }]);
  });

  it('committed: without a store nothing is intended', async () => {
    t.store.before = away;
    const writer = await aWriter({ mode: 'committed', commitTimeoutMs: 50 });
    await expect(writer.provisional(begun())).rejects.toThrow('The store is away');
    expect(await intents()).toBe(0);
  });

  it('committed: without a store the answer fails, and the row says what the caller was told', async () => {
    t.store.before = away;
    const writer = await aWriter({ mode: 'committed', commitTimeoutMs: 50 });
    const record = aCall();
    await expect(writer.release(record)).rejects.toThrow('The store is away');
    t.store.before = null;
    await writer.flush();
    expect(await rows()).toMatchObject([{ id: record.id, status: 503 }]);
  });

  it('committed: a row that could not be committed in time says what the caller was told, also when its batch was on its way', async () => {
    const writer = await aWriter({ mode: 'committed', commitTimeoutMs: 500 });
    await writer.release(aCall());
    let fail: (error: Error) => void = () => undefined;
    t.store.hold = new Promise((_, reject) => (fail = reject));
    const record = aCall();
    await expect(writer.release(record)).rejects.toThrow('has not committed within 500 ms');
    t.store.hold = null;
    fail(new Error('the connection was cut'));
    await writer.flush();
    expect((await rows()).find(({ id }) => id === record.id)).toMatchObject({ status: 503 });
  });

  it('committed: an intent that came too late for its caller becomes no row', async () => {
    const writer = await aWriter({ mode: 'committed', commitTimeoutMs: 1 });
    const late = begun();
    const lock = await t.database.as('admin').connect();
    await lock.query('begin; lock table audit_intent in exclusive mode');
    await expect(writer.provisional(late)).rejects.toThrow('The store is away');
    await lock.query('commit');
    lock.release();
    for (let waited = 0; waited < 200 && (await intents()) === 0; waited++) await new Promise(setImmediate);
    for (let waited = 0; waited < 400 && (await intents()) > 0; waited++) await new Promise(setImmediate);
    expect(await intents()).toBe(0);
    expect(writer.status().intents).toBe(0);
  });

  it('committed: the answer of a process that was taken for dead is refused, for its row says that nobody knows', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const record = begun();
    await writer.provisional(record);
    await t.database.as('admin').query(`update audit_journal set seen_at = now() - interval '40 seconds'`);
    const another = t.aStore();
    expect(await another.adoptIntents({ unseenForSeconds: 30 })).toBe(1);
    await another.close();
    await expect(writer.release({ ...record, outcome: 'completed', status: 201 })).rejects.toThrow('took this one for dead');
    expect(await rows()).toMatchObject([{ id: record.id, outcome: 'unknown' }]);
  });

  it('committed: a bound that grows takes the place of the smaller one', async () => {
    const writer = await aWriter({ mode: 'committed' });
    const gap = { from: '2026-01-15T10:30:15.123Z', to: '2026-01-15T10:31:15.123Z', count: null, cause: 'coalesced' };
    const bound = aCall({ kind: 'gap' });
    for (const atMost of [64, 128, 1_024]) await writer.provisional({ ...bound, gap: { ...gap, atMost } });
    const next = await afterKill({ mode: 'committed' });
    await next.provisional(begun());
    expect(await rows()).toMatchObject([{ id: bound.id, gap: { atMost: 1_024 } }]);
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
      t.store = t.aStore();
      const writer = await aWriter({ mode });
      await send(writer, [aCall()]);
      await writer.close();
    }
    expect((await rows()).filter(({ kind }) => kind === 'mode')).toMatchObject([{ query: { from: 'durable', to: 'async' } }]);
  });
});
