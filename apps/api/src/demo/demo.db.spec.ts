/** The demo on the booted product: its live calls are real, so what they leave in the log is what is looked at. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { cloneDatabase, withTemplate, type TestDatabase } from '@pinebill/testing';
import { Client } from 'pg';
import { createApp } from '../app';
import { prepareDatabase } from '../database/prepare-database';
import { testConfig } from '../testing/test-app';
import { finder, guesser, intruder } from './cast';
import { startDemo } from './index';
import type { Pace } from './traffic';

/** Minutes in seconds. */
const quick: Pace = { home: [15, 40], other: [50, 150], scene: [20, 60], tempo: 0.04 };
const said: string[] = [];
let database: TestDatabase;
let dataDirectory: string;
let app: NestFastifyApplication;
let db: Client;

beforeAll(async () => {
  await withTemplate('demo_template', async (url) => {
    await prepareDatabase({
      ownerUrl: url,
      loginUrl: url,
      firstRun: { organization: 'Empty', adminEmail: 'first@example.com', adminPassword: 'not for long, this one' },
    });
  });
  database = await cloneDatabase(__filename, 'demo_template');
  dataDirectory = mkdtempSync(join(tmpdir(), 'pinebill-demo-'));
  const config = testConfig(database.url, dataDirectory);
  app = await createApp({ ...config, audit: { ...config.audit, trustedProxies: ['127.0.0.0/8'] } });
  await app.listen({ port: 0, host: '127.0.0.1' });
  db = new Client({ connectionString: database.url, options: '-c search_path=app' });
  await db.connect();
}, 60_000);

afterAll(async () => {
  await app.close();
  await db.end();
  await database.drop();
  rmSync(dataDirectory, { recursive: true, force: true });
});

const start = () => startDemo({ app, url: 'http://demo.example', log: (message) => said.push(message), pace: quick, historyScale: 0.01 });

/** What the live traffic has left since a time, as "key status reason address". */
async function seenSince(time: Date): Promise<string[]> {
  const { rows } = await db.query<{ seen: string }>(
    `select distinct concat_ws(' ', coalesce(api_key_name, actor_type), status, reason, host(ip)) as seen from audit_record where occurred_at >= $1`,
    [time],
  );
  return rows.map((row) => row.seen);
}

async function until(patterns: readonly RegExp[], time: Date): Promise<RegExp[]> {
  let missing = [...patterns];
  for (const deadline = Date.now() + 80_000; Date.now() < deadline && missing.length > 0;) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    const seen = await seenSince(time);
    missing = patterns.filter((pattern) => !seen.some((line) => pattern.test(line)));
  }
  return missing;
}

const escaped = (ip: string): string => ip.replaceAll('.', '\\.');
const patterns = [
  /^ERP connector 400 invalid_field/,
  /^ERP connector 400 malformed_json/,
  ...['unknown_key', 'bad_checksum', 'malformed_key', 'missing_key'].map(
    (reason) => new RegExp(`^anonymous 401 ${reason} ${escaped(guesser.ip)}$`),
  ),
  new RegExp(`^Contractor laptop 401 revoked_key ${escaped(guesser.ip)}$`),
  /^Staging 404 wrong_version/,
  /^Mobile backend 429 key_limit/,
  /^Data warehouse sync 200/,
  /^Data warehouse sync 429 key_limit/,
  new RegExp(`^Legacy importer 200 ${escaped(finder.ip)}$`),
  new RegExp(`^Subscription billing 200 ${escaped(intruder.ip)}$`),
  /^Production API 201/,
  /^Till 20[01]/,
];

let demo: { stop(): Promise<void> } | null = null;
afterEach(async () => {
  await demo?.stop();
});

it('plays every pattern against the product, from the addresses of the cast', async () => {
  const startedAt = new Date();
  demo = await start();
  const live = new Date();
  expect(await until(patterns, live)).toEqual([]);
  expect(said.join('\n')).toContain('http://demo.example');
  expect((await seenSince(live)).filter((line) => /^ERP connector (?!400)/.test(line))).toEqual([]);
  expect((await seenSince(startedAt)).filter((line) => / 5\d\d( |$)/.test(line))).toEqual([]);
}, 150_000);

it('goes on after a restart with the same keys and new secrets, and writes no secret to its file', async () => {
  const again = new Date();
  demo = await start();
  expect(await until([/^Production API 20[01]/, /^Till 20[01]/], again)).toEqual([]);
  expect(readFileSync(join(dataDirectory, 'demo.json'), 'utf8')).not.toContain('pbk_');
  const { rows } = await db.query('select name from api_key group by name having count(*) > 1');
  expect(rows).toEqual([]);
  const asked = await db.query(
    'select (select count(*)::int from export) as exports, (select count(*)::int from export_schedule) as schedules, (select count(*)::int from channel) as channels, (select count(*)::int from hold) as holds',
  );
  expect(asked.rows).toEqual([{ exports: 1, schedules: 1, channels: 2, holds: 1 }]);
}, 60_000);

it('has an incident that is closed and written down, at the times of its story, and one that waits to be contained', async () => {
  const { rows: incidents } = await db.query(
    `select number, title, severity, opened_by_name as by, looked_by_name as looked, closed_at is not null as closed, root_cause is not null as described,
       (select count(*)::int from incident_evidence e where e.incident_id = i.id) as evidence,
       (select count(*)::int from mail_outbox m where m.dedupe_key = 'incident.opened:' || i.id) as mails from incident i order by number`,
  );
  expect(incidents).toEqual([
    {
      ...{ number: 1, title: 'Analytics notebook used from 196.251.84.17', severity: 'medium', by: 'Ada Reyes', looked: 'Ada Reyes' },
      ...{ closed: true, described: true, evidence: 30, mails: 0 },
    },
    {
      ...{ number: 2, title: 'Subscription billing used from 103.152.118.24', severity: 'high', by: 'Milan Novak', looked: null },
      ...{ closed: false, described: false, evidence: 6, mails: 1 },
    },
  ]);
  const { rows: steps } = await db.query<{ step: string; how: string; at: Date }>(
    `select step, how, at from incident_step where stamped_at = (select closed_at from incident where number = 1) order by at`,
  );
  expect(steps.map(({ step, how }) => `${step} ${how}`)).toEqual(['contained done', 'replaced done', 'servicesUpdated done', 'scoped done', 'documented done']); // prettier-ignore
  expect(steps.every(({ at }) => at.getTime() < Date.now() - 9 * 86_400_000)).toBe(true);
  const { rows: keys } = await db.query(
    `select name, revoked_at = (select at from incident_step where step = 'contained' and how = 'done') as ours from api_key where revoked_at is not null and revoke_reason like 'Shared%'`,
  );
  expect(keys).toEqual([{ name: 'Analytics notebook', ours: true }]);
});

it('is silent once it is stopped', async () => {
  demo = await start();
  await demo.stop();
  const counted = async () => (await db.query<{ count: string }>('select count(*) from audit_log')).rows[0]?.count;
  await app.get(AuditWriter).flush();
  const before = await counted();
  await new Promise((resolve) => setTimeout(resolve, 500)); // ten times the pause between two calls
  await app.get(AuditWriter).flush();
  expect(await counted()).toBe(before);
});
