/** The embedded server alone. As root it runs as another user, with and without a way through to its data; as an ordinary user as that user. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { isAlive } from '../platform/process-identity';
import { EmbeddedPostgres } from './embedded-postgres';

const isRoot = process.getuid?.() === 0;
let base: string;
let running: EmbeddedPostgres[] = [];
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'pinebill-postgres-'));
  chmodSync(base, 0o755);
});
afterEach(async () => {
  for (const server of running) await server.stop();
  running = [];
  rmSync(base, { recursive: true, force: true });
});

function start(dataDirectory: string, log: string[] = []): Promise<EmbeddedPostgres> {
  mkdirSync(dataDirectory, { recursive: true });
  return EmbeddedPostgres.start({
    dataDirectory,
    from: __filename,
    log: (line) => log.push(line),
    started: (server) => running.push(server),
  });
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const sessionOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ')[3]);

it('starts, keeps what was written over a restart, and leaves no process', async () => {
  const directory = join(base, 'data');
  const first = await start(directory);
  await query(first.ownerUrl, 'create table kept as select 42 as answer');
  const pid = first.pid ?? 0;
  expect(isAlive(pid)).toBe(true);
  await first.stop();
  expect(isAlive(pid)).toBe(false);
  const second = await start(directory);
  expect(second.ownerUrl).toBe(first.ownerUrl);
  expect(await query(second.ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

describe('running', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pinebill-postgres-'));
  let server: EmbeddedPostgres;
  beforeAll(async () => {
    chmodSync(directory, 0o755);
    server = await start(directory);
    running = [];
  });
  afterAll(async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('lets nobody in without the password, and keeps the password to its owner', async () => {
    expect(statSync(join(directory, 'postgres.json')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(directory, 'postgres.json.initdb'))).toBe(false);
    await expect(query(server.ownerUrl.replace(/:[0-9a-f]{48}@/, ':wrong@'), 'select 1')).rejects.toThrow(/password authentication failed/);
  });

  it('gives the service a login that owns nothing', async () => {
    const [role] = await query(server.url, 'select rolsuper, rolcreaterole, rolcreatedb from pg_roles where rolname = current_user');
    expect(role).toEqual({ rolsuper: false, rolcreaterole: false, rolcreatedb: false });
  });

  it('flushes to disk what it says is committed', async () => {
    const rows = await query(
      server.url,
      `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') order by name`,
    );
    expect(rows.map(({ setting }) => setting)).toEqual(['on', 'on', 'on']);
  });

  it('runs in a session of its own, so that Ctrl-C in our terminal does not reach it', () => {
    expect(sessionOf(server.pid ?? 0)).toBe(server.pid);
    expect(sessionOf(server.pid ?? 0)).not.toBe(sessionOf(process.pid));
  });
});

it('stops the server that a killed start left running, and goes on with its data', async () => {
  const directory = join(base, 'data');
  const left = await start(directory);
  await query(left.ownerUrl, 'create table kept as select 42 as answer');
  const leftPid = left.pid ?? 0;
  // As after a SIGKILL: nobody has stopped it, and nobody looks after it any more.
  Object.assign(left, { revive: () => Promise.resolve() });
  running = [];
  const log: string[] = [];
  const next = await start(directory, log);
  expect(log).toEqual([`Stopping the PostgreSQL that an earlier start left running (process ${leftPid}).`]);
  expect(isAlive(leftPid)).toBe(false);
  expect(await query(next.ownerUrl, 'select answer from kept')).toEqual([{ answer: 42 }]);
});

it('starts again when the server is killed behind its back', async () => {
  const log: string[] = [];
  const server = await start(join(base, 'data'), log);
  process.kill(server.pid ?? 0, 'SIGKILL');
  for (let left = 100; left > 0; left -= 1) {
    const alive = await query(server.url, 'select 1').catch(() => null);
    if (alive && log.length > 1) break;
    await delay(100);
  }
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  expect(log).toContain('The embedded PostgreSQL ended by itself; starting it again.');
});

it('stops a server that was suspended, which hears no signal but one', async () => {
  const server = await start(join(base, 'data'));
  const pid = server.pid ?? 0;
  process.kill(pid, 'SIGSTOP');
  await server.stop();
  expect(isAlive(pid)).toBe(false);
});

it('says what to do when the file with the passwords is gone', async () => {
  const directory = join(base, 'data');
  await (await start(directory)).stop();
  rmSync(join(directory, 'postgres.json'));
  await expect(start(directory)).rejects.toThrow(/postgres\.json is missing: .* Bring it back from a backup\./);
});

it('begins anew after a first set-up that was interrupted', async () => {
  const directory = join(base, 'data');
  mkdirSync(join(directory, 'postgres'), { recursive: true });
  const server = await start(directory);
  expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
});

(isRoot ? describe : describe.skip)('as root', () => {
  const uidOf = (pid: number): number => statSync(`/proc/${pid}`).uid;

  it('runs as another user, who owns the data', async () => {
    const server = await start(join(base, 'data'));
    expect(uidOf(server.pid ?? 0)).not.toBe(0);
    expect(statSync(join(base, 'data/postgres')).uid).toBe(uidOf(server.pid ?? 0));
  });

  it('runs as another user also where that user may not pass, as below /root', async () => {
    chmodSync(base, 0o700);
    const server = await start(join(base, 'data'));
    expect(Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid ?? 0}/status`, 'utf8'))?.[1])).not.toBe(0);
    expect(await query(server.url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});
