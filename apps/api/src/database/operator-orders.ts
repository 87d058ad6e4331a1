/**
 * What an operator orders while the product runs (maintenance, journals): as pinebill_maintenance, from beside the running process or any machine that
 * knows the database; each order that changes something is an entry in the activity of the home organization.
 */
import { ListeningClient } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import type { Config } from '../config';
import { shownPath } from '../platform/data-directory';
import { newId } from '../platform/ids';
import { codeOf, StartError } from '../platform/start-error';
import { EmbeddedPostgres } from './embedded-postgres';

const CONNECT_MS = 5_000;
const UNDEFINED_TABLE = '42P01';

export async function asOperator<T>(config: Config, work: (client: Client) => Promise<T>): Promise<T> {
  const client = await connect(config);
  try {
    return await work(client);
  } catch (error) {
    if (codeOf(error) !== UNDEFINED_TABLE) throw error;
    throw new StartError('The database was not prepared by this version of the product. Start this version on it first: npm start');
  } finally {
    await client.end();
  }
}

type Order = {
  /** Of the actor. */ by: string;
  action: string;
  /** What it was about, other than the installation. */ about?: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
};

/** Inside the transaction of the change. */
export async function recordOrder(client: Client, { by, action, about, before, after }: Order): Promise<void> {
  await client.query(
    `insert into activity (organization_id, id, occurred_at, actor_type, actor_name, action, target_type, target_id, target_name, before, after)
     select o.id, $1, now(), 'system', $2, $3, 'organization', o.id, coalesce($6, o.name), $4, $5 from organization o where o.is_home`,
    [newId(), by, action, JSON.stringify(before), JSON.stringify(after), about ?? null],
  );
}

/** The running product holds the data directory; beside its data lies how to reach its server. */
async function connect(config: Config): Promise<Client> {
  const url =
    config.databaseUrl === null ? EmbeddedPostgres.ownerUrlOf(config.dataDirectory) : (config.databaseOwnerUrl ?? config.databaseUrl);
  if (url === null) throw notRunning(config);
  const client = new ListeningClient({
    connectionString: url,
    options: '-c role=pinebill_maintenance -c search_path=app',
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: CONNECT_MS,
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    if (config.databaseUrl === null && codeOf(error) === 'ECONNREFUSED') throw notRunning(config);
    throw new StartError(`The database cannot be reached: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

const notRunning = ({ dataDirectory }: Config): StartError =>
  new StartError(
    `Nothing runs on the data directory ${shownPath(dataDirectory)}. Start the product first, or name its directory in PINEBILL_DATA_DIR.`,
  );
