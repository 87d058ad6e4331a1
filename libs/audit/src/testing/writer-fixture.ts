/** For specs of the writer: a directory and an organization of its own for each test, and what the store has of it. */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { AuditWriter } from '../audit.writer';
import type { AuditRecord } from '../audit.types';
import type { AuditWriterOptions } from '../audit.writer.options';
import { PostgresStore } from '../postgres-store';
import { aRecord, anOrganization, auditDatabase, journalDirectory, type AuditDatabase } from './audit-database';
import { FaultyStore } from './faulty-store';

type Row = Pick<AuditRecord, 'id' | 'kind' | 'outcome' | 'status' | 'durationMs' | 'gap' | 'query'> & { sequence: number };

export class WriterFixture {
  database!: AuditDatabase;
  store!: FaultyStore;
  organizationId!: string;
  directory!: string;
  private base!: string;
  private writers: AuditWriter[] = [];
  private remove!: () => Promise<void>;

  /** Once, in the body of the spec file. */
  constructor(file: string) {
    beforeAll(async () => {
      this.database = await auditDatabase(file);
    });
    afterAll(() => this.database.drop());
    beforeEach(async () => {
      ({ path: this.base, remove: this.remove } = await journalDirectory());
      this.directory = join(this.base, 'journal');
      this.store = this.aStore();
      this.organizationId = anOrganization();
      this.writers = [];
    });
    afterEach(async () => {
      this.store.before = this.store.after = null;
      await Promise.all(this.writers.map((writer) => writer.close()));
      await this.remove();
    });
  }

  aStore = (): FaultyStore => new FaultyStore(new PostgresStore({ url: this.database.url }));

  aWriter = async (options: Partial<AuditWriterOptions> = {}): Promise<AuditWriter> => {
    const { directory, store } = this;
    const given = { mode: 'durable' as const, directory, store, onError: () => undefined, homeOrganizationId: () => this.organizationId };
    const writer = await AuditWriter.open({ ...given, ...options });
    this.writers.push(writer);
    return writer;
  };

  /** The same disk as after a kill at this moment, with a process of its own. */
  afterKill = async (options: Partial<AuditWriterOptions> = {}): Promise<AuditWriter> => {
    const left = join(this.base, `copy-${this.writers.length}`);
    // Not `state.next`: a draft that the live writer may rename between our listing and our copying.
    await cp(this.directory, left, { recursive: true, filter: (path) => !path.includes('lock') && !path.endsWith('state.next') });
    return this.aWriter({ directory: left, store: new PostgresStore({ url: this.database.url }), ...options });
  };

  /** The directory that the nth writer of this test was given by `afterKill`. */
  copy = (number: number): string => join(this.base, `copy-${number}`);

  aCall = (change: Partial<AuditRecord> = {}): AuditRecord => aRecord({ organizationId: this.organizationId, ...change });

  rows = async (): Promise<Row[]> => {
    const sql = `select id, sequence::int, kind, outcome, status, duration_ms as "durationMs", gap, query from audit_record where organization_id = $1 order by sequence`;
    return (await this.database.as('admin').query<Row>(sql, [this.organizationId])).rows;
  };

  ids = async (): Promise<string[]> => (await this.rows()).map(({ id }) => id);

  send = async (writer: AuditWriter, records: readonly AuditRecord[]): Promise<void> => {
    await Promise.all(records.map((record) => writer.release(record)));
    for (const { id } of records) writer.settle(id);
  };

  numbersAreGapless = async (): Promise<void> => {
    const found = await this.rows();
    expect(found.map(({ sequence }) => sequence)).toEqual(found.map((_, index) => index + 1));
  };
}
