import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditWriter, PostgresStore } from '@pinebill/nestjs-audit';
import { cloneDatabase, withTemplate, type TestDatabase } from '@pinebill/testing';
import { Client } from 'pg';
import { prepareDatabase } from '../database/prepare-database';
import { renewSecrets, seed, type DemoWorld } from './seed';
import { writeHistory } from './write-history';

/** Of the demo's history: what is true of a part is true of the whole, and costs as much less. */
const PART = 0.4;
const now = new Date();
let database: TestDatabase;
let directory: string;
let db: Client;
let world: DemoWorld;
let written: number;
let tookMs: number;

beforeAll(async () => {
  await withTemplate('demo_template', async (url) => {
    await prepareDatabase({
      ownerUrl: url,
      loginUrl: url,
      firstRun: { organization: 'Empty', adminEmail: 'first@example.com', adminPassword: 'not for long, this one' },
    });
  });
  database = await cloneDatabase(__filename, 'demo_template');
  directory = mkdtempSync(join(tmpdir(), 'pinebill-demo-'));
  db = new Client({ connectionString: database.url, options: '-c role=pinebill_maintenance -c search_path=app' });
  await db.connect();
  world = await seed(db, now);
  const writer = await AuditWriter.open({
    mode: 'durable',
    directory,
    store: new PostgresStore({ url: database.url }),
    homeOrganizationId: () => world.organizations[0]?.id ?? '',
  });
  const started = performance.now();
  const organizations = world.organizations.map((one) => ({ ...one, requests: one.requests * PART }));
  written = await writeHistory({ db, writer, organizations, now, seed: 1, log: () => undefined });
  tookMs = performance.now() - started;
  await writer.close();
}, 120_000);

afterAll(async () => {
  await db.end();
  await database.drop();
  rmSync(directory, { recursive: true, force: true });
});

const one = async <T extends object>(sql: string, parameters: unknown[] = []): Promise<T> =>
  (await db.query<T & Record<string, unknown>>(sql, parameters)).rows[0] as T;

it('writes records through journal and shipper, of the whole history at least 100,000, in under a minute', async () => {
  expect(written).toBeGreaterThanOrEqual(100_000 * PART);
  expect(tookMs).toBeLessThan(60_000);
  const stored = await one<{ rows: string; oldest: Date; newest: Date }>(
    "select count(*) as rows, min(occurred_at) as oldest, max(occurred_at) as newest from audit_record where kind = 'request'",
  );
  expect(Number(stored.rows)).toBe(written);
  expect(now.getTime() - stored.oldest.getTime()).toBeGreaterThan(27 * 86_400_000);
  expect(now.getTime() - stored.newest.getTime()).toBeLessThan(3_600_000);
});

it('gives each organization a gapless sequence of its own, and leaves no row outside a month', async () => {
  const { rows } = await db.query<{ count: string; max: string }>('select count(*), max(sequence) from audit_log group by organization_id');
  expect(rows).toHaveLength(2);
  for (const { count, max } of rows) expect(count).toBe(max);
  expect(await one('select count(*)::int as stray from audit_log_default')).toEqual({ stray: 0 });
});

it('knows when each key was used last, and that one never was', async () => {
  const { rows } = await db.query<{ name: string }>(
    'select name from api_key k where not exists (select from api_key_use u where u.api_key_id = k.id and u.last_accepted_at is not null)',
  );
  expect(rows).toEqual([{ name: 'Backup reader' }]);
  expect(
    await one(
      "select host(u.last_accepted_ip) as ip from api_key_use u join api_key k on k.id = u.api_key_id where k.name = 'Legacy importer'",
    ),
  ).toEqual({
    ip: expect.stringMatching(/^\d+\./),
  });
});

it('replaces the admin of the first run by people with a role each', async () => {
  const { rows } = await db.query(
    'select u.email, m.role from app_user u join membership m on m.user_id = u.id join organization o on o.id = m.organization_id where o.is_home order by m.role',
  );
  expect(rows).toEqual([
    { email: 'admin@larkspur.example', role: 'admin' },
    { email: 'guest@larkspur.example', role: 'guest' },
    { email: 'member@larkspur.example', role: 'member' },
  ]);
});

it('writes no secret anywhere: not to a table, not to the journal', async () => {
  const secrets = [...world.secrets.values()];
  expect(secrets.length).toBeGreaterThan(10);
  const { rows: tables } = await db.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'app' and table_type = 'BASE TABLE'",
  );
  for (const { name } of tables) {
    const found = await db.query(`select 1 from ${name} t where t::text like any($1) limit 1`, [secrets.map((secret) => `%${secret}%`)]);
    expect([name, found.rowCount]).toEqual([name, 0]);
  }
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const contents = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  expect(contents.filter((content) => secrets.some((secret) => content.includes(secret)))).toEqual([]);
});

it('gives the same keys new secrets when it starts again', async () => {
  const keys = Object.fromEntries(world.organizations.flatMap((organization) => organization.keys.map((key) => [key.handle, key.id])));
  const secrets = await renewSecrets(db, keys);
  const fresh = secrets.get('production') ?? '';
  expect(fresh).not.toBe(world.secrets.get('production'));
  const hash = createHash('sha256').update(fresh).digest();
  expect(await one('select name, last4 from api_key where secret_hash = $1', [hash])).toEqual({
    name: 'Production API',
    last4: fresh.slice(-4),
  });
});

it('refuses a database that is in use', async () => {
  await expect(seed(db, now)).rejects.toThrow('in use');
});
