import { BadRecordError, type AuditBatch, type AuditRecord } from './audit.types';
import { PostgresStore } from './postgres-store';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';
import { randomUUID } from 'node:crypto';

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

/** Records of an organization under the offsets. */
const entries = (organizationId: string, ...offsets: number[]): AuditBatch['entries'] =>
  offsets.map((offset) => ({ offset: BigInt(offset), record: aRecord({ organizationId, path: `/${offset}` }) }));
const stored = async (organizationId: string): Promise<[number, string][]> => {
  const sql = 'select sequence::int, path from audit_record where organization_id = $1 order by sequence';
  return (await database.as('admin').query<{ sequence: number; path: string }>(sql, [organizationId])).rows.map(({ sequence, path }) => [
    sequence,
    path,
  ]);
};

describe('a batch', () => {
  it('tried again in another cut stores only what lies behind the watermark', async () => {
    const [journalId, organizationId] = [randomUUID(), anOrganization()];
    await store.append({ journalId, entries: entries(organizationId, 1, 2, 3), upTo: 3n });
    await store.append({ journalId, entries: entries(organizationId, 2, 3, 4, 5), upTo: 5n });
    expect(await stored(organizationId)).toEqual([[1, '/1'], [2, '/2'], [3, '/3'], [4, '/4'], [5, '/5']]); // prettier-ignore
    expect(await store.watermark(journalId)).toBe(5n);
  });

  it('never takes a watermark back', async () => {
    const [journalId, organizationId] = [randomUUID(), anOrganization()];
    await store.append({ journalId, entries: entries(organizationId, 7), upTo: 7n });
    await store.append({ journalId, entries: [], upTo: 3n });
    expect(await store.watermark(journalId)).toBe(7n);
    expect(await store.watermark(randomUUID())).toBeNull();
  });

  it('is stored whole or not at all, and burns no number', async () => {
    const [journalId, organizationId] = [randomUUID(), anOrganization()];
    const [good, bad] = entries(organizationId, 1, 2);
    const refused = { offset: 2n, record: { ...bad!.record, peerIp: 'not an address' } };
    await expect(store.append({ journalId, entries: [good!, refused], upTo: 2n })).rejects.toThrow(BadRecordError);
    expect(await store.watermark(journalId)).toBeNull();
    await store.append({ journalId, entries: [good!], upTo: 1n });
    expect(await stored(organizationId)).toEqual([[1, '/1']]);
  });

  it('of a record that is there already, in an older journal, stores it once', async () => {
    const organizationId = anOrganization();
    const [entry] = entries(organizationId, 1);
    await store.append({ journalId: randomUUID(), entries: [entry!], upTo: 1n });
    const journalId = randomUUID();
    await store.append({ journalId, entries: [entry!], upTo: 1n });
    expect(await stored(organizationId)).toEqual([[1, '/1']]);
    expect(await store.watermark(journalId)).toBe(1n);
  });

  it('refuses an organization that is no uuid as the fault of the record', async () => {
    const batch = { journalId: randomUUID(), entries: entries("'; drop table audit_log; --", 1), upTo: 1n };
    await expect(store.append(batch)).rejects.toThrow(BadRecordError);
  });

  it('is numbered in the order in which its records began', async () => {
    const organizationId = anOrganization();
    const begun = ['10:00:02.000', '10:00:00.500', '10:00:01.000', '10:00:00.500'];
    const records = begun.map((time, at) => aRecord({ organizationId, startedAt: `2026-01-15T${time}Z`, path: `/${at}` }));
    await store.append({ journalId: randomUUID(), entries: records.map((record, at) => ({ offset: BigInt(at), record })), upTo: 4n });
    expect(await stored(organizationId)).toEqual([[1, '/1'], [2, '/3'], [3, '/2'], [4, '/0']]); // prettier-ignore
  });

  it('takes a record of an older version, which lacks a field, and refuses one that lacks what it needs as the fault of the record', async () => {
    const organizationId = anOrganization();
    const without = (...fields: (keyof AuditRecord)[]) =>
      Object.fromEntries(Object.entries(aRecord({ organizationId })).filter(([field]) => !fields.some((name) => name === field)));
    const put = (record: object) =>
      store.append({ journalId: randomUUID(), entries: [{ offset: 1n, record: record as AuditRecord }], upTo: 1n });
    await put(without('traceId', 'handlerMs', 'country'));
    for (const record of [without('startedAt'), without('organizationId'), without('marks'), without('id')]) {
      await expect(put(record)).rejects.toThrow(BadRecordError);
    }
    expect(await stored(organizationId)).toHaveLength(1);
  });

  it('says which of its months are not made, each once, and nothing of those that are', async () => {
    const organizationId = anOrganization();
    const told: string[] = [];
    const watching = new PostgresStore({ url: database.url, onStray: (at) => told.push(at.toISOString().slice(0, 7)) });
    for (const startedAt of [
      '2026-02-01T00:00:00.000Z',
      '2041-05-31T23:59:59.999Z',
      '2041-06-01T00:00:00.000Z',
      '2041-05-02T00:00:00.000Z',
    ]) {
      await watching.append({
        journalId: randomUUID(),
        entries: [{ offset: 1n, record: aRecord({ organizationId, startedAt }) }],
        upTo: 1n,
      });
    }
    await watching.close();
    expect(told).toEqual(['2041-05', '2041-06']);
    expect(await stored(organizationId)).toHaveLength(4);
  });

  it('counts a server that is not there as no fault of the records', async () => {
    const gone = new PostgresStore({ url: 'postgres://nobody@127.0.0.1:1/nothing' });
    const error = await gone.append({ journalId: randomUUID(), entries: entries(anOrganization(), 1), upTo: 1n }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(error).not.toBeInstanceOf(BadRecordError);
    await gone.close();
  });

  it('whose connection is cut is refused, ends no process, and is stored when it is tried again', async () => {
    const [journalId, organizationId] = [randomUUID(), anOrganization()];
    const batch = { journalId, entries: entries(organizationId, 1), upTo: 1n };
    const holder = await database.as('admin').connect();
    await holder.query('begin; lock table audit_watermark in access exclusive mode');
    const cut = expect(store.append(batch)).rejects.toThrow(/terminat/);
    const waiting = `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    while ((await holder.query(waiting)).rowCount === 0) await new Promise((resolve) => setImmediate(resolve));
    await holder.query('commit');
    holder.release();
    await cut;
    await store.append(batch);
    expect(await stored(organizationId)).toEqual([[1, '/1']]);
  });

  it('commits durably although the server is set not to', async () => {
    await database.as('admin').query(`alter database ${database.name} set synchronous_commit = off`);
    const watched = new PostgresStore({ url: database.url });
    // The trigger is the specification's only: it looks at what holds while the batch is committed.
    await database.as('admin').query(`create table seen (setting text); grant insert on seen to pinebill_app;
      create function look() returns trigger language plpgsql as $$ begin insert into seen values (current_setting('synchronous_commit')); return null; end $$;
      create trigger look after update on audit_watermark for each row execute function look()`);
    await watched.append({ journalId: randomUUID(), entries: entries(anOrganization(), 1), upTo: 1n });
    expect((await database.as('admin').query('select setting from seen')).rows).toEqual([{ setting: 'on' }]);
    await watched.close();
  });
});
