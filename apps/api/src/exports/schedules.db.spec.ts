import { parseId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { anotherProcess, organizations, startTestApp, type TestApp } from '../testing/test-app';
import { ExportWorker } from './export-worker.jobs';
import { SchedulesService } from './schedules.service';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
  await storeRecords(t, [aRecord({ startedAt: new Date(Date.now() - 3_600_000).toISOString() })]);
});
afterAll(() => t.close());

const make = (body: object) => t.call('/v1/export-schedules', { as: 'admin', body: { name: 'For the auditor', every: 'month', format: 'jsonl', source: 'period', ...body } }); // prettier-ignore
const exportsOf = async (id: string) =>
  (await t.call('/v1/exports?limit=200&order=asc', { as: 'admin' })).json.data.filter(
    ({ scheduleId }: { scheduleId: string }) => scheduleId === id,
  );
const goBack = (id: string, periods: string) =>
  t.sql(
    `update export_schedule set done_from = (date_trunc(every, now() at time zone 'UTC') - $2::interval) at time zone 'UTC' where id = $1`,
    [parseId('xsc', id), periods],
  );

it('each period that is over is exported once, over several processes, missed ones too', async () => {
  const { status, json } = await make({});
  expect([status, json.every, json.keep]).toEqual([201, 'month', 12]);
  await t.app.get(SchedulesService).askDue();
  expect(await exportsOf(json.id)).toEqual([]);
  await goBack(json.id, '4 months');
  const second = await anotherProcess(t);
  try {
    await Promise.all([
      t.app.get(SchedulesService).askDue(),
      t.app.get(SchedulesService).askDue(),
      second.app.get(SchedulesService).askDue(),
    ]);
  } finally {
    await second.close();
  }
  const asked = await exportsOf(json.id);
  const froms = asked.map(({ filter }: { filter: { from: string } }) => filter.from);
  expect([froms.length, new Set(froms).size]).toEqual([3, 3]);
  asked.forEach(({ filter, createdBy }: { filter: { from: string; to: string }; createdBy: object }, index: number) => {
    expect(filter.to).toBe(froms[index + 1] ?? filter.to);
    expect(createdBy).toEqual({ type: 'system', id: null, name: 'Schedule For the auditor' });
  });
  const entries = await t.sql<{ name: string }>(`select distinct target_name as name from activity where action = 'export.created' and target_id = any($1)`, [asked.map(({ id }: { id: string }) => parseId('exp', id))]); // prettier-ignore
  expect(entries).toEqual([{ name: 'a whole period' }]);
  const [row] = await t.sql<{ current: Date }>(`select date_trunc('month', now(), 'UTC') as current`);
  expect(asked.at(-1).filter.to).toBe(row!.current.toISOString());
});

it('so many of its exports are kept; when it is deleted, they go like others', async () => {
  const { json } = await make({ every: 'week', keep: 2, source: 'activity' });
  await goBack(json.id, '28 days');
  await t.app.get(SchedulesService).askDue();
  await t.app.get(ExportWorker).look();
  const made = await exportsOf(json.id);
  expect(made.map(({ state, expiresAt }: { state: string; expiresAt: string | null }) => [state, expiresAt])).toEqual([['expired', null], ['ready', null], ['ready', null]]); // prettier-ignore
  expect((await t.call(`/v1/export-schedules/${json.id}`, { as: 'admin', method: 'DELETE' })).status).toBe(204);
  expect((await exportsOf(json.id)).at(-1).expiresAt).toEqual(expect.any(String));
  const entries = await t.sql<{ action: string }>(`select action from activity where action like 'export_schedule.%' and organization_id = $1 order by occurred_at desc limit 1`, [organizations.home]); // prettier-ignore
  expect(entries).toEqual([{ action: 'export_schedule.deleted' }]);
});

it('one that cannot be asked for keeps no other waiting', async () => {
  const [broken, sound] = [(await make({ source: 'activity' })).json, (await make({ source: 'activity' })).json];
  await goBack(broken.id, '3 months');
  await goBack(sound.id, '2 months');
  await t.sql(`update export_schedule set request = 'null' where id = $1`, [parseId('xsc', broken.id)]);
  await t.app.get(SchedulesService).askDue();
  expect([(await exportsOf(broken.id)).length, (await exportsOf(sound.id)).length]).toEqual([0, 1]);
  await t.sql('delete from export_schedule where id = $1', [parseId('xsc', broken.id)]);
});

it('whoever made a schedule is told when one of its exports fails', async () => {
  const { json } = await make({ every: 'week', source: 'activity' });
  await goBack(json.id, '14 days');
  await t.app.get(SchedulesService).askDue();
  const [asked] = await exportsOf(json.id);
  await t.sql('update export set attempt = 20 where id = $1', [parseId('exp', asked.id)]);
  await t.app.get(ExportWorker).look();
  expect(await exportsOf(json.id)).toMatchObject([{ state: 'failed' }]);
  const mails = await t.sql<{ subject: string; body: string }>(`select subject, body from mail_outbox where dedupe_key = $1`, [`export.ended:${parseId('exp', asked.id)}`]); // prettier-ignore
  expect(mails).toEqual([{ subject: 'A scheduled export failed', body: expect.stringContaining(asked.filter.from) }]);
});

it('what was asked for by a schedule that is gone by the time it is ready goes like others', async () => {
  const { json } = await make({ every: 'week', source: 'activity' });
  await goBack(json.id, '14 days');
  await t.app.get(SchedulesService).askDue();
  expect((await t.call(`/v1/export-schedules/${json.id}`, { as: 'admin', method: 'DELETE' })).status).toBe(204);
  await t.app.get(ExportWorker).look();
  expect(await exportsOf(json.id)).toMatchObject([{ state: 'ready', expiresAt: expect.any(String) }]);
});

it.each([
  ['a time of its own', { filter: { from: '2026-01-01' } }, '/filter'],
  ['another cadence', { every: 'day' }, '/every'],
  ['a format that there is not', { format: 'xlsx' }, '/format'],
  ['nothing to keep', { keep: 0 }, '/keep'],
  ['a destination that nobody has allowed', { destination: 's3' }, '/destination'],
  ['a folder without a destination', { folder: 'reports' }, '/folder'],
  ['a folder that leads up', { destination: 'directory', folder: '../other' }, '/folder'],
  ['a folder that leads up further down', { destination: 'directory', folder: 'a/../../b' }, '/folder'],
  ['an absolute folder', { destination: 'directory', folder: '/etc' }, '/folder'],
  ['a folder that is hidden', { destination: 'directory', folder: '.ssh' }, '/folder'],
  ['a folder with a line end', { destination: 'directory', folder: 'a\n' }, '/folder'],
])('a schedule takes not %s', async (_, body, pointer) => {
  const answer = await make(body);
  expect([answer.status, answer.json.issues?.[0].pointer]).toEqual([400, pointer]);
});
