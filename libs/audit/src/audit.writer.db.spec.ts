import { AuditWriter } from './audit.writer';
import { PostgresStore } from './postgres-store';
import { aRecord, anOrganization, auditDatabase, journalDirectory, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
beforeAll(async () => {
  database = await auditDatabase(__filename);
});
afterAll(() => database.drop());

type StoredRow = { id: string; sequence: string; outcome: string; status: number | null };
const storedRows = async (organizationId: string): Promise<StoredRow[]> =>
  (await database.as('admin').query<StoredRow>('select id, sequence, outcome, status from audit_log where organization_id = $1 order by sequence', [organizationId])).rows;

async function aWriter(directory: string, options: Partial<Parameters<typeof AuditWriter.open>[0]> = {}): Promise<AuditWriter> {
  return AuditWriter.open({ mode: 'durable', directory, store: new PostgresStore({ url: database.url }), onError: () => undefined, ...options });
}

describe('a released record', () => {
  it('becomes a row with the next number of its organization', async () => {
    const directory = await journalDirectory();
    const writer = await aWriter(directory.path);
    const organizationId = anOrganization();
    const records = Array.from({ length: 5 }, () => aRecord({ organizationId }));
    await Promise.all(records.map((record) => writer.release(record)));
    for (const { id } of records) writer.settle(id);
    await writer.flush();
    expect(await storedRows(organizationId)).toEqual(
      records.map(({ id }, index) => ({ id, sequence: String(index + 1), outcome: 'completed', status: 200 })),
    );
    await writer.close();
    await directory.remove();
  });

  it('says how its response ended, when that is seen in time', async () => {
    const directory = await journalDirectory();
    const writer = await aWriter(directory.path);
    const record = aRecord({ organizationId: anOrganization() });
    await writer.release(record);
    writer.settle(record.id, { outcome: 'aborted', status: 499 });
    await writer.flush();
    expect(await storedRows(record.organizationId)).toMatchObject([{ id: record.id, outcome: 'aborted', status: 499 }]);
    await writer.close();
    await directory.remove();
  });
});
