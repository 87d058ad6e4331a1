import { setTimeout as delay } from 'node:timers/promises';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { PartitionJobs } from '../database/partitions.jobs';
import { aRecord } from '../testing/records';
import { startTestApp, type TestApp } from '../testing/test-app';
import { Clock } from './clock';
import { ExclusiveJobs } from './exclusive-jobs';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

it('runs a job in one place at a time, and again when that one has ended', async () => {
  const jobs = t.app.get(ExclusiveJobs);
  let finish: () => void = () => undefined;
  let begun = 0;
  const first = jobs.runExclusive('spec', async () => {
    begun += 1;
    await new Promise<void>((resolve) => (finish = resolve));
  });
  while (begun === 0) await delay(5);
  expect(await jobs.runExclusive('spec', () => Promise.resolve((begun += 1)))).toBe('runningElsewhere');
  expect(await jobs.runExclusive('another', () => Promise.resolve())).toBe('done');
  finish();
  expect(await first).toBe('done');
  expect(await jobs.runExclusive('spec', () => Promise.resolve((begun += 1)))).toBe('done');
  expect(begun).toBe(2);
});

it('survives a job that fails, and gives its lock back', async () => {
  const jobs = t.app.get(ExclusiveJobs);
  expect(await jobs.runExclusive('spec', () => Promise.reject(new Error('on purpose')))).toBe('failed');
  expect(await jobs.runExclusive('spec', () => Promise.resolve())).toBe('done');
});

it('has made the months around now at the start, and makes the next ones when time moves on', async () => {
  const months = async () =>
    (
      await t.sql<{ name: string }>(
        `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid where inhparent = 'audit_log'::regclass`,
      )
    ).map(({ name }) => name);
  const named = (ahead: number): string => {
    const now = new Date();
    return `audit_log_${new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead)).toISOString().slice(0, 7).replace('-', '_')}`;
  };
  expect(await months()).toEqual(expect.arrayContaining([named(-1), named(0), named(1), named(2)]));
  const clock = t.app.get(Clock);
  const now = new Date();
  jest.spyOn(clock, 'now').mockReturnValue(new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 15)));
  expect(await t.app.get(PartitionJobs).makeAhead()).toEqual([named(3)]);
  expect(await months()).toContain(named(3));
});

it('makes a month that nobody expected as soon as a record of it is stored, and moves the record there', async () => {
  const startedAt = '2044-07-14T12:00:00.000Z';
  await t.app.get(AuditWriter).history([aRecord({ startedAt })]);
  await t.app.get(AuditWriter).flush();
  const place = () =>
    t.sql<{ place: string }>(`select tableoid::regclass::text as place from audit_log where occurred_at = '${startedAt}'`);
  let [row] = await place();
  for (let tries = 0; row?.place !== 'audit_log_2044_07' && tries < 400; tries++) {
    await delay(25);
    [row] = await place();
  }
  expect(row).toEqual({ place: 'audit_log_2044_07' });
});
