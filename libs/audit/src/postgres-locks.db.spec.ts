/** Processes that store, adopt and intend for one organization at once never wait for each other in a circle, in orders of steps that are made by hand. */
import { randomUUID } from 'node:crypto';
import type { AuditRecord } from './audit.types';
import { PostgresStore } from './postgres-store';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await auditDatabase(__filename);
  store = new PostgresStore({ url: database.url, maxConnections: 8 });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});
beforeEach(() => query('delete from audit_intent'));

const query = async <T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> =>
  (await database.as('admin').query<T>(sql, parameters)).rows;
/** The first has the lowest id, and began first. */
const begun = (organizationId: string, number: number): AuditRecord => ({
  ...aRecord({ organizationId, outcome: 'unknown', status: null, durationMs: null, startedAt: `2026-01-15T10:30:1${number}.123Z` }),
  id: `0193aaaa-0000-7000-8000-${organizationId.slice(-11)}${number}`,
});
const ended = (record: AuditRecord): AuditRecord => ({ ...record, outcome: 'completed', status: 200 });
const append = (...records: AuditRecord[]): Promise<readonly string[]> =>
  store.append({ journalId: randomUUID(), entries: records.map((record, at) => ({ offset: BigInt(at), record })), upTo: 10n });
const adopt = (): Promise<number> => store.adoptIntents({ unseenForSeconds: 60 });
const intend = (...records: AuditRecord[]): Promise<void> => store.intend(randomUUID(), records);

const rows = async (organizationId: string): Promise<[sequence: number, id: string, outcome: string][]> => {
  const found = await query<{ sequence: number; id: string; outcome: string }>(
    'select sequence::int, id, outcome from audit_record where organization_id = $1 order by sequence',
    [organizationId],
  );
  return found.map(({ sequence, id, outcome }) => [sequence, id, outcome]);
};
const intents = async (organizationId: string): Promise<string[]> =>
  (await query<{ id: string }>('select id from audit_intent where organization_id = $1 order by id', [organizationId])).map(({ id }) => id);
const quarantined = async (organizationId: string): Promise<AuditRecord[]> =>
  (await query<{ record: Buffer }>('select record from audit_quarantine where organization_id = $1', [organizationId])).map(
    ({ record }) => JSON.parse(record.toString()) as AuditRecord,
  );

/** Starts one after the other while the lock is held, each when those before it have ended or wait; then lets them go. */
async function inTurn(lock: string, steps: readonly (() => Promise<unknown>)[], meanwhile?: () => Promise<unknown>): Promise<unknown[]> {
  const holder = await database.as('admin').connect();
  const started: Promise<unknown>[] = [];
  let ended = 0;
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  try {
    await holder.query(`begin; ${lock}`);
    for (const step of steps) {
      started.push(step().finally(() => ended++));
      started.at(-1)?.catch(() => undefined); // it is looked at below
      while ((await query(waiting)).length + ended < started.length) await new Promise((resolve) => setImmediate(resolve));
    }
    await meanwhile?.();
  } finally {
    await holder.query('commit');
    holder.release();
  }
  return Promise.all(started);
}
const lockIntent = ({ id }: AuditRecord): string => `select 1 from audit_intent where id = '${id}' for update`;
/** Whoever waits finds a newer version of the row. */
const renewIntent = ({ id }: AuditRecord): string => `update audit_intent set record = record where id = '${id}'`;

it('adopts in an organization without a record while others store its first one and adopt as well', async () => {
  const organizationId = anOrganization();
  const [first, second] = [begun(organizationId, 1), begun(organizationId, 2)];
  const shipped = aRecord({ organizationId });
  await intend(first, second);
  const adopted = await inTurn(renewIntent(second), [adopt, () => append(shipped), adopt]);
  expect([adopted[0], adopted[2]]).toEqual([2, 0]);
  expect(await rows(organizationId)).toEqual([
    [1, first.id, 'unknown'],
    [2, second.id, 'unknown'],
    [3, shipped.id, 'completed'],
  ]);
  expect(await intents(organizationId)).toEqual([]);
});

it('adopts what its process tells once more at that moment, in whichever order', async () => {
  const organizationId = anOrganization();
  const [first, second] = [begun(organizationId, 1), begun(organizationId, 2)];
  await intend(first, second);
  const [adopted] = await inTurn(lockIntent(first), [adopt, () => intend(second, first)]);
  expect(adopted).toBe(2);
  expect(await rows(organizationId)).toEqual([
    [1, first.id, 'unknown'],
    [2, second.id, 'unknown'],
  ]);
  // If they were told once more after they had become rows, they are let go.
  expect(await adopt()).toBe(0);
  expect([(await rows(organizationId)).length, await intents(organizationId)]).toEqual([2, []]);
});

it('ends intents that are told once more at that moment, in whichever order they lie in the table', async () => {
  const organizationId = anOrganization();
  const [first, second] = [begun(organizationId, 1), begun(organizationId, 2)];
  for (const record of [second, first]) await intend(record);
  await query('analyze audit_intent'); // so small a table is then read as it lies
  await inTurn(lockIntent(second), [() => append(ended(first), ended(second)), () => intend(first, second)]);
  expect(await rows(organizationId)).toEqual([
    [1, first.id, 'completed'],
    [2, second.id, 'completed'],
  ]);
  expect(await adopt()).toBe(0);
  expect([(await rows(organizationId)).length, await intents(organizationId)]).toEqual([2, []]);
});

it('puts the intent into quarantine that could not be stored, and never the next one when another process was faster', async () => {
  const organizationId = anOrganization();
  const [bad, good] = [{ ...begun(organizationId, 1), ip: 'no address' }, begun(organizationId, 2)];
  await intend(bad, good);
  // The adopter has found it out, and waits to put it away; meanwhile somebody else deals with it.
  const dealtWith = (): Promise<unknown> => query('delete from audit_intent where id = $1', [bad.id]);
  const [adopted] = await inTurn('lock table audit_quarantine in share mode', [adopt], dealtWith);
  expect(adopted).toBe(1);
  expect(await quarantined(organizationId)).toEqual([]);
  expect(await rows(organizationId)).toEqual([[1, good.id, 'unknown']]);
});
