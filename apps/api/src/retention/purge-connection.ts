/** The connection that deletes: as pinebill_maintenance, whom the policies of the tables let; as owner alone it would delete 0 rows, in silence. */
import { ListeningClient, pgQueryable, type Queryable } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import { withDeadline } from '../platform/deadline';
import type { Sql } from './held.queries';

const CONNECT_MS = 5_000;
/** A step takes fractions of a second, and looking whether something of a month is held some seconds. */
const STATEMENT_MS = 300_000;
const STOP_MS = 1_000;

export type PurgeDb = Sql & Queryable;

/** `statementMs` 0: a statement may take as long as it takes. */
export async function withMaintenance<T>(url: string, work: (db: PurgeDb) => Promise<T>, statementMs = STATEMENT_MS): Promise<T> {
  const client: Client = new ListeningClient({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_MS,
    // 0 would be taken for not said, and then the server's own limit held.
    options: `-c role=pinebill_maintenance -c search_path=app -c statement_timeout=${statementMs}`,
    ...(statementMs > 0 && { query_timeout: statementMs + 2_000 }),
    keepAlive: true,
  });
  try {
    await client.connect();
    return await work(pgQueryable(client) as PurgeDb);
  } finally {
    // A server that hangs does not say goodbye.
    await withDeadline(client.end(), STOP_MS).catch(() => undefined);
  }
}

/** Commits when it resolves. A lost commit costs a step that is made again, so nobody waits for the disk. */
export async function step<T>(db: PurgeDb, work: () => Promise<T>): Promise<T> {
  await db.query('begin');
  try {
    await db.query('set local synchronous_commit = off');
    const result = await work();
    await db.query('commit');
    return result;
  } catch (error) {
    await db.query('rollback').catch(() => undefined);
    throw error;
  }
}
