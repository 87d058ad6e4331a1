/** The tables that the variants write to: the library's own, and the plain one of `insert`. `node schema.mjs <url>`. */
import { auditSchema, ensurePartitions, pgQueryable } from '@pinebill/nestjs-audit';
import { Client } from 'pg';

const plain = `create table plain_log (organization_id uuid not null, id uuid primary key, occurred_at timestamptz not null, method text, path text,
  status int, ip inet, user_agent text, duration_ms real);
create index on plain_log (organization_id, occurred_at);`;

async function main(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create role pinebill_app; create role pinebill_maintenance; ${plain}`);
  await client.query('create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app');
  await client.query('set role pinebill_maintenance; set search_path = app');
  await client.query(auditSchema({ appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' }));
  const now = new Date();
  await ensurePartitions(pgQueryable(client), new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth())), 2);
  await client.end();
}

void main(process.argv[2] ?? '');
