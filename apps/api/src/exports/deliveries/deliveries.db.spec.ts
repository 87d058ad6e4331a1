import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Tenant } from '../../database/tenant';
import { parseId, typeId } from '../../platform/ids';
import { aRecord, storeRecords } from '../../testing/records';
import { startS3Server, type S3Server } from '../../testing/s3-server';
import { anotherProcess, organizations, startTestApp, type TestApp } from '../../testing/test-app';
import { EXPORTS_LOOK, ExportWorker } from '../export-worker.jobs';
import { SchedulesService } from '../schedules.service';
import { keepDelivery } from './deliveries.queries';
import { DELIVERIES_LOOK, DeliveryWorker } from './delivery-worker.jobs';

let t: TestApp;
let server: S3Server;
/** Knows the directory, and no bucket. */
let second: Awaited<ReturnType<typeof anotherProcess>>;
const directory = mkdtempSync(join(tmpdir(), 'pinebill-delivered-'));
const exportDirectory = mkdtempSync(join(tmpdir(), 'pinebill-exports-'));
const credentials = { id: 'AKIADELIVERYSPEC', secret: 'the/secret+of=deliveries' };
const home = typeId('org', organizations.home);
const settings = () => ({
  exportDirectory,
  delivery: {
    directory,
    s3: {
      ...{ bucket: 'audit-exports', region: 'us-east-1', endpoint: server.endpoint, prefix: '' },
      credentials: { accessKeyId: credentials.id, secretAccessKey: credentials.secret },
    },
  },
});

beforeAll(async () => {
  server = await startS3Server({ bucket: 'audit-exports', credentials });
  t = await startTestApp(__filename, settings());
  second = await anotherProcess(t, { exportDirectory, delivery: { directory, s3: null } });
  // Nobody works behind the back of a spec.
  for (const { app } of [t, second]) for (const name of [EXPORTS_LOOK, DELIVERIES_LOOK]) app.get(SchedulerRegistry).deleteInterval(name);
  await storeRecords(t, [aRecord({ startedAt: new Date(Date.now() - 3_600_000).toISOString() })]);
});
afterAll(async () => {
  await second.close();
  await t.close();
  await server.close();
  for (const folder of [directory, exportDirectory]) rmSync(folder, { recursive: true, force: true });
});
afterEach(() => {
  server.misbehave = null;
});

const deliver = () => t.app.get(DeliveryWorker).look();
const view = async (id: string) => (await t.call(`/v1/exports/${id}`, { as: 'admin' })).json;
const actionsOf = async (id: string) =>
  (await t.sql<{ action: string }>(`select action from activity where target_id = $1 order by occurred_at, id`, [parseId('exp', id)])).map(({ action }) => action); // prettier-ignore
const mailsOf = async (id: string) =>
  (await t.sql<{ subject: string }>(`select subject from mail_outbox where dedupe_key like $1 order by queued_at`, [`export.delivery:${parseId('exp', id)}:%`])).map(({ subject }) => subject); // prettier-ignore
const due = (id: string) => t.sql(`update export_delivery set next_at = now() where export_id = $1`, [parseId('exp', id)]);

/** A schedule, and the exports of as many weeks that are over, made and not delivered yet. */
async function scheduled(body: object, weeks = 1): Promise<{ id: string; exports: string[] }> {
  const { status, json } = await t.call('/v1/export-schedules', { as: 'admin', body: { name: 'For the auditor', every: 'week', format: 'jsonl', ...body } }); // prettier-ignore
  if (status !== 201) throw new Error(JSON.stringify(json));
  await t.sql(`update export_schedule set done_from = done_from - make_interval(weeks => $2) where id = $1`, [parseId('xsc', json.id), weeks]); // prettier-ignore
  await t.app.get(SchedulesService).askDue();
  await t.app.get(ExportWorker).look();
  const made = (await t.call('/v1/exports?limit=200', { as: 'admin' })).json.data.filter(({ scheduleId }: { scheduleId: string }) => scheduleId === json.id); // prettier-ignore
  made.sort((a: { filter: { from: string } }, b: { filter: { from: string } }) => (a.filter.from < b.filter.from ? -1 : 1));
  return { id: json.id, exports: made.map(({ id }: { id: string }) => id) };
}

it('a scheduled export is delivered whole, checkable where it lies, and so many are kept there', async () => {
  const { id, exports } = await scheduled({ destination: 'directory', folder: 'for/the-auditor', source: 'period', keep: 2 }, 2);
  await deliver();
  const shown = await view(exports[0]!);
  const name = `${shown.filter.from.slice(0, 10)}_${exports[0]}`;
  const location = `${home}/for/the-auditor/${name}`;
  expect(shown.delivery).toMatchObject({ destination: 'directory', state: 'delivered', failures: 0, failure: null, location });
  expect(readdirSync(join(directory, location)).sort()).toEqual(
    [...shown.files.map((file: { name: string }) => file.name), ...['manifest.json', 'manifest.json.sig', 'public-key.pem'].map((paper) => `${exports[0]}.${paper}`)].sort(), // prettier-ignore
  );
  const verifier = resolve(__dirname, '../../../../../tools/verify-export/verify-export.mjs');
  const checked = spawnSync(process.execPath, [verifier, join(directory, location)], { encoding: 'utf8' });
  expect([checked.status, checked.stderr]).toEqual([0, '']);
  // The next week pushes the oldest out, there as here.
  await t.sql(`update export_schedule set done_from = done_from - interval '1 week' where id = $1`, [parseId('xsc', id)]);
  // By way of long ago: row after row is moved, and a week may be moved onto one that is still there.
  for (const weeks of [-1_000, 999]) await t.sql(`update export set period_from = period_from + make_interval(weeks => $2) where schedule_id = $1`, [parseId('xsc', id), weeks]); // prettier-ignore
  await t.app.get(SchedulesService).askDue();
  await t.app.get(ExportWorker).look();
  await deliver();
  expect(existsSync(join(directory, location))).toBe(false);
  expect(readdirSync(join(directory, home, 'for/the-auditor'))).toHaveLength(2);
  expect((await view(exports[0]!)).delivery.state).toBe('removed');
  expect(await actionsOf(exports[0]!)).toEqual(['export.created', 'export.finished', 'export.delivered', 'export.delivery_removed']);
  const list = (await t.call('/v1/export-schedules', { as: 'member' })).json;
  expect(list.destinations).toEqual(['directory', 's3']);
  expect(list.data.find((one: { id: string }) => one.id === id)).toMatchObject({ destination: 'directory', folder: 'for/the-auditor', lastDelivery: { state: 'delivered' } }); // prettier-ignore
});

it('a bucket that refuses is tried again later each time, somebody is told, and a person may try at once', async () => {
  const { exports } = await scheduled({ destination: 's3' });
  const [id] = exports as [string];
  server.misbehave = () => ({ status: 403, code: 'AccessDenied' });
  await deliver();
  const first = (await view(id)).delivery;
  expect(first).toMatchObject({ state: 'waiting', failures: 1, location: null, failure: { code: 'access_denied' } });
  expect(Date.parse(first.nextAttemptAt) - Date.now()).toBeGreaterThan(30_000);
  await deliver();
  expect((await view(id)).delivery.failures).toBe(1);
  for (let turn = 2; turn <= 3; turn += 1) await due(id).then(deliver);
  expect(await mailsOf(id)).toEqual(['A scheduled export cannot be delivered for now']);
  await t.sql('update export_delivery set failures = 11 where export_id = $1', [parseId('exp', id)]);
  await due(id).then(deliver);
  expect((await view(id)).delivery).toMatchObject({ state: 'failed', failures: 12, nextAttemptAt: null });
  expect(await mailsOf(id)).toEqual(['A scheduled export cannot be delivered for now', 'A scheduled export was not delivered']);
  server.misbehave = null;
  await deliver();
  expect(server.objects.size).toBe(0);
  expect((await t.call(`/v1/exports/${id}/deliver`, { as: 'admin', method: 'POST' })).json).toMatchObject({
    state: 'waiting',
    failures: 0,
  });
  await deliver();
  const { delivery, files, manifest } = await view(id);
  expect(delivery).toMatchObject({ state: 'delivered', failure: null, location: expect.stringMatching(`^s3://audit-exports/${home}/.*${id}$`) }); // prettier-ignore
  const key = (name: string) => `${delivery.location.slice('s3://audit-exports/'.length)}/${name}`;
  expect(server.objects.get(key(files[0].name))?.metadata).toEqual({ sha256: files[0].sha256 });
  expect(JSON.parse(server.objects.get(key(`${id}.manifest.json`))!.bytes.toString())).toEqual(manifest);
  expect(await actionsOf(id)).toEqual(['export.created', 'export.finished', 'export.delivery_failed', 'export.delivery_retried', 'export.delivered']); // prettier-ignore
  const told = await t.sql<{ all: string }>(
    `select coalesce(string_agg(after::text, ''), '') || (select coalesce(string_agg(body || subject, ''), '') from mail_outbox) as all from activity`,
  );
  expect(told[0]!.all + JSON.stringify(await view(id))).not.toMatch(/AKIADELIVERY|the\/secret|127\.0\.0\.1:\d+\/audit/);
});

it('several processes deliver once; after a death another goes on, and the dead says nothing any more', async () => {
  const { exports } = await scheduled({ destination: 'directory', folder: 'shared', keep: 5 }, 3);
  await Promise.all([deliver(), second.app.get(DeliveryWorker).look()]);
  await deliver();
  for (const id of exports) expect((await actionsOf(id)).filter((action) => action === 'export.delivered')).toHaveLength(1);
  // Killed before it could say that it had delivered: what is there stays, and is said.
  const [id] = exports as [string];
  const lease = { organizationId: organizations.home, exportId: parseId('exp', id)!, attempt: 1 };
  await t.sql(`update export_delivery set state = 'delivering', lease_until = now() + interval '1 minute', location = null where export_id = $1`, [lease.exportId]); // prettier-ignore
  await deliver();
  expect((await view(id)).delivery.state).toBe('delivering');
  await t.sql(`update export_delivery set lease_until = now() - interval '1 second' where export_id = $1`, [lease.exportId]);
  await deliver();
  expect((await view(id)).delivery).toMatchObject({ state: 'delivered', location: expect.any(String) });
  expect(await t.app.get(Tenant).run(lease, (tx) => keepDelivery(tx, lease, { state: 'failed' }))).toBe(false);
});

it('what is not what was signed is not delivered, nor what is gone, nor to where nothing is allowed any more', async () => {
  const { exports } = await scheduled({ destination: 'directory', folder: 'sound', keep: 3 }, 3);
  const [damaged, gone, later] = exports as [string, string, string];
  const fileOf = async (id: string): Promise<string> => {
    const { files } = await view(id);
    const folder = join(exportDirectory, parseId('exp', id)!);
    return join(folder, readdirSync(folder)[0]!, files[0].name);
  };
  // The process that has them may only be away: for a week they are waited for.
  const [there, away] = [join(exportDirectory, parseId('exp', damaged)!), join(exportDirectory, 'away')];
  renameSync(there, away);
  await t.sql(`update export_delivery set next_at = now() + interval '1 hour' where export_id <> $1`, [parseId('exp', damaged)]);
  await deliver();
  expect((await view(damaged)).delivery).toMatchObject({ state: 'waiting', failures: 0, failure: null });
  renameSync(away, there);
  await due(gone);
  const path = await fileOf(damaged);
  writeFileSync(path, readFileSync(path, 'utf8').replace('{', '[') || 'x');
  await t.call(`/v1/exports/${gone}`, { as: 'admin', method: 'DELETE' });
  await t.sql(`update export_delivery set next_at = now() + interval '1 hour' where export_id = $1`, [parseId('exp', later)]);
  await deliver();
  expect((await view(damaged)).delivery).toMatchObject({ state: 'failed', failure: { code: 'damaged' } });
  expect((await view(gone)).delivery).toMatchObject({ state: 'failed', failure: { code: 'files_gone' } });
  expect(existsSync(join(directory, home, 'sound'))).toBe(false);
  await t.sql(`update export_delivery set destination = 's3', next_at = now() where export_id = $1`, [parseId('exp', later)]);
  await second.app.get(DeliveryWorker).look();
  expect((await view(later)).delivery).toMatchObject({ state: 'waiting', failure: { code: 'not_configured' } });
  const other = await t.call('/v1/exports', { as: 'admin', body: { format: 'csv' } });
  expect((await t.call(`/v1/exports/${other.json.id}/deliver`, { as: 'admin', method: 'POST' })).status).toBe(404);
});
