/** For specs: a database with the log's tables and roles, and records to put into it. */
import { cloneDatabase, withTemplate, type TestDatabase } from '@pinebill/testing';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import type { Queryable } from '../audit.types';
import { ensurePartitions } from '../postgres-partitions';
import { auditSchema } from '../postgres-schema';
import { pgQueryable } from '../postgres-store';
export { anOrganization, aRecord } from './records';

const roles = ['pinebill_app', 'pinebill_maintenance'] as const;
const ROLES_LOCK = 'audit spec roles'; // roles belong to the cluster, and specs run at the same time

async function prepare(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query('select pg_advisory_lock(hashtext($1))', [ROLES_LOCK]);
  for (const role of roles) {
    await client.query(`do $$ begin create role ${role} nologin; exception when duplicate_object or unique_violation then null; end $$`);
  }
  await client.query('create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app');
  await client.query('set role pinebill_maintenance; set search_path = app');
  await client.query(auditSchema({ appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' }));
  await ensurePartitions(pgQueryable(client), new Date(Date.UTC(2026, 0, 1)), 3); // a Client queries like a Pool
  await client.end();
}

export type AuditDatabase = TestDatabase & {
  as(role: (typeof roles)[number] | 'admin'): Pool;
  /** Runs as the application, inside the organization's transaction. */
  inside<T>(organizationId: string, work: (db: Queryable) => Promise<T>): Promise<T>;
};

export async function auditDatabase(file: string): Promise<AuditDatabase> {
  await withTemplate('audit_template', prepare);
  const database = await cloneDatabase(file, 'audit_template');
  const pools = new Map<string, Pool>();
  const as: AuditDatabase['as'] = (role) => {
    const options = role === 'admin' ? '-c search_path=app' : `-c role=${role} -c search_path=app`;
    const known = pools.get(role);
    if (known) return known;
    const pool = new Pool({ connectionString: database.url, options, max: 4 });
    pool.on('error', () => undefined);
    pools.set(role, pool);
    return pool;
  };
  return {
    ...database,
    as,
    async inside(organizationId, work) {
      const client = await as('pinebill_app').connect();
      try {
        await client.query('begin');
        await client.query(`select set_config('app.organization_id', $1, true)`, [organizationId]);
        return await work(pgQueryable(client));
      } finally {
        await client.query('rollback');
        client.release();
      }
    },
    async drop() {
      await Promise.all([...pools.values()].map((pool) => pool.end()));
      await database.drop();
    },
  };
}

/** A directory of its own for a journal. */
export async function journalDirectory(): Promise<{ path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'audit-journal-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
