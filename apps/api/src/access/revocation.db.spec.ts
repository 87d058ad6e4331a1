/** Three processes' worth of applications on one database: what one of them changes holds in the others. `npm run faults` does it with real processes. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { keySecret } from '@pinebill/contract';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { Client } from 'pg';
import { nameOfKeySecret, newKeySecret } from '../api-keys/key-secret';
import { createApp } from '../app';
import { APP_CONFIG, type AppConfig } from '../config';
import { ChangeChannel } from '../database/change-channel';
import { KeyCheckCounts } from '../platform/key-check-counts';
import { startTestApp, testConfig, type TestApp } from '../testing/test-app';
import { KeyVerdicts } from './key-verdicts';
import { STRANGERS_PER_MINUTE } from './strangers';

type Other = { app: NestFastifyApplication; url: string; directory: string; channel: ChangeChannel };
let t: TestApp;
let others: Other[];

async function startOther(): Promise<Other> {
  const directory = mkdtempSync(join(tmpdir(), 'pinebill-other-'));
  const app = await createApp(testConfig(t.db.url, directory));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return { app, url, directory, channel: app.get(ChangeChannel) };
}
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; !(await condition());) {
    if (Date.now() > end) throw new Error('It does not come true.');
    await wait(10);
  }
}
beforeAll(async () => {
  t = await startTestApp(__filename);
  others = [await startOther(), await startOther()];
  for (const { channel } of [...others, { channel: t.app.get(ChangeChannel) }]) await until(() => channel.state === 'heard');
});
afterAll(async () => {
  for (const { app, directory } of others) {
    await app.close();
    rmSync(directory, { recursive: true, force: true });
  }
  await t.close();
});

let count = 0;
const mint = async (): Promise<{ id: string; secret: string }> =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, scopes: ['invoices:read'] } })).json;
const revoke = async (id: string) => (await t.call(`/v1/api-keys/${id}/revoke`, { as: 'admin', body: { reason: 'leaked' } })).json;
/** 404: let in, for no invoice has this id. */
const use = async (url: string, secret: string): Promise<number> =>
  (await fetch(`${url}/v1/invoices/inv_nope`, { headers: { authorization: `Bearer ${secret}` } })).status;
const everywhere = (secret: string): Promise<number[]> =>
  Promise.all([t.url, ...others.map(({ url }) => url)].map((url) => use(url, secret)));
const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();
const waitingLookUps = `select 1 from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%key_by_hash%'`;
const asked = ({ app }: { app: NestFastifyApplication }): number => app.get(KeyCheckCounts).asked;

it('a key is used without asking, and refused by every process from the answer to its revocation on', async () => {
  for (let round = 0; round < 5; round++) {
    const { id, secret } = await mint();
    expect(await everywhere(secret)).toEqual([404, 404, 404]);
    const before = others.map(asked);
    expect(await everywhere(secret)).toEqual([404, 404, 404]);
    expect(others.map(asked)).toEqual(before);
    const lastUse = Date.now();
    let answeredAt = Infinity;
    const late: number[] = [];
    const load = others.map(async ({ url }) => {
      for (let sentAt = 0; sentAt <= answeredAt;) {
        sentAt = performance.now();
        if ((await use(url, secret)) === 404 && sentAt > answeredAt) late.push(sentAt - answeredAt);
      }
    });
    const answer = await revoke(id);
    answeredAt = performance.now();
    await Promise.all(load);
    expect(late).toEqual([]);
    expect(await everywhere(secret)).toEqual([401, 401, 401]);
    expect(answer).toEqual({
      revokedAt: expect.any(String),
      effectiveAt: expect.any(String),
      lastAcceptedAt: expect.any(String),
      // Known when every process has shipped, for which it waits half a second.
      asOf: answer.asOf,
      processes: Array.from({ length: 3 }, () => ({
        id: others[0]!.channel.processName,
        confirmedAt: expect.any(String),
        settledBy: 'confirmation',
      })),
    });
    const confirmed = answer.processes.map((one: { confirmedAt: string }) => one.confirmedAt).sort();
    expect(answer.effectiveAt).toBe([answer.revokedAt, confirmed.at(-1)].sort().at(-1));
    // By another process than the one that answers: its records need not be stored yet.
    expect(Date.parse(answer.lastAcceptedAt)).toBeGreaterThanOrEqual(lastUse - 50);
    await until(async () => {
      const again = await revoke(id);
      expect(again.revokedAt).toBe(answer.revokedAt);
      return again.asOf !== null && again.asOf >= answer.revokedAt;
    });
  }
}, 60_000);

it.each([
  ['disabled', 401, 'update api_key set disabled_at = now() where id = $1'],
  ['limited to other networks', 403, `update api_key set allowed_cidrs = '{192.0.2.0/24}' where id = $1`],
  [
    'in an organization with a smaller limit',
    429,
    'update organization set per_key_per_minute = 1 where id = (select organization_id from api_key where id = $1)',
  ],
])('a key that is %s is refused elsewhere as well, within a moment', async (_, status, sql) => {
  const { secret } = await mint();
  expect(await everywhere(secret)).toEqual([404, 404, 404]);
  const [row] = await t.sql<{ id: string }>('select id from api_key where secret_hash = $1', [hashOf(secret)]);
  await t.sql(sql, [row!.id]);
  await Promise.all(others.map(({ channel }) => channel.caughtUp()));
  // Of the limit one call was taken before; the bucket of a minute holds one.
  const statuses = await Promise.all([use(others[0]!.url, secret), use(others[0]!.url, secret)]);
  expect(statuses).toContain(status);
  await t.sql('update organization set per_key_per_minute = null');
});

it('nothing is called safe while a record may be in the journal of any process, and the answer says up to when the log is known', async () => {
  const { id, secret } = await mint();
  const board = async () => (await t.call(`/v1/api-keys/${id}/cutover`, { as: 'admin' })).json;
  const idle = await board();
  expect(idle).toMatchObject({ safeToRevoke: true, complete: true, callers: [] });
  expect(Date.parse(idle.asOf)).toBeGreaterThan(Date.now() - 5_000);
  // The record is not in PostgreSQL when the answer leaves: it is asked for.
  expect(await use(others[0]!.url, secret)).toBe(404);
  expect(await board()).toMatchObject({ safeToRevoke: false, complete: true, remainingCallers: 1 });

  const { id: quiet, secret: quietSecret } = await mint();
  const state = async () => (await t.call(`/v1/api-keys/${quiet}/cutover`, { as: 'admin' })).json;
  await t.app.get(AuditWriter).flush();
  // What each has said last is that it has shipped everything.
  await until(async () => (await t.sql('select 1 from audit_journal where pending_entries > 0')).length === 0);
  const holder = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await holder.connect();
  // Nobody ships, and nobody tells that there is something to ship: what a process has said before still stands.
  await holder.query('begin; lock table audit_watermark, audit_journal in exclusive mode');
  const askedAt = Date.now();
  expect(await use(others[0]!.url, quietSecret)).toBe(404);
  const withoutOther = await state();
  expect(await use(t.url, quietSecret)).toBe(404);
  const withoutOwn = await state();
  await holder.query('commit');
  await holder.end();
  // What the other process has said last, seconds ago, still holds.
  expect(withoutOther).toMatchObject({ safeToRevoke: false, complete: false, asOf: expect.any(String) });
  expect(Date.parse(withoutOther.asOf)).toBeLessThan(askedAt);
  expect(withoutOwn).toMatchObject({ safeToRevoke: false, complete: false, asOf: null });
  await until(async () => (await state()).remainingCallers === 1);
});

it('what a process that died may have kept in its journal is not known, as far as it can matter', async () => {
  const { id, secret } = await mint();
  expect(await use(t.url, secret)).toBe(404);
  const dead = async (ago: string, pending: number): Promise<string> => {
    const [row] = await t.sql<{ seen_at: Date }>(
      `insert into audit_journal (journal_id, host, pid, directory, started_at, seen_at, pending_entries, journal_bytes)
       values (gen_random_uuid(), 'gone', 1, '/gone', now() - interval '90 days', date_trunc('milliseconds', now() - $1::interval), $2, 0) returning seen_at`,
      [ago, pending],
    );
    return row!.seen_at.toISOString();
  };
  const unused = (await mint()).id;
  const state = async () => (await t.call(`/v1/api-keys/${unused}/cutover`, { as: 'admin' })).json;
  await dead('60 days', 3);
  expect(await state()).toMatchObject({ safeToRevoke: true, complete: true });
  const lastWord = await dead('1 hour', 0);
  expect(await state()).toMatchObject({ safeToRevoke: false, complete: false, asOf: lastWord });
  expect(await revoke(unused)).toMatchObject({ lastAcceptedAt: null, asOf: null });
  // Used after all that the dead ones can tell.
  expect(Date.parse((await revoke(id)).asOf)).toBeGreaterThan(Date.now() - 5_000);
  await dead('1 hour', 3);
  expect(await state()).toMatchObject({ safeToRevoke: false, complete: false, asOf: null });
  await t.sql(`delete from audit_journal where host = 'gone'`);
});

it('an answer of PostgreSQL that was overtaken by a revocation lets nobody in', async () => {
  const { secret } = await mint();
  const [{ app, url, channel }] = others as [Other];
  const before = asked({ app });
  const locking = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await locking.connect();
  await locking.query('begin; lock table organization in access exclusive mode');
  const overtaken = use(url, secret);
  // It has its snapshot, and waits for the other table.
  await until(async () => (await t.sql(waitingLookUps)).length > 0);
  await t.sql('update api_key set revoked_at = now() where secret_hash = $1', [hashOf(secret)]);
  await channel.caughtUp();
  await locking.query('commit');
  await locking.end();
  expect(await overtaken).toBe(401);
  expect(asked({ app }) - before).toBeGreaterThanOrEqual(2);
});

it('a process that does not hear asks each time; its part settles when nothing remembered can be used any more', async () => {
  const { app, channel, url } = others[1]!;
  const { id, secret } = await mint();
  expect(await everywhere(secret)).toEqual([404, 404, 404]);
  const config = app.get<AppConfig>(APP_CONFIG);
  const { url: databaseUrl } = config.database;
  config.database.url = Object.assign(new URL(databaseUrl), { port: '9' }).toString();
  try {
    await t.sql('select pg_terminate_backend($1)', [(await channel.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]!.pid]);
    await until(() => channel.state === 'away');
    const before = asked({ app });
    expect([await use(url, secret), await use(url, secret), asked({ app }) - before]).toEqual([404, 404, 2]);
    const answer = await revoke(id);
    expect(await everywhere(secret)).toEqual([401, 401, 401]);
    expect(answer.effectiveAt).toBeNull();
    expect(answer.processes.filter((one: { confirmedAt: string | null }) => one.confirmedAt === null)).toHaveLength(1);
    await t.sql(`update revocation_process set asked_at = asked_at - interval '36 s', confirmed_at = confirmed_at - interval '36 s'`);
    const later = await revoke(id);
    expect(later).toMatchObject({ revokedAt: answer.revokedAt, effectiveAt: expect.any(String) });
    expect(later.processes.map((one: { settledBy: string }) => one.settledBy).sort()).toEqual(['confirmation', 'confirmation', 'expiry']);
  } finally {
    config.database.url = databaseUrl;
  }
  const missed = (await mint()).id;
  const pending = revoke(missed);
  await until(() => channel.state === 'heard');
  // What it missed it has thrown away, and says so when it is back.
  await pending;
  expect(await revoke(missed)).toMatchObject({ effectiveAt: expect.any(String) });
}, 60_000);

it('a process that was stopped needs to confirm nothing', async () => {
  const gone = await startOther();
  await until(() => gone.channel.state === 'heard');
  const { id } = await mint();
  await gone.app.close();
  rmSync(gone.directory, { recursive: true, force: true });
  expect((await revoke(id)).processes).toHaveLength(3);
  const [row] = await t.sql<{ stopped: boolean }>('select stopped_at is not null as stopped from api_process where id = $1', [
    gone.channel.processId,
  ]);
  expect(row).toEqual({ stopped: true });
});

it('10,000 made-up keys of one address keep the database hardly busy, and keep no real key out', async () => {
  const { app } = others[0]!;
  const verdicts = app.get(KeyVerdicts);
  const known = await mint();
  expect(await use(others[0]!.url, known.secret)).toBe(404);
  const { asked: askedBefore, unasked: unaskedBefore } = app.get(KeyCheckCounts);
  const startedAt = performance.now();
  const find = (secret: string, ip: string) => verdicts.find(nameOfKeySecret(secret), ip);
  const made = Array.from({ length: 10_000 }, newKeySecret);
  // A hundred at a time: of all at once the last would wait for longer than anybody is kept waiting.
  const found = new Set<unknown>();
  for (let at = 0; at < made.length; at += 100)
    for (const verdict of await Promise.all(made.slice(at, at + 100).map(async (secret) => find(secret, '192.0.2.1')))) found.add(verdict);
  expect(found).toEqual(new Set([null]));
  const { asked: after, unasked } = app.get(KeyCheckCounts);
  const allowed = STRANGERS_PER_MINUTE * (1 + (performance.now() - startedAt) / 60_000);
  expect(after - askedBefore).toBeGreaterThan(0);
  expect(after - askedBefore).toBeLessThanOrEqual(allowed + 1);
  expect(after - askedBefore + unasked - unaskedBefore).toBe(10_000);
  // From the same address: a key in use, and one that nobody has ever used; from another one a made-up key is still asked about.
  const fresh = await mint();
  await others[0]!.channel.caughtUp();
  for (const { secret } of [known, fresh]) expect(await find(secret, '192.0.2.1')).toMatchObject({ name: expect.any(String) });
  const atOnce = app.get(KeyCheckCounts).asked;
  expect(await find(keySecret('0'.repeat(30)), '192.0.2.2')).toBeNull();
  expect(await find(keySecret('0'.repeat(30)), '192.0.2.2')).toBeNull();
  expect(app.get(KeyCheckCounts).asked - atOnce).toBe(1);
  expect(await find(made[0]!, '192.0.2.2')).toBeNull();
});
