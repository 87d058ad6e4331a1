/** What will be purged is archived first, found right, and can be looked into again: on a clock that is moved, with a destination that goes away. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensurePartitions, pgQueryable, type AuditRecord } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { Purge } from '../retention';
import { aRecord, storeRecords } from '../testing/records';
import { comesTrue } from '../testing/held-lock';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { APP_CONFIG, type AppConfig } from '../config';
import { ArchiveFolders } from './archive-folders';
import { Archiver } from './archiver.service';
import { duckDbPlaces } from './duckdb';

const DAY_MS = 86_400_000;
const as = 'stranger' as const;
const { other } = organizations;
const place = mkdtempSync(join(tmpdir(), 'pinebill-archives-'));
let t: TestApp;
let purge: () => Promise<void>;
let archive: () => Promise<void>;
let left: () => string[];
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString();
const old = (count: number, days: number, fields: Partial<AuditRecord> = {}): AuditRecord[] =>
  Array.from({ length: count }, (_, index) =>
    aRecord({ organizationId: other, startedAt: daysAgo(days + index / 1_000), ip: '192.0.2.7', ...fields }),
  );

beforeAll(async () => {
  t = await startTestApp(__filename, { delivery: { directory: place, s3: null } });
  const owner = new Client({ connectionString: t.db.url, options: '-c role=pinebill_maintenance -c search_path=app' });
  await owner.connect();
  await ensurePartitions(pgQueryable(owner), new Date(Date.now() - 41 * DAY_MS), 2);
  await owner.end();
  await storeRecords(t, [...old(30, 40), ...old(10, 20, { status: 401, reason: 'unknown_key', path: '/v1/customers' })]);
  await t.sql(`update organization set plan = 'starter' where id = $1`, [other]);
  purge = () => t.app.get(Purge).run({ rows: 7, rest: 0 });
  archive = () => t.app.get(Archiver).run(undefined, 25);
  const { dataDirectory } = t.app.get<AppConfig>(APP_CONFIG);
  left = () => readdirSync(dataDirectory).filter((name) => name.startsWith('archive-'));
  mkdirSync(join(dataDirectory, 'archive-search-killed'));
});
afterAll(async () => {
  await t.close();
  rmSync(place, { recursive: true, force: true });
});

const archives = async () => (await t.call('/v1/archives', { as })).json.data;
const search = (body: object, person: 'stranger' | 'admin' = as) => t.call('/v1/archives/search', { as: person, body });
const past = async () => Number((await t.sql<{ n: string }>('select count(*) as n from audit_log where organization_id = $1 and occurred_at < $2', [other, daysAgo(8)]))[0]!.n); // prettier-ignore
const set = (archiveTo: string | null) => t.call('/v1/archive-setting', { method: 'PUT', as, body: { archiveTo } });

it('an admin chooses among the places that there are', async () => {
  expect((await t.call('/v1/archive-setting', { as: 'member' })).json).toEqual({ archiveTo: null, destinations: ['directory'] });
  expect((await t.call('/v1/archive-setting', { method: 'PUT', as: 'member', body: { archiveTo: 'directory' } })).status).toBe(403);
  expect((await set('s3')).json.issues).toMatchObject([{ pointer: '/archiveTo' }]);
  expect((await set('directory')).json).toMatchObject({ archiveTo: 'directory' });
});

it('what a process that was killed has left in the data directory is removed at the start of the next', async () => {
  expect(left()).toHaveLength(1);
  await t.app.get(ArchiveFolders).onModuleInit();
  expect(left()).toEqual([]);
});

it('nothing is purged before it is archived, and nothing is archived where the place is away', async () => {
  await purge();
  expect(await past()).toBe(40);
  renameSync(place, `${place}.away`);
  await expect(archive()).rejects.toThrow('The directory or bucket is not there');
  expect(await archives()).toMatchObject([{ state: 'failed', failure: expect.stringContaining('not there'), sha256: null }]);
  await purge();
  expect(await past()).toBe(40);
  renameSync(`${place}.away`, place);
});

it('what was verified goes; what was recorded late, of an earlier time, waits for the next archive', async () => {
  // One that was being written when its process was killed.
  await t.sql(`update archive set state = 'writing', failure = null`);
  // Both places are taken by people who search: the archive waits for one of them.
  const [first, second] = [duckDbPlaces.enter()!, duckDbPlaces.enter()!];
  expect(await search({ from: daysAgo(60) })).toMatchObject({ status: 200, json: { searched: 0 } });
  const going = archive();
  await comesTrue(t, `select 1 from archive where state = 'writing' and created_at > (select min(created_at) from archive)`);
  first();
  await going;
  second();
  expect((await archives()).at(-1)).toMatchObject({ state: 'failed', failure: expect.stringContaining('interrupted') });
  const made = (await archives()).filter(({ state }: { state: string }) => state === 'verified');
  expect(made.reduce((sum: number, { records }: { records: number }) => sum + records, 0)).toBe(40);
  // However many there are, a file holds so many at most.
  expect(Math.max(...made.map(({ records }: { records: number }) => records))).toBeLessThanOrEqual(25);
  for (const { file, sha256 } of made) {
    expect(sha256).toMatch(/^[\da-f]{64}$/);
    expect(readdirSync(join(place, file, '..')).sort()).toEqual(['audit-logs.parquet', 'manifest.json']);
  }
  // More of them than a file takes.
  await storeRecords(t, old(26, 41, { path: '/v1/late' }));
  await purge();
  expect(await past()).toBe(26);
  await archive();
  await purge();
  expect(await past()).toBe(0);
  const [row] = await t.sql<{ rows: string }>('select sum(rows) as rows from purge_certificate where organization_id = $1', [other]);
  expect(row!.rows).toBe('66');
  const before = (await archives()).length;
  await archive();
  expect((await archives()).length).toBe(before);
});

it('archives are looked into by what was asked, and by nothing else that was said', async () => {
  expect((await search({ limit: 100 })).json).toMatchObject({
    truncated: false,
    data: expect.arrayContaining([expect.objectContaining({ path: '/v1/late' })]),
  });
  const refused = (await search({ status: 401, from: daysAgo(21), to: daysAgo(19) })).json;
  expect(refused.data).toHaveLength(10);
  expect(refused.data[0]).toMatchObject({
    status: 401,
    reason: 'unknown_key',
    path: '/v1/customers',
    ip: '192.0.2.7',
    startedAt: expect.stringMatching(/Z$/),
  });
  expect((await search({ path: '/v1/late' })).json.data).toHaveLength(26);
  expect((await search({ limit: 25 })).json).toMatchObject({ truncated: true, data: { length: 25 } });
  // Page after page, all of it, once.
  const seen: number[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: { data: { sequence: number }[]; nextCursor: string | null } = (await search({ limit: 30, ...(cursor && { cursor }) })).json;
    seen.push(...page.data.map(({ sequence }) => sequence));
    cursor = page.nextCursor;
  }
  expect([seen.length, new Set(seen).size]).toEqual([66, 66]);
  const { nextCursor } = (await search({ limit: 5 })).json;
  for (const cursor of [`${nextCursor}1`, 'x', nextCursor.replace('.', '')]) expect((await search({ limit: 5, cursor })).json.code).toBe('invalid_cursor'); // prettier-ignore
  expect((await search({ limit: 5, status: 401, cursor: nextCursor })).json.code).toBe('invalid_cursor');
  // While all places are taken nothing is fetched.
  const [first, second] = [duckDbPlaces.enter()!, duckDbPlaces.enter()!];
  renameSync(place, `${place}.away`);
  expect(await search({})).toMatchObject({ status: 503, json: { code: 'overload' } });
  renameSync(`${place}.away`, place);
  first();
  second();
  expect(left()).toEqual([]);
  for (const path of [`' or true --`, `%`, `'; drop table x; --`]) expect((await search({ path })).json.data).toEqual([]);
  expect((await search({ ip: 'x' })).status).toBe(400);
  expect((await search({}, 'admin')).json).toEqual({ data: [], searched: 0, truncated: false, nextCursor: null });
  renameSync(place, `${place}.away`);
  expect(await search({})).toMatchObject({ status: 502, json: { code: 'upstream_error' } });
  renameSync(`${place}.away`, place);
});
