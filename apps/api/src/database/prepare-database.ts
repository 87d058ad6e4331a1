/**
 * First-run set-up and every upgrade: roles, schema, migrations. Runs under an advisory lock, so that processes that start together do it
 * once. Safe to repeat.
 */
import { Client } from 'pg';
import { maintenanceDataSource } from './data-source';
import { ensureFirstRun, type FirstRun, type FirstRunResult } from './first-run';

const LOCK = 7_463_001; // any number that nobody else in this database uses

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
};

export async function prepareDatabase({ ownerUrl, loginUrl, firstRun }: PrepareOptions): Promise<FirstRunResult> {
  const owner = new Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await owner.query('select pg_advisory_lock($1)', [LOCK]);
    await owner.query(roles);
    const login = new Client({ connectionString: loginUrl });
    const { rows } = await owner.query<{ me: string }>('select current_user as me');
    const ownerName = rows[0]?.me ?? '';
    await owner.query(`grant pinebill_maintenance, pinebill_app to ${owner.escapeIdentifier(ownerName)}`);
    if (login.user && login.user !== ownerName) await owner.query(`grant pinebill_app to ${owner.escapeIdentifier(login.user)}`);
    await owner.query('create schema if not exists app authorization pinebill_maintenance');
    await owner.query('grant usage on schema app to pinebill_app');
    const maintenance = maintenanceDataSource(ownerUrl);
    await maintenance.initialize();
    try {
      await maintenance.runMigrations({ transaction: 'each' });
    } finally {
      await maintenance.destroy();
    }
    await owner.query('set role pinebill_maintenance');
    await owner.query('set search_path = app');
    return await ensureFirstRun(owner, firstRun);
  } finally {
    await owner.end();
  }
}
