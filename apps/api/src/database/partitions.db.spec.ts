/** A month is to be made while somebody reads the log for long, as pg_dump does: nobody waits for that, and nothing fails by it. */
import { AuditWriter } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { Lifecycle } from '../platform/lifecycle';
import { startTestApp, type TestApp } from '../testing/test-app';
import { PartitionJobs } from './partitions.jobs';

const STRAY = new Date('2031-05-05T00:00:00Z');
let t: TestApp;
let dump: Client;
beforeEach(async () => {
  t = await startTestApp(__filename);
  t.app.get(Lifecycle).listening();
  dump = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await dump.connect();
  await dump.query('begin; lock table audit_log in access share mode');
});
afterEach(async () => {
  await dump.end();
  await t.close();
});

const made = async () => (await t.sql(`select 1 from pg_class where relname = 'audit_log_2031_05'`)).length === 1;
const outcome = async () => (await t.sql(`select outcome, failures from job_outcome where name = 'audit.partitions'`))[0];
async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 20_000; !(await isSo());) if (Date.now() > deadline) throw new Error('it did not come about');
}

it('reads, writes, readiness and revoking go on; the failure is seen; and the month is made when the reader has gone', async () => {
  const key = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'K', scopes: ['audit:read'] } })).json as { id: string };
  const jobs = t.app.get(PartitionJobs);
  jobs.makeStray(STRAY);
  do {
    expect((await t.call('/v1/audit-logs?limit=1', { as: 'admin' })).status).toBe(200);
    expect((await t.call('/readyz')).status).toBe(200);
    await t.app.get(AuditWriter).flush();
  } while ((await outcome())?.['outcome'] !== 'failed');
  expect((await t.call(`/v1/api-keys/${key.id}/revoke`, { as: 'admin', body: { reason: 'leaked' } })).status).toBe(200);
  const warned = async () =>
    ((await t.call('/readyz')).json as { warnings: { code: string }[] }).warnings.some(({ code }) => code === 'job_failing');
  await until(warned);
  expect(await made()).toBe(false);
  await dump.query('rollback');
  await jobs.again();
  expect([await made(), await outcome()]).toEqual([true, { outcome: 'done', failures: 0 }]);
});

it('a start behind such a reader succeeds, and makes up for it', async () => {
  const [month] = await t.sql<{ name: string }>(`select max(relname) as name from pg_class where relname ~ '^audit_log_\\d{4}_\\d\\d$'`);
  await dump.query('rollback');
  await t.sql(`drop table ${month!.name}`);
  await dump.query('begin; lock table audit_log in access share mode');
  const next = new PartitionJobs(t.config, t.app.get(ExclusiveJobs), { now: () => new Date() });
  await next.onModuleInit();
  const there = async () => (await t.sql('select 1 from pg_class where relname = $1', [month!.name])).length === 1;
  expect(await there()).toBe(false);
  await dump.query('rollback');
  await next.again();
  expect(await there()).toBe(true);
});

it('a stop does not wait for it', async () => {
  await dump.query('rollback');
  // Not the reader of above, but whoever is making months elsewhere.
  await dump.query(`begin; select pg_advisory_xact_lock(hashtext('audit_log partitions'))`);
  const jobs = t.app.get(PartitionJobs);
  jobs.makeStray(STRAY);
  const waits = `select 1 from pg_stat_activity where wait_event = 'advisory' and query like '%2031_05%' and datname = current_database()`;
  await until(async () => (await t.sql(waits)).length > 0);
  await jobs.onModuleDestroy();
  await until(async () => (await outcome())?.['outcome'] === 'failed');
});

it('a revocation is answered although the log cannot be read at all, and says the last use when it is repeated', async () => {
  const { id, secret } = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'L', scopes: ['audit:read'] } })).json as {
    id: string;
    secret: string;
  };
  expect((await t.call('/v1/audit-logs?limit=1', { key: secret })).status).toBe(200);
  await t.app.get(AuditWriter).flush();
  await dump.query('rollback');
  await dump.query('begin; lock table audit_log in access exclusive mode');
  const revoke = () => t.call(`/v1/api-keys/${id}/revoke`, { as: 'admin', body: { reason: 'leaked' } });
  expect(await revoke()).toMatchObject({ status: 200, json: { revokedAt: expect.any(String) } });
  expect((await t.call('/v1/audit-logs?limit=1', { key: secret })).status).toBe(401);
  await dump.query('rollback');
  expect((await revoke()).json).toMatchObject({ lastAcceptedAt: expect.any(String) });
});
