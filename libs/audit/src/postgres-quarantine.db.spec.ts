import { randomUUID } from 'node:crypto';
import { BadRecordError, type AuditRecord } from './audit.types';
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

/** What PostgreSQL says to it; it goes to quarantine as the shipper puts it there. */
async function refused(journalId: string, offset: bigint, record: AuditRecord): Promise<BadRecordError> {
  const error = await store.append({ journalId, entries: [{ offset, record }], upTo: offset }).catch((e: unknown) => e);
  if (!(error instanceof BadRecordError)) throw new Error(`not refused: ${String(error)}`);
  await store.quarantine(journalId, { offset, record }, error);
  return error;
}

it.each([
  ['a text with NUL', { path: '/a\0b' }],
  ['a name with NUL', { actorName: 'a\0b' }],
  ['a NUL in a query', { query: { a: '\0' } }],
  ['an address that is none', { ip: 'fe80::1%eth0' }],
  ['an id that is none', { id: 'x' }],
  ['a time that is none', { startedAt: 'yesterday' }],
  ['a status beyond its type', { status: 70_000 }],
  ['a size that is no whole number', { responseBytes: 1.5 }],
  ['an actor that is no uuid', { actorId: 'x' }],
] as const)('takes a record with %s, as it was', async (_, change) => {
  const [journalId, organizationId] = [randomUUID(), anOrganization()];
  const record = { ...aRecord({ organizationId }), ...change };
  const error = await refused(journalId, 1n, record);
  expect(await store.watermark(journalId)).toBe(1n);
  const kept = (id: string) =>
    database.inside(id, (db) => db.query('select journal_id, journal_offset, error, record from audit_quarantine where organization_id = $1', [organizationId])); // prettier-ignore
  const [found, more] = await kept(organizationId);
  expect(more).toBeUndefined();
  expect(found).toMatchObject({ journal_id: journalId, journal_offset: '1', error: error.message.replaceAll('\0', '\ufffd') });
  expect(JSON.parse((found!['record'] as Buffer).toString())).toEqual(record);
  expect(await kept(anOrganization())).toEqual([]);
});
