/** A database of its own for every spec file, cloned from a template: specs run in parallel and never clean up after each other. */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { Client } from 'pg';

export type TestDatabase = {
  name: string;
  /** Connection string of a superuser: what an operator would put into DATABASE_URL. */
  url: string;
  drop(): Promise<void>;
};

function clusterUrl(): string {
  const url = process.env['TEST_POSTGRES_URL'];
  if (!url)
    throw new Error('TEST_POSTGRES_URL is not set: the jest project lacks libs/testing/jest-postgres.setup.cjs as its globalSetup.');
  return url;
}

const urlOf = (name: string): string => Object.assign(new URL(clusterUrl()), { pathname: `/${name}` }).toString();

async function asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: clusterUrl() });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Makes the template once per cluster, whichever worker comes first; the others wait for it. `prepare` gets the connection string. */
export async function withTemplate(name: string, prepare: (url: string) => Promise<void>): Promise<void> {
  await asAdmin(async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [name]);
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) {
      const draft = `${name}_draft_${randomBytes(3).toString('hex')}`;
      await client.query(`create database ${draft}`);
      await prepare(urlOf(draft));
      await client.query(`alter database ${draft} rename to ${name}`);
    }
    await client.query('select pg_advisory_unlock(hashtext($1))', [name]);
  });
}

/** `create database "t_keys_3fa9" template "..."`; a failed spec leaves a named database to look into until the run ends. */
export async function cloneDatabase(file: string, template = 'template1'): Promise<TestDatabase> {
  const stem = basename(file).replace(/\..*$/, '').replace(/\W+/g, '_').toLowerCase();
  const name = `t_${stem}_${randomBytes(3).toString('hex')}`;
  await asAdmin((client) => client.query(`create database ${name} template ${template}`));
  return {
    name,
    url: urlOf(name),
    drop: () =>
      asAdmin(async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      }),
  };
}
