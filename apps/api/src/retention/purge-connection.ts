/** The connection that deletes: as pinebill_maintenance, whom the policies of the tables let; as owner alone it would delete 0 rows, in silence. */
import { ListeningClient, pgQueryable, type Queryable } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import { withDeadline } from '../platform/deadline';
import type { Sql } from './held.queries';

const CONNECT_MS = 5_000;
/** A step takes fractions of a second; counting a month that goes as a whole may take minutes. */
const STATEMENT_MS = 1_800_000;
const STOP_MS = 1_000;

export type PurgeDb = Sql & Queryable;

export async function withMaintenance<T>(url: string, work: (db: PurgeDb) => Promise<T>): Promise<T> {
  const client: Client = new ListeningClient({
    connectionString: url,
    options: '-c role=pinebill_maintenance -c search_path=app',
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: STATEMENT_MS + 2_000,
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
