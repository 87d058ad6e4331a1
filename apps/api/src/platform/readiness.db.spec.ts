/** /readyz on a server with every safety off (that of the specs), and on one as the product starts it, with all of them on. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { createApp } from '../app';
import { appDataSourceOptions } from '../database/data-source';
import { EmbeddedPostgres } from '../database/embedded-postgres';
import { prepareDatabase } from '../database/prepare-database';
import { holding, waitsForLock } from '../testing/held-lock';
import { aRecord, storeRecords } from '../testing/records';
import { startTestApp, testConfig, type TestApp } from '../testing/test-app';
import { DatabaseProbe } from './database-probe';
import { Lifecycle } from './lifecycle';
import { ReadinessCheck } from './readiness';
import type { Warning } from './warnings';

type Ready = { status: string; warnings: Warning[]; parts: Record<string, Record<string, unknown>> };
const codes = ({ warnings }: Ready): string[] => warnings.map(({ code }) => code);

describe('on a server without its safeties, with a superuser for a login', () => {
  let t: TestApp;
  /** What it tells at once: also what the server said to somebody who asked before, or last. */
  const told = async (): Promise<Ready & { http: number }> => {
    const { status: http, json } = await t.call('/readyz');
    return { http, ...(json as Ready) };
  };
  const asOf = ({ parts }: Ready): number => Date.parse(String(parts['database']?.['asOf']));
  /** What the server says from now on. */
  const readyz = async (): Promise<Ready & { http: number }> => {
    const now = Date.now();
    let ready = await told();
    while (!(asOf(ready) >= now)) ready = await told();
    return ready;
  };
  const withWarning = async (code: string): Promise<Warning> => (await readyz()).warnings.find((one) => one.code === code)!;

  beforeAll(async () => {
    t = await startTestApp(__filename);
    t.app.get(Lifecycle).listening();
  });
  afterAll(() => t.close());

  it('warns of each, says what to do, and is ready all the same', async () => {
    const ready = await readyz();
    expect([ready.http, ready.status]).toEqual([200, 'ready']);
    expect(codes(ready)).toEqual(['fsync_off', 'full_page_writes_off', 'login_is_superuser', 'synchronous_commit_off']);
    expect(ready.parts['database']).toMatchObject({
      reachable: true,
      version: expect.stringMatching(/^\d+/),
      settings: { safe: false, fsync: false, fullPageWrites: false, synchronousCommit: 'off' },
    });
    expect(ready.parts['roles']).toEqual({ separated: true, login: 'superuser' });
    for (const { message, action } of ready.warnings) expect([message, action].join().length).toBeGreaterThan(60);
  });

  it.each([
    ['update', 'audit_log'],
    ['truncate', 'audit_log'],
    ['delete', 'activity'],
    ['update (path)', 'audit_log'],
    ['update', 'audit_quarantine'],
    ['truncate', 'audit_caller'],
    ['select', 'audit_log_default'],
  ])('says when the role of the product has %s on %s', async (privilege, table) => {
    await t.sql(`grant ${privilege} on ${table} to pinebill_app`);
    expect((await readyz()).parts['roles']).toMatchObject({ separated: false });
    expect(await withWarning('roles_not_separated')).toMatchObject({ severity: 'danger', message: expect.stringContaining(table) });
    await t.sql(`revoke ${privilege} on ${table} from pinebill_app`);
    expect((await readyz()).parts['roles']).toMatchObject({ separated: true });
  });

  it('says when the login may become the owner of the tables, and nothing of one that may only become the role of the product', async () => {
    const login = 'readiness_login';
    await t.sql(`drop role if exists ${login}`);
    await t.sql(`create role ${login} login password 'only of this spec'; grant pinebill_app to ${login}`);
    const url = new URL(t.db.url);
    [url.username, url.password] = [login, 'only of this spec'];
    const pool = new DataSource(appDataSourceOptions(url.href));
    await pool.initialize();
    const loginIs = async () => (await new DatabaseProbe(pool).state())!.roles.login;
    try {
      expect(await loginIs()).toBe('ordinary');
      await t.sql(`grant pinebill_maintenance to ${login}`);
      expect(await loginIs()).toBe('owner');
    } finally {
      await pool.destroy();
      await t.sql(`drop role ${login}`);
    }
  });

  it('is ready, and tells what it knew, while a table of the log is locked and while the pool is used up', async () => {
    const known = await readyz();
    const holder = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
    await holder.connect();
    await holder.query('begin; lock table audit_log_default in access exclusive mode');
    const locked = await told();
    expect([locked.http, locked.parts['partitions'], codes(locked)]).toEqual([200, known.parts['partitions'], codes(known)]);
    await holder.query('rollback');

    const pool = t.app.get(DataSource);
    await holder.query('begin; select pg_advisory_lock(4711)');
    const busy = Array.from({ length: 16 }, () => pool.query('select pg_advisory_lock_shared(4711), pg_advisory_unlock_shared(4711)'));
    const { http, parts, ...used } = await told();
    expect([http, codes(used as Ready)]).toEqual([200, codes(known)]);
    expect(parts['database']).toMatchObject({ reachable: true, asOf: expect.any(String), version: known.parts['database']?.['version'] });
    await holder.end();
    await Promise.all(busy);
  });

  it('says from when on what it tells is true: whoever made a change before that finds it there', async () => {
    const probe = new DatabaseProbe(t.app.get(DataSource)); // nobody else asks this one
    const { asked, changed } = await holding(t, 'lock table job_outcome in access exclusive mode', async () => {
      const answer = probe.state();
      await waitsForLock(t, '%from job_outcome%');
      const at = Date.now();
      await t.sql('grant update on review to pinebill_app');
      return { asked: answer, changed: at };
    });
    const state = (await asked) ?? (await probe.state());
    await t.sql('revoke update on review from pinebill_app');
    const found = { from: Date.parse(state!.asOf) > changed ? 'after' : 'before', told: !state!.roles.separated };
    expect(found).not.toEqual({ from: 'after', told: false });
  });

  it('counts the rows that no month was made for', async () => {
    await storeRecords(t, [aRecord({ startedAt: '2001-02-03T04:05:06.789Z' }), aRecord({ startedAt: '2001-02-03T04:05:07.789Z' })]);
    expect((await readyz()).parts['partitions']).toMatchObject({ strayRows: 2 });
    expect((await withWarning('stray_rows')).message).toMatch(/^2 rows/);
  });

  it('names the months that exist, and misses the next one when it is not there', async () => {
    const next = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() + 1)).toISOString().slice(0, 7);
    expect((await readyz()).parts['partitions']?.['months']).toContain(next);
    expect(codes(await readyz())).not.toContain('month_missing');
    await t.sql(`drop table audit_log_${next.replace('-', '_')}`);
    expect((await withWarning('month_missing')).message).toContain(next);
  });

  describe('beside other processes', () => {
    const journal = async (id: number, fields: { seen: string; pending: number; stopped?: string }): Promise<string> => {
      const uuid = `0193aaaa-0000-4000-8000-00000000000${id}`;
      await t.sql(
        `insert into audit_journal (journal_id, host, pid, directory, started_at, seen_at, pending_entries, journal_bytes, stopped_at)
         values ($1, 'api-2', 4242, '/srv/pinebill/journal', now() - interval '1 day', now() - $2::interval, $3, 0, now() - $4::interval)`,
        [uuid, fields.seen, fields.pending, fields.stopped ?? null],
      );
      return uuid;
    };
    const unshipped = async () => ((await readyz()).parts['journal'] as { unshipped: { journalId: string }[] }).unshipped;
    afterEach(() => t.sql('delete from audit_journal'));

    it('lists the journal of one that is gone, with what it holds at least and how to ship it, and stays ready', async () => {
      const dead = await journal(1, { seen: '31 seconds', pending: 17 });
      await journal(2, { seen: '3 seconds', pending: 5 });
      expect((await unshipped()).map(({ journalId }) => journalId)).toEqual([dead]);
      expect(await withWarning('journal_of_dead_process')).toMatchObject({
        severity: 'danger',
        message: expect.stringContaining('at least 17 records'),
        action: expect.stringContaining('Start the product on api-2 with the data directory /srv/pinebill:'),
      });
      expect((await readyz()).http).toBe(200);
    });

    it('lists one that was killed with nothing waiting when it was last heard of, as one that may have left something', async () => {
      const vanished = await journal(5, { seen: '10 minutes', pending: 0 });
      expect(await unshipped()).toMatchObject([{ journalId: vanished, state: 'vanished' }]);
      expect(await withWarning('journal_of_dead_process')).toMatchObject({ severity: 'warning' });
    });

    it('lists one that was stopped with records left, and none that was stopped with nothing left', async () => {
      const left = await journal(3, { seen: '1 second', stopped: '1 second', pending: 1 });
      await journal(4, { seen: '1 hour', stopped: '1 hour', pending: 0 });
      expect((await unshipped()).map(({ journalId }) => journalId)).toEqual([left]);
    });
  });

  it('tells a load balancer the status alone', async () => {
    const elsewhere = await t.call('/readyz', { headers: { 'x-forwarded-for': '192.0.2.1' } });
    expect([elsewhere.status, elsewhere.json]).toEqual([200, { status: 'ready' }]);
  });
});

it('says in mode async that the journal is full, and stays ready: requests are answered all the same', () => {
  const status = {
    storage: 'full',
    journalError: 'no space',
    pendingEntries: 0,
    shippedAt: null,
    modeSince: null,
    flushedAt: null,
    lastBatch: null,
  } as const;
  const isReadyIn = (mode: string): boolean => {
    const parts = [{ current: 'ready' }, {}, { status: () => ({ ...status, mode }) }, {}, { isAnswering: true }, { now: () => new Date() }];
    return new ReadinessCheck(...(parts as unknown as ConstructorParameters<typeof ReadinessCheck>)).isReady();
  };
  expect([isReadyIn('async'), isReadyIn('durable'), isReadyIn('committed')]).toEqual([true, false, false]);
});

describe('on the server that the product starts', () => {
  const base = mkdtempSync(join(tmpdir(), 'pinebill-readiness-'));
  chmodSync(base, 0o755);
  let server: EmbeddedPostgres;
  let app: NestFastifyApplication;
  const readyz = async (): Promise<Ready & { http: number }> => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    return { http: answer.status, ...((await answer.json()) as Ready) };
  };

  beforeAll(async () => {
    const dataDirectory = join(base, 'data');
    mkdirSync(dataDirectory);
    server = await EmbeddedPostgres.start({ dataDirectory, from: __filename, log: () => undefined, started: () => undefined });
    const firstRun = { organization: 'Home', adminEmail: 'admin@example.com', adminPassword: 'correct horse battery staple' };
    await prepareDatabase({ ownerUrl: server.ownerUrl, loginUrl: server.url, firstRun });
    const database = { url: server.url, ownerUrl: server.ownerUrl };
    app = await createApp(testConfig(server.url, dataDirectory, { database }));
    await app.listen({ port: 0, host: '127.0.0.1' });
    app.get(Lifecycle).listening();
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await server.stop();
    rmSync(base, { recursive: true, force: true });
  });

  it('has nothing to warn of', async () => {
    const ready = await readyz();
    expect([ready.http, ready.warnings]).toEqual([200, []]);
    expect(ready.parts['database']).toMatchObject({
      settings: { safe: true, fsync: true, fullPageWrites: true, synchronousCommit: 'on' },
    });
    expect(ready.parts['roles']).toEqual({ separated: true, login: 'ordinary' });
    expect(ready.parts['partitions']).toMatchObject({ strayRows: 0 });
    expect(ready.parts['journal']).toMatchObject({ storage: 'ok', unshipped: [] });
  });

  it('is not ready while the server is away, says what that means, and is ready again without a restart', async () => {
    await server.stop();
    while ((await readyz()).http === 200) await new Promise((resolve) => setTimeout(resolve, 20));
    const away = await readyz();
    const bare = await fetch(`http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}/readyz`, {
      headers: { via: 'a proxy' },
    });
    expect([bare.status, bare.headers.get('retry-after'), await bare.json()]).toEqual([503, '2', { status: 'notReady' }]);
    expect([away.http, away.status, codes(away)[0]]).toEqual([503, 'notReady', 'database_away']);
    expect(away.parts).toMatchObject({ database: { reachable: false, settings: null }, roles: null, partitions: null });
    const dataDirectory = join(base, 'data');
    server = await EmbeddedPostgres.start({ dataDirectory, from: __filename, log: () => undefined, started: () => undefined });
    while ((await readyz()).http !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(codes(await readyz())).not.toContain('database_away');
  }, 60_000);
});
