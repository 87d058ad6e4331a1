/**
 * Where records end up: one transaction a batch, in which the journal's watermark is locked first and advanced last, so that a batch that
 * is tried again after an unknown COMMIT stores nothing twice and burns no number. Never through an ORM.
 *
 * Locks are taken in one order, so that nobody waits for somebody who waits for him: the watermark; then the heads of organizations by id, and behind each
 * head what is of that organization alone, its intents by id at last.
 */
import { Pool, type PoolClient } from 'pg';
import { validate } from 'uuid';
import {
  BadRecordError,
  type AbandonedBy,
  type AuditBatch,
  type AuditRecord,
  type AuditStore,
  type JournalNotice,
  type JournalState,
  type Queryable,
} from './audit.types';
import { ListeningClient } from './listening-client';
import { encoding } from './postgres-arrays';
import { distinctValues, knownNumbers, numbersOf, takeKnown, type DistinctValues } from './postgres-dictionaries';
import { KnownMonths } from './postgres-months';
import {
  abandonedIntents,
  deleteIntents,
  insertIntentsOf,
  noteJournal,
  openJournals,
  quarantineIntent,
  takeAbandoned,
  type AbandonedIntents,
} from './postgres-processes';
import { encodeRollUp, rollUp } from './postgres-rollups';
import { encodeRows, storeRows, type TimedRecord } from './postgres-rows';

export type PostgresStoreOptions = {
  /** Connection string of a login that may `SET ROLE` to `role`. */
  url: string;
  role?: string;
  schema?: string;
  maxConnections?: number;
  connectionTimeoutMs?: number;
  /** A server that does not answer for so long is taken as gone. */
  statementTimeoutMs?: number;
  /** Rows of this time went to the default partition, for their month is not made; each month is told once a minute at most. */
  onStray?: (at: Date) => void;
};

type Entry = AuditBatch['entries'][number];

export class PostgresStore implements AuditStore {
  private readonly pool: Pool;
  private readonly months: KnownMonths;
  private readonly onStray: PostgresStoreOptions['onStray'];

  constructor({
    url,
    role = 'pinebill_app',
    schema = 'app',
    maxConnections = 4,
    connectionTimeoutMs = 5_000,
    statementTimeoutMs = 60_000,
    onStray,
  }: PostgresStoreOptions) {
    this.pool = new Pool({
      Client: ListeningClient,
      connectionString: url,
      options: `-c role=${role} -c search_path=${schema}`,
      max: maxConnections,
      connectionTimeoutMillis: connectionTimeoutMs,
      query_timeout: statementTimeoutMs,
      statement_timeout: statementTimeoutMs,
      keepAlive: true,
    });
    this.pool.on('error', ignore); // an idle connection was cut; the next use takes a new one
    this.months = new KnownMonths(this.pool);
    this.onStray = onStray;
  }

  async append(batch: AuditBatch): Promise<readonly string[]> {
    try {
      await this.transaction((client, opened) => storeBatch(client, batch, opened), lockWatermark(batch.journalId));
    } catch (error) {
      const bad = badRecord(error);
      if (!bad) throw error;
      // The row is there already: its journal was damaged, and what it left was read as another entry of the same request; or its process was taken for dead.
      const [only] = batch.entries;
      if (!only || batch.entries.length > 1 || !isDuplicate(error)) throw bad;
      await this.append({ ...batch, entries: [] });
      return [only.record.id];
    }
    await this.tellStrays(batch);
    return [];
  }

  async watermark(journalId: string): Promise<bigint | null> {
    const { rows } = await this.pool.query<{ stored_up_to: string }>('select stored_up_to from audit_watermark where journal_id = $1', [
      journalId,
    ]);
    return rows[0] ? BigInt(rows[0].stored_up_to) : null;
  }

  quarantine(journalId: string, { offset, record }: Entry, error: BadRecordError): Promise<void> {
    return this.transaction(async (client, opened) => {
      if ((await watermarkOf(client, journalId, opened)) >= offset) return '';
      await client.query(
        `insert into audit_quarantine (journal_id, journal_offset, organization_id, record, error, quarantined_at) values ($1, $2, $3, $4, $5, now())`,
        // No NUL in text: the message may quote the value that was refused.
        [
          journalId,
          offset,
          validate(record.organizationId) ? record.organizationId : null,
          Buffer.from(JSON.stringify(record)),
          error.message.replaceAll('\0', '\ufffd'),
        ],
      );
      return advanceWatermark(journalId, offset);
    }, lockWatermark(journalId));
  }

  heartbeat(journal: JournalNotice): Promise<void> {
    return noteJournal(this.pool, journal);
  }

  journals(): Promise<JournalState[]> {
    return openJournals(pgQueryable(this.pool));
  }

  async intend(journalId: string, records: readonly AuditRecord[]): Promise<void> {
    try {
      for (const [organizationId, group] of byOrganization(records.map((record) => ({ record }))))
        await insertIntentsOf(this.pool, { journalId, organizationId }, group);
    } catch (error) {
      throw badRecord(error) ?? error;
    }
  }

  withdrawIntent({ organizationId, id }: AuditRecord): Promise<void> {
    return this.transaction(async (client) => {
      await deleteIntents(client, organizationId, [id]);
      return '';
    }, within(organizationId));
  }

  async adoptIntents(by: AbandonedBy): Promise<number> {
    let adopted = 0;
    for (const abandoned of await abandonedIntents(this.pool, by)) {
      for (let made: number | null = 0; made !== null; adopted += made ?? 0) made = await this.adoptSome(abandoned);
    }
    return adopted;
  }

  /** Null when there was none left. One that cannot be stored is looked for one by one, and goes to quarantine: it must not keep the others. */
  private async adoptSome(abandoned: AbandonedIntents, most = INTENTS_AT_ONCE): Promise<number | null> {
    const { organizationId } = abandoned;
    const taken: { records: readonly AuditRecord[] | null } = { records: null };
    try {
      await this.transaction(async (client) => {
        const records = (taken.records = await takeAbandoned(client, abandoned, most));
        if (records && records.length > 0) await storeGroup(client, organizationId, inOrder(records));
        return '';
      }, within(organizationId));
    } catch (error) {
      const bad = badRecord(error);
      const [first] = taken.records ?? [];
      if (!bad || !first) throw error;
      if (most > 1) return this.adoptSome(abandoned, 1);
      await this.transaction(async (client) => {
        await quarantineIntent(client, first, bad);
        return '';
      }, within(organizationId));
      return 0;
    }
    return taken.records && taken.records.length;
  }

  /** What is stored is stored: a question that fails is asked again with the next batch. */
  private async tellStrays({ entries }: AuditBatch): Promise<void> {
    const { onStray } = this;
    if (!onStray) return;
    const times = entries.map(({ record }) => Date.parse(record.startedAt));
    const strays = await this.months.missing(times).catch(() => []);
    strays.forEach(onStray);
  }

  async close(): Promise<void> {
    if (!this.pool.ended && !this.pool.ending) await this.pool.end();
  }

  /** `opening` travels with the BEGIN, what `work` returns with the COMMIT: at a batch of a few milliseconds each round trip counts. */
  private async transaction(work: (client: PoolClient, opened: Rows) => Promise<string>, opening: string): Promise<void> {
    const client = await this.pool.connect();
    try {
      // The journal forgets what is committed, so a COMMIT has to survive a crash of the server, whatever its configuration says.
      const synchronous = `select set_config('synchronous_commit', 'on', true) where current_setting('synchronous_commit') = 'off'`;
      const [, , opened = []] = await several(client, `begin; ${synchronous}; ${opening}`);
      const closing = await work(client, opened);
      await client.query(`${closing}; commit`);
      client.release();
    } catch (error) {
      // A refused statement leaves the connection sound. One that does not answer is thrown away: a ROLLBACK would only wait behind it.
      const answered = error instanceof BadRecordError || /^(?=.*\d)[0-9A-Z]{5}$/.test(codeOf(error));
      client.release(!(answered && (await rollback(client))));
      throw error;
    }
  }
}

const INTENTS_AT_ONCE = 1_000;
const ignore = (): void => undefined;

const rollback = (client: PoolClient): Promise<boolean> =>
  client.query('rollback').then(
    () => true,
    () => false,
  );

async function storeBatch(client: PoolClient, { journalId, entries, upTo }: AuditBatch, opened: Rows): Promise<string> {
  const storedUpTo = await watermarkOf(client, journalId, opened);
  const groups = encoding(() => byOrganization(entries.filter(({ offset }) => offset > storedUpTo)));
  for (const [organizationId, records] of groups) {
    await storeGroup(client, organizationId, inOrder(records));
  }
  return upTo > storedUpTo ? advanceWatermark(journalId, upTo) : '';
}

async function storeGroup(client: PoolClient, organizationId: string, rows: readonly TimedRecord[]): Promise<void> {
  const values = encoding(() => distinctValues(rows));
  const entered = enter(client, organizationId, { count: rows.length, values });
  const encoded = await meanwhile(entered, () => encodeRows(rows));
  const { first, hoursUntil, intents } = await entered;
  const numbers = await numbersOf(client, { organizationId, first, values });
  const stored = storeRows(client, { organizationId, rows, encoded, numbers, first });
  await rollUp(client, organizationId, await meanwhile(stored, () => encodeRollUp(rows, { numbers, hoursUntil })));
  if (intents)
    await deleteIntents(
      client,
      organizationId,
      rows.map(({ record }) => record.id),
    );
}

/** Works while the server works. Whatever cannot be encoded is told after the server's answer: the connection is used again. */
async function meanwhile<T>(answer: Promise<unknown>, work: () => T): Promise<T> {
  try {
    return encoding(work);
  } finally {
    await answer;
  }
}

/**
 * Enters the organization, locks its head, takes the sequence numbers and looks up those of the dictionaries, in one round trip. Heads are locked
 * in the order of their ids, so two batches cannot wait for each other. `intents`: whether the organization has any.
 */
async function enter(
  client: PoolClient,
  organizationId: string,
  { count, values }: { count: number; values: DistinctValues },
): Promise<{ first: number; hoursUntil: number | null; intents: boolean }> {
  const organization = uuidLiteral(organizationId);
  const [, heads, found = [], intents] = await several(
    client,
    `${within(organizationId)};
    insert into audit_head (organization_id, sequence) values (${organization}, ${count})
    on conflict (organization_id) do update set sequence = audit_head.sequence + excluded.sequence returning sequence, hours_until;
    ${knownNumbers(organization, values)};
    select 1 from audit_intent where organization_id = ${organization} limit 1`,
  );
  takeKnown(values, found);
  const head = heads?.[0];
  return {
    first: Number(head?.['sequence']) - count + 1,
    hoursUntil: (head?.['hours_until'] ?? null) as number | null,
    intents: intents?.length === 1,
  };
}

type Rows = Record<string, unknown>[];

/** Several statements in one round trip; they take no parameters, so every value in them is a literal that was checked. */
async function several(client: PoolClient, sql: string): Promise<Rows[]> {
  const results = (await client.query<Record<string, unknown>>(sql)) as unknown as { rows: Rows }[]; // pg's types know of one statement only
  return results.map(({ rows }) => rows);
}

function uuidLiteral(text: string): string {
  if (!validate(text)) throw new TypeError(`not a uuid: ${text}`);
  return `'${text}'`;
}

const within = (organizationId: string): string => `set local app.organization_id = ${uuidLiteral(organizationId)}`;
const lockWatermark = (journalId: string): string =>
  `select stored_up_to from audit_watermark where journal_id = ${uuidLiteral(journalId)} for update`;
const advanceWatermark = (journalId: string, upTo: bigint): string =>
  `update audit_watermark set stored_up_to = ${upTo}, stored_at = now() where journal_id = ${uuidLiteral(journalId)}`;
const firstWatermark = 'insert into audit_watermark (journal_id, stored_up_to, stored_at) values ($1, -1, now()) on conflict do nothing';

/** `opened`: what `lockWatermark` found. */
async function watermarkOf(client: PoolClient, journalId: string, opened: Rows): Promise<bigint> {
  let [row] = opened;
  while (!row) {
    await client.query(firstWatermark, [journalId]);
    row = (await client.query<Record<string, unknown>>(lockWatermark(journalId))).rows[0];
  }
  return BigInt(row['stored_up_to'] as string);
}

/** In the order of their ids. */
function byOrganization(entries: readonly Pick<Entry, 'record'>[]): [string, AuditRecord[]][] {
  const groups = new Map<string, AuditRecord[]>();
  for (const { record } of entries) {
    const organizationId = record.organizationId.toLowerCase();
    if (!validate(organizationId)) throw new BadRecordError(`organizationId is not a uuid: ${JSON.stringify(organizationId)}`);
    const group = groups.get(organizationId);
    if (group) group.push(record);
    else groups.set(organizationId, [record]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * By their beginnings: rows that come in order fill the pages of the key's index, where a late one would split a full page in two halves. They are
 * numbered in this order too; all of a batch are committed together.
 */
const inOrder = (records: readonly AuditRecord[]): TimedRecord[] =>
  records.map((record) => ({ record, at: Date.parse(record.startedAt) })).sort((a, b) => a.at - b.at);

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
const isDuplicate = (error: unknown): boolean => codeOf(error) === '23505';

/** Classes 22 (data), 23 (integrity) and 54 (limits) are about the rows; anything else is about the server and may pass. */
function badRecord(error: unknown): BadRecordError | null {
  if (error instanceof BadRecordError) return error;
  return /^(22|23|54)/.test(codeOf(error))
    ? new BadRecordError(error instanceof Error ? error.message : String(error), { cause: error })
    : null;
}

/** A pg client or pool as the library's `Queryable`. */
export const pgQueryable = (client: Pick<Pool, 'query'>): Queryable => ({
  query: async (sql, parameters) => (await client.query<Record<string, unknown>>(sql, parameters ? [...parameters] : undefined)).rows,
});
