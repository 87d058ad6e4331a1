/** Transactions of one organization over one connection, for the thread: what Tenant is for the process, without the framework. */
import { Client, type PoolClient } from 'pg';
import type { EntityManager } from 'typeorm';
import { validate } from 'uuid';
import { appConnection } from '../../database/app-connection';
import type { Reading } from '../parts/part';
import { lendingSocket } from './lending-socket';

/** One processor of the server's, and no more: nobody waits for an export as somebody waits for a request. */
const options = `${appConnection.options} -c max_parallel_workers_per_gather=0`;

/** One connection, and another while something is asked in the middle of a COPY. */
export class ThreadReading implements Reading {
  private readonly connected: Client[] = [];
  private readonly free: Client[] = [];

  private constructor(private readonly databaseUrl: string) {}

  static async open(databaseUrl: string): Promise<ThreadReading> {
    const reading = new ThreadReading(databaseUrl);
    reading.free.push(await reading.connect());
    return reading;
  }

  async run<T>(tenant: { organizationId: string }, work: (tx: EntityManager) => Promise<T>): Promise<T> {
    if (!validate(tenant.organizationId)) throw new TypeError('organizationId is not a uuid');
    const client = this.free.pop() ?? (await this.connect());
    try {
      return await inTransaction(client, tenant, work);
    } finally {
      this.free.push(client);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.connected.map((client) => client.end()));
  }

  private async connect(): Promise<Client> {
    const { databaseUrl: connectionString } = this;
    const client = new Client({ connectionString, ...appConnection, options, application_name: 'pinebill export', stream: lendingSocket });
    // A connection that breaks at rest says so here, and again to the next statement.
    client.on('error', () => undefined);
    await client.connect();
    this.connected.push(client);
    return client;
  }
}

async function inTransaction<T>(
  client: Client,
  { organizationId }: { organizationId: string },
  work: (tx: EntityManager) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    // Isolation must be chosen before the first query; SET is none.
    await client.query(`set local app.organization_id = '${organizationId}'`);
    const query = async (sql: string, values?: unknown[]): Promise<unknown> => (await client.query(sql, values)).rows;
    // Parts ask for rows, and for the connection to COPY on; nothing else of it is there.
    const tx = { query, queryRunner: { connect: () => Promise.resolve(client as unknown as PoolClient) } } as unknown as EntityManager;
    const result = await work(tx);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}
