import { randomUUID } from 'node:crypto';
import { BadRecordError, type AuditRecord } from './audit.types';
import { PostgresStore } from './postgres-store';
import { countQuarantine, listQuarantine, type QuarantinedRecord, type QuarantinePlace } from './quarantine.reader';
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
  const [found, more] = await database.inside(organizationId, (db) => listQuarantine(db, organizationId, { limit: 10, after: null }));
  expect(more).toBeUndefined();
  expect(found).toMatchObject({ journalId, journalOffset: 1n, error: error.message.replaceAll('\0', '\ufffd') });
  expect(JSON.parse(found!.record.toString())).toEqual(record);
});

it('pages through an organization, newest first, and counts it', async () => {
  const [journalId, organizationId] = [randomUUID(), anOrganization()];
  for (const offset of [1n, 2n, 3n, 4n, 5n]) await refused(journalId, offset, aRecord({ organizationId, ip: 'none' }));
  // At one time, so that only the offset tells them apart.
  await database.as('admin').query('update audit_quarantine set quarantined_at = now() where organization_id = $1', [organizationId]);
  const seen: bigint[] = [];
  for (let after: QuarantinePlace | null = null, rounds = 0; rounds < 10; rounds++) {
    const place: QuarantinePlace | null = after;
    const page: QuarantinedRecord[] = await database.inside(organizationId, (db) =>
      listQuarantine(db, organizationId, { limit: 2, after: place }),
    );
    if (page.length === 0) break;
    seen.push(...page.map(({ journalOffset }) => journalOffset));
    after = page.at(-1) ?? null;
  }
  expect(seen).toEqual([5n, 4n, 3n, 2n, 1n]);
  expect(await database.inside(organizationId, (db) => countQuarantine(db, organizationId))).toBe(5);
  expect(await database.inside(anOrganization(), (db) => countQuarantine(db, organizationId))).toBe(0);
});
