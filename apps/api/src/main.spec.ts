/** Start and stop of the product as a process: exit codes, signals, kill -9, two starts, other users, other databases. */
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { cloneDatabase, type TestDatabase } from '@pinebill/testing';
import { isAlive } from './platform/process-identity';
import { productFixture } from './testing/product-fixture';

jest.setTimeout(120_000);

const isRoot = process.getuid?.() === 0;
const DEBIAN_15 = '/usr/lib/postgresql/15/bin';
const { base, dataDirectory, run } = productFixture('main');
const postgresOf = (): number => Number.parseInt(readFileSync(join(base(), 'data/postgres/postmaster.pid'), 'utf8'), 10);
const get = async (url: string) => (await fetch(url)).status;

it('starts, stops at SIGTERM with exit code 0, and leaves no process; the second start knows its people', async () => {
  const first = run();
  const url = await first.ready();
  expect(await get(`${url}/readyz`)).toBe(200);
  expect(first.output()).toMatch(/Sign in as: +admin@example\.com\n +Password: +[\w-]{23} /);
  const postgres = postgresOf();
  first.child.kill('SIGTERM');
  expect(await first.ended()).toBe(0);
  expect(isAlive(postgres)).toBe(false);
  expect(existsSync(join(base(), 'data/lock'))).toBe(false);

  const second = run();
  const startedAt = Date.now();
  expect(await get(`${await second.ready()}/readyz`)).toBe(200);
  expect(second.output()).not.toContain('Password:');
  expect(Date.now() - startedAt).toBeLessThan(15_000); // 2 s on an idle machine
  second.child.kill('SIGINT');
  expect(await second.ended()).toBe(0);
});

it('stops at once when it is told to during the start', async () => {
  const product = run();
  while (!product.output().includes('Creating the database')) await new Promise((resolve) => setTimeout(resolve, 10));
  product.child.kill('SIGTERM');
  expect(await product.ended()).toBe(0);
  expect(existsSync(join(base(), 'data/lock'))).toBe(false);
  // initdb as well: whoever is left would go on writing into the directory.
  expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(dataDirectory());
});

it('after a kill -9 the next start stops the PostgreSQL that was left, and works', async () => {
  const killed = run();
  await killed.ready();
  const postgres = postgresOf();
  killed.child.kill('SIGKILL');
  expect(await killed.ended()).toBe('SIGKILL');
  expect(isAlive(postgres)).toBe(true);
  const next = run();
  expect(await get(`${await next.ready()}/readyz`)).toBe(200);
  expect(isAlive(postgres)).toBe(false);
});

it('refuses a data directory that is in use, in one line, and leaves its user alone', async () => {
  const first = run();
  const url = await first.ready();
  const second = run();
  expect(await second.ended()).toBe(1);
  expect(second.output()).toBe(`The data directory ${dataDirectory()} is in use by process ${first.child.pid ?? 0}.\n`);
  expect(await get(`${url}/readyz`)).toBe(200);
});

const maintained = async (url: string): Promise<boolean> =>
  ((await (await fetch(`${url}/v1/maintenance`)).json()) as { active: boolean }).active;
/** Start and end hold everywhere within 2 s; on a busy machine a little later. */
async function maintainedIs(urls: string[], expected: boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; ;) {
    const states = await Promise.all(urls.map(maintained));
    if (states.every((state) => state === expected)) return;
    if (Date.now() > deadline) throw new Error(`maintenance is ${states.join(', ')}, not ${expected}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

it('takes the order for maintenance while it runs, from beside its own PostgreSQL', async () => {
  const early = run({ args: ['--maintenance', 'start'] });
  expect(await early.ended()).toBe(1);
  expect(early.output()).toMatch(/^Nothing runs on the data directory .*\. Start the product first, .*\n$/);
  expect(existsSync(dataDirectory())).toBe(false);

  const product = run();
  const url = await product.ready();
  const start = run({ args: ['--maintenance', 'start', '--minutes', '30', '--message', 'Moving house'] });
  expect(await start.ended()).toBe(0);
  expect(start.output()).toMatch(/^There is maintenance since .* UTC; announced until .* UTC\. Message: Moving house\n/);
  await maintainedIs([url], true);
  const end = run({ args: ['--maintenance', 'end'] });
  expect(await end.ended()).toBe(0);
  await maintainedIs([url], false);

  product.child.kill('SIGTERM');
  expect(await product.ended()).toBe(0);
  const late = run({ args: ['--maintenance', 'status'] });
  expect(await late.ended()).toBe(1);
  expect(late.output()).toContain('Nothing runs on the data directory');
});

it('names every bad variable, starts nothing and makes nothing', async () => {
  const product = run({ env: { PORT: 'abc', PINEBILL_AUDIT_MODE: 'sync' } });
  expect(await product.ended()).toBe(1);
  expect(product.output()).toBe(
    'PORT: got "abc", takes a number from 0 to 65535\nPINEBILL_AUDIT_MODE: got "sync", takes durable, committed, async\n',
  );
  expect(existsSync(dataDirectory())).toBe(false);
});

it('says that the port is taken, and stops the PostgreSQL that it had started', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => occupant.once('listening', resolve));
  const { port } = occupant.address() as AddressInfo;
  const product = run({ env: { PORT: String(port) } });
  expect(await product.ended()).toBe(1);
  expect(product.output()).toContain(`Port ${port} of 127.0.0.1 is in use by another program. Stop it, or set PORT to another.`);
  expect(existsSync(join(base(), 'data/postgres/postmaster.pid'))).toBe(false);
  await new Promise((resolve) => occupant.close(resolve));
});

it('says that the database cannot be reached, without its password', async () => {
  const product = run({ env: { DATABASE_URL: 'postgres://me:hunter2@127.0.0.1:1/pinebill' } });
  expect(await product.ended()).toBe(1);
  expect(product.output()).toMatch(
    /^The database pinebill at 127\.0\.0\.1:1 cannot be reached: .*\. Check DATABASE_URL and that the server runs\.\n$/,
  );
  expect(product.output()).not.toContain('hunter2');
});

describe('on a database of its operator', () => {
  let db: TestDatabase;
  beforeEach(async () => {
    db = await cloneDatabase(__filename);
  });
  afterEach(() => db.drop());

  it('serves, needs no embedded server, and lets a locked-out admin in again', async () => {
    const env = { DATABASE_URL: db.url };
    const product = run({ env });
    expect(await get(`${await product.ready()}/readyz`)).toBe(200);
    expect(existsSync(join(base(), 'data/postgres'))).toBe(false);
    product.child.kill('SIGTERM');
    expect(await product.ended()).toBe(0);
    const reset = run({ env, args: ['--reset-admin'] });
    expect(await reset.ended()).toBe(0);
    expect(reset.output()).toMatch(/Sign in as: admin@example\.com\n +Password: +[\w-]{23} /);
  });

  it('takes the order for maintenance once, for every process on the database', async () => {
    const env = { DATABASE_URL: db.url };
    const products = [run({ env }), run({ env, dataDirectory: join(base(), 'another') })];
    const urls = await Promise.all(products.map((product) => product.ready()));
    expect(await run({ env, args: ['--maintenance', 'start'], dataDirectory: join(base(), 'none') }).ended()).toBe(0);
    await maintainedIs(urls, true);
    expect(await run({ env, args: ['--maintenance', 'end'], dataDirectory: join(base(), 'none') }).ended()).toBe(0);
    await maintainedIs(urls, false);
    expect(existsSync(join(base(), 'none'))).toBe(false);
  });

  it('refuses data of a newer version', async () => {
    const first = run({ env: { DATABASE_URL: db.url } });
    await first.ready();
    first.child.kill('SIGTERM');
    await first.ended();
    const { Client } = await import('pg');
    const client = new Client({ connectionString: db.url });
    await client.connect();
    await client.query(`insert into app.migration (timestamp, name) values (1, 'Future1900000000000')`);
    await client.end();
    const second = run({ env: { DATABASE_URL: db.url } });
    expect(await second.ended()).toBe(1);
    expect(second.output()).toBe(
      'The data was written by a newer version of the product (it has Future1900000000000). Start that version, or bring back a backup.\n',
    );
  });
});

(isRoot ? describe : describe.skip)('started by root for others', () => {
  it('runs for an ordinary user, entirely as that user', async () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(base(), nobody.uid, nobody.gid);
    const product = run({ user: nobody });
    expect(await get(`${await product.ready()}/readyz`)).toBe(200);
    expect(Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${postgresOf()}/status`, 'utf8'))?.[1])).toBe(nobody.uid);
  });

  it('says that an ordinary user cannot write to a directory of root', async () => {
    const product = run({ user: { uid: 65_534, gid: 65_534 } });
    expect(await product.ended()).toBe(1);
    expect(product.output()).toMatch(/^The data directory .* cannot be written \(EACCES\)\..*\n$/);
  });

  (existsSync(DEBIAN_15) ? it : it.skip)("serves on Debian's PostgreSQL 15", async () => {
    const data = join(base(), 'fifteen');
    const port = await freePort();
    const asPostgres = (program: string, ...args: string[]) =>
      execFileSync('runuser', ['-u', 'postgres', '--', join(DEBIAN_15, program), '-D', data, ...args], { cwd: '/', stdio: 'ignore' });
    chmodSync(base(), 0o777);
    asPostgres('initdb', '--auth=trust', '--username=owner', '--encoding=UTF8', '--no-sync');
    asPostgres(
      'pg_ctl',
      '-w',
      '-o',
      `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off`,
      '-l',
      join(data, 'log'),
      'start',
    );
    try {
      const product = run({ env: { DATABASE_URL: `postgres://owner@127.0.0.1:${port}/postgres` } });
      const url = await product.ready();
      expect(await get(`${url}/readyz`)).toBe(200);
      expect(await get(`${url}/v1/nowhere`)).toBeGreaterThanOrEqual(400);
      product.child.kill('SIGTERM');
      expect(await product.ended()).toBe(0);
    } finally {
      asPostgres('pg_ctl', '-m', 'immediate', 'stop');
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
