/**
 * First-run set-up and every upgrade: roles, schema, migrations, the home organization. Runs under an advisory lock, so that processes that
 * start together do it once. Safe to repeat.
 */
import { ListeningClient } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { codeOf, StartError } from '../platform/start-error';
import { maintenanceDataSource } from './data-source';
import { ensureFirstRun, type FirstRun, type FirstRunResult } from './first-run';

const LOCK = 7_463_001; // any number that nobody else in this database uses
const OLDEST_POSTGRES = 15;

const roles = `
do $$ begin
  if not exists (select from pg_roles where rolname = 'pinebill_maintenance') then create role pinebill_maintenance nologin; end if;
exception when duplicate_object or unique_violation then null; end $$;
do $$ begin
  if not exists (select from pg_roles where rolname = 'pinebill_app') then create role pinebill_app nologin; end if;
exception when duplicate_object or unique_violation then null; end $$;
`;

export type PrepareOptions = {
  /** May create roles and the schema: `DATABASE_OWNER_URL`, or `DATABASE_URL` when that is unset. */
  ownerUrl: string;
  /** The login of the product, which is let into pinebill_app. */
  loginUrl: string;
  firstRun: FirstRun;
  /** Told of what takes long. */
  log?: (message: string) => void;
};

export async function prepareDatabase({ ownerUrl, loginUrl, firstRun, log = () => undefined }: PrepareOptions): Promise<FirstRunResult> {
  // The login first: it is the one that the operator is most likely to have got wrong.
  if (loginUrl !== ownerUrl) await (await connect(loginUrl)).end();
  const owner = await connect(ownerUrl);
  try {
    await requireVersion(owner);
    await owner.query('select pg_advisory_lock($1)', [LOCK]);
    await prepareRoles(owner, loginUrl);
    await migrate(owner, ownerUrl, log);
    await owner.query('set role pinebill_maintenance');
    await owner.query('set search_path = app');
    return await ensureFirstRun(owner, firstRun);
  } finally {
    await owner.end();
  }
}

async function connect(url: string): Promise<Client> {
  const client = new ListeningClient({ connectionString: url, connectionTimeoutMillis: 10_000 });
  try {
    await client.connect();
    return client;
  } catch (error) {
    const { hostname, port, pathname } = new URL(url);
    const reason = error instanceof Error && error.message ? error.message : (codeOf(error) ?? String(error));
    throw new StartError(
      `The database ${pathname.slice(1)} at ${hostname}:${port || '5432'} cannot be reached: ${reason}. Check DATABASE_URL and that the server runs.`,
    );
  }
}

async function requireVersion(owner: Client): Promise<void> {
  const { rows } = await owner.query<{ version: string }>(`select current_setting('server_version_num') as version`);
  const major = Math.floor(Number(rows[0]?.version) / 10_000);
  if (major < OLDEST_POSTGRES)
    throw new StartError(`The database server is PostgreSQL ${major}; this product needs ${OLDEST_POSTGRES} or newer.`);
}

async function prepareRoles(owner: Client, loginUrl: string): Promise<void> {
  try {
    await owner.query(roles);
    const login = new Client({ connectionString: loginUrl });
    const { rows } = await owner.query<{ me: string }>('select current_user as me');
    const ownerName = rows[0]?.me ?? '';
    await owner.query(`grant pinebill_maintenance, pinebill_app to ${owner.escapeIdentifier(ownerName)}`);
    if (login.user && login.user !== ownerName) await owner.query(`grant pinebill_app to ${owner.escapeIdentifier(login.user)}`);
    await owner.query('create schema if not exists app authorization pinebill_maintenance');
    await owner.query('grant usage on schema app to pinebill_app');
  } catch (error) {
    if (codeOf(error) !== '42501') throw error;
    throw new StartError(
      `The login of the database may not create roles and a schema (${String(error)}). Set DATABASE_OWNER_URL to one that may; it is used for set-up, partitions and purges only.`,
    );
  }
}

async function migrate(owner: Client, ownerUrl: string, log: (message: string) => void): Promise<void> {
  const maintenance = maintenanceDataSource(ownerUrl);
  await maintenance.initialize();
  try {
    await refuseNewerData(
      owner,
      maintenance.migrations.map((migration) => migration.name ?? migration.constructor.name),
    );
    const size = await sizeOfWideLog(owner);
    if (size !== null)
      log(
        `Moving the log (${size}) into its new layout; a large one takes long. Nothing is served until it has moved. Interrupted, it is as it was, and the next start begins anew.`,
      );
    const startedAt = Date.now();
    await maintenance.runMigrations({ transaction: 'each' });
    if (size !== null) log(`The log has moved, in ${Math.round((Date.now() - startedAt) / 1_000)} s.`);
  } finally {
    await maintenance.destroy();
  }
}

/** Of a log that migration 0003 will write once more; null: there is none. */
async function sizeOfWideLog(owner: Client): Promise<string | null> {
  const { rows } = await owner.query<{ size: string }>(
    `select pg_size_pretty(sum(pg_total_relation_size(relid))) as size from pg_partition_tree(to_regclass('app.audit_log'))
     where exists (select from pg_attribute where attrelid = to_regclass('app.audit_log') and attname = 'actor_type' and not attisdropped)
     having count(*) > 0`,
  );
  return rows[0]?.size ?? null;
}

async function refuseNewerData(owner: Client, known: readonly string[]): Promise<void> {
  const { rows: tables } = await owner.query<{ found: boolean }>(`select to_regclass('app.migration') is not null as found`);
  if (!tables[0]?.found) return;
  const { rows } = await owner.query<{ name: string }>('select name from app.migration order by id');
  const unknown = rows.map(({ name }) => name).filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new StartError(
    `The data was written by a newer version of the product (it has ${unknown.join(', ')}). Start that version, or bring back a backup.`,
  );
}
