import { randomUUID } from 'node:crypto';
import { BadRecordError, type AuditRecord, type JournalNotice } from './audit.types';
import { PostgresStore } from './postgres-store';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await auditDatabase(__filename);
  store = new PostgresStore({ url: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const query = async <T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  (await database.as('admin').query<T>(sql, parameters)).rows;
const aNotice = (change: Partial<JournalNotice> = {}): JournalNotice => ({
  journalId: randomUUID(), host: 'api-1', pid: 42, directory: '/var/lib/pinebill/journal', startedAt: new Date('2026-01-15T10:00:00Z'), pendingEntries: 0,
  journalBytes: 4_096, stopped: false, ...change,
}); // prettier-ignore
/** The heart last beat so long ago. */
const silentFor = (seconds: number, journalId: string) =>
  query(`update audit_journal set seen_at = now() - make_interval(secs => $1) where journal_id = $2`, [seconds, journalId]);
type Stored = { id: string; sequence: number; outcome: string; status: number | null; duration_ms: number | null };
const stored = (organizationId: string) =>
  query<Stored>('select id, sequence::int, outcome, status, duration_ms from audit_record where organization_id = $1 order by sequence', [
    organizationId,
  ]);
const intents = async (organizationId: string): Promise<string[]> =>
  (await query<{ id: string }>('select id from audit_intent where organization_id = $1 order by id', [organizationId])).map(({ id }) => id);
const begun = (organizationId: string): AuditRecord => aRecord({ organizationId, outcome: 'unknown', status: null, durationMs: null });
const append = (...records: AuditRecord[]): Promise<unknown> =>
  store.append({ journalId: randomUUID(), entries: records.map((record, at) => ({ offset: BigInt(at), record })), upTo: 10n });

describe('journals', () => {
  it('are listed while their process lives, with the time since it was heard of', async () => {
    const notice = aNotice({ pendingEntries: 3 });
    await store.heartbeat(notice);
    await silentFor(90, notice.journalId);
    const found = (await store.journals()).find(({ journalId }) => journalId === notice.journalId);
    expect({ ...found, stopped: false }).toMatchObject({ ...notice, stoppedAt: null });
    expect(found?.secondsSinceSeen).toBeGreaterThanOrEqual(90);
    expect(found?.secondsSinceSeen).toBeLessThan(150);
  });

  it('are listed after their process has stopped only when something is left in them', async () => {
    const [clean, left, again] = [aNotice(), aNotice(), aNotice()];
    for (const notice of [clean, left, again]) await store.heartbeat(notice);
    await store.heartbeat({ ...clean, stopped: true });
    await store.heartbeat({ ...left, stopped: true, pendingEntries: 2 });
    await store.heartbeat({ ...again, stopped: true });
    await store.heartbeat({ ...again, pid: 43 });
    const states = new Map((await store.journals()).map((state) => [state.journalId, state]));
    expect(states.has(clean.journalId)).toBe(false);
    expect(states.get(left.journalId)).toMatchObject({ pendingEntries: 2, stoppedAt: expect.any(Date) as Date });
    expect(states.get(again.journalId)).toMatchObject({ pid: 43, stoppedAt: null });
  });
});

describe('intents', () => {
  it('are committed at once, once however often they are told, and gone with the row', async () => {
    const organizationId = anOrganization();
    const [record, other] = [begun(organizationId), begun(organizationId)];
    for (const told of [record, record, other]) await store.intend(randomUUID(), [told]);
    expect(await intents(organizationId)).toEqual([record.id, other.id].sort());
    await append({ ...record, outcome: 'completed', status: 201 });
    expect(await intents(organizationId)).toEqual([other.id]);
    expect(await stored(organizationId)).toMatchObject([{ id: record.id, outcome: 'completed', status: 201 }]);
  });

  it('stay when the batch that would end them is refused', async () => {
    const organizationId = anOrganization();
    const record = begun(organizationId);
    await store.intend(randomUUID(), [record]);
    await expect(append(record, aRecord({ organizationId, ip: 'no address' }))).rejects.toThrow(BadRecordError);
    expect(await intents(organizationId)).toEqual([record.id]);
  });

  it('can be withdrawn, also when there is none', async () => {
    const record = begun(anOrganization());
    await store.intend(randomUUID(), [record]);
    await store.withdrawIntent(record);
    await store.withdrawIntent(record);
    expect(await intents(record.organizationId)).toEqual([]);
  });

  it('of a record that cannot be stored are the fault of the record', async () => {
    await expect(store.intend(randomUUID(), [{ ...begun(anOrganization()), id: 'no uuid' }])).rejects.toThrow(BadRecordError);
    await expect(store.intend(randomUUID(), [begun('no organization')])).rejects.toThrow(BadRecordError);
  });

  it('of one organization are hidden from others, and no setting outlives their statement', async () => {
    const organizationId = anOrganization();
    const single = new PostgresStore({ url: database.url, maxConnections: 1 });
    await single.intend(randomUUID(), [begun(organizationId)]);
    expect(await database.inside(anOrganization(), (db) => db.query('select 1 from audit_intent'))).toEqual([]);
    expect(await database.inside(organizationId, (db) => db.query('select 1 as here from audit_intent'))).toEqual([{ here: 1 }]);
    await single.close();
  });
});

describe('intents that nobody ends', () => {
  beforeEach(() => query('delete from audit_intent')); // those above have journals that are not known

  /** A journal that was last heard of so long ago, with so many intents. */
  async function abandoned(organizationId: string, silentSeconds: number, howMany: number): Promise<AuditRecord[]> {
    const notice = aNotice();
    await store.heartbeat(notice);
    await silentFor(silentSeconds, notice.journalId);
    const records = Array.from({ length: howMany }, () => begun(organizationId));
    for (const record of records) await store.intend(notice.journalId, [record]);
    return records;
  }

  it('become rows of outcome unknown, with the next numbers, when their process is silent for long enough', async () => {
    const organizationId = anOrganization();
    await append(aRecord({ organizationId }));
    const dead = await abandoned(organizationId, 120, 3);
    const [living] = await abandoned(organizationId, 5, 1);
    expect(await store.adoptIntents({ unseenForSeconds: 60 })).toBe(3);
    const rows = (await stored(organizationId)).slice(1);
    expect(rows.map(({ id }) => id).sort()).toEqual(dead.map(({ id }) => id).sort());
    for (const [at, row] of rows.entries())
      expect(row).toMatchObject({ sequence: at + 2, outcome: 'unknown', status: null, duration_ms: null });
    expect(await intents(organizationId)).toEqual([living?.id]);
    expect(await store.adoptIntents({ unseenForSeconds: 60 })).toBe(0);
  });

  it('of a journal that never had a heartbeat are taken as well', async () => {
    const record = begun(anOrganization());
    await store.intend(randomUUID(), [record]);
    await store.adoptIntents({ unseenForSeconds: 60 });
    expect(await stored(record.organizationId)).toMatchObject([{ id: record.id, outcome: 'unknown' }]);
  });

  it('never become a second row where the row is there already', async () => {
    const organizationId = anOrganization();
    const [record] = await abandoned(organizationId, 120, 1);
    await append({ ...record!, outcome: 'completed', status: 200 });
    // As a process leaves it that tells the intent again after the row was stored.
    await store.intend(randomUUID(), [record!]);
    expect(await store.adoptIntents({ unseenForSeconds: 60 })).toBe(0);
    expect(await stored(organizationId)).toMatchObject([{ id: record!.id, outcome: 'completed', sequence: 1 }]);
    expect(await intents(organizationId)).toEqual([]);
    expect(await query('select 1 from audit_quarantine where organization_id = $1', [organizationId])).toEqual([]);
  });

  it('become one row each when several processes adopt at once, while others ship', async () => {
    const [one, other] = [anOrganization(), anOrganization()];
    const records = [...(await abandoned(one, 120, 30)), ...(await abandoned(other, 120, 30))];
    const stores = Array.from({ length: 4 }, () => new PostgresStore({ url: database.url }));
    const shipped = Array.from({ length: 10 }, (_, at) => append(aRecord({ organizationId: at % 2 === 0 ? one : other })));
    const adopted = await Promise.all(stores.map((each) => each.adoptIntents({ unseenForSeconds: 60 })));
    await Promise.all([...shipped, ...stores.map((each) => each.close())]);
    expect(adopted.reduce((sum, made) => sum + made, 0)).toBe(60);
    for (const organizationId of [one, other]) {
      const rows = await stored(organizationId);
      expect(rows.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 35 }, (_, at) => at + 1));
      const wanted = records.filter((record) => record.organizationId === organizationId).map(({ id }) => id);
      expect(rows.filter(({ outcome }) => outcome === 'unknown').map(({ id }) => id).sort()).toEqual(wanted.sort()); // prettier-ignore
    }
  });

  it('and cannot be stored go to quarantine, and keep no other', async () => {
    const organizationId = anOrganization();
    await abandoned(organizationId, 120, 2);
    const journalId = randomUUID();
    const bad = { ...begun(organizationId), ip: 'no address' };
    await store.intend(journalId, [bad]);
    await abandoned(organizationId, 120, 2);
    expect(await store.adoptIntents({ unseenForSeconds: 60 })).toBe(4);
    expect(await stored(organizationId)).toHaveLength(4);
    expect(await intents(organizationId)).toEqual([]);
    const kept = await query<{ record: Buffer }>('select record from audit_quarantine where journal_id = $1', [journalId]);
    expect(kept.map(({ record }) => JSON.parse(record.toString()) as unknown)).toEqual([bad]);
  });

  it('whose process was only slow leave one row', async () => {
    const organizationId = anOrganization();
    const [record] = await abandoned(organizationId, 120, 1);
    await store.adoptIntents({ unseenForSeconds: 60 });
    await append({ ...record!, outcome: 'completed', status: 200 });
    expect(await stored(organizationId)).toMatchObject([{ id: record!.id, outcome: 'unknown' }]);
  });
});
