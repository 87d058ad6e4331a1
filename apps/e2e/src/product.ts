/** The built product as a process of its own, on a fresh data directory and a free port: what a person gets from `npm start`. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(__dirname, '../../..');
const MAIN = join(root, 'dist/apps/api/main.mjs');

export type Product = {
  url: string;
  port: number;
  adminEmail: string;
  adminPassword: string;
  dataDirectory: string;
  output: () => string;
  /** SIGTERM; resolves with the exit code. Removes the data directory unless told to keep it. */
  stop(options?: { keep?: boolean }): Promise<number | null>;
};

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((ok) => server.once('listening', ok));
  const { port } = server.address() as AddressInfo;
  await new Promise((ok) => server.close(ok));
  return port;
}

async function ready(url: string, child: ChildProcess, output: () => string): Promise<void> {
  for (const deadline = Date.now() + 90_000; Date.now() < deadline;) {
    if (child.exitCode !== null) break;
    const answered = await fetch(`${url}/readyz`)
      .then((r) => r.ok)
      .catch(() => false);
    if (answered) return;
    await new Promise((ok) => setTimeout(ok, 100));
  }
  throw new Error(`The product did not get ready:\n${output()}`);
}

export async function startProduct(environment: Record<string, string> = {}): Promise<Product> {
  if (!existsSync(MAIN)) throw new Error('Build the product first: npm run build');
  const base = mkdtempSync(join(tmpdir(), 'pinebill-e2e-'));
  chmodSync(base, 0o755); // as root, PostgreSQL runs as another user and must get through
  const port = await freePort();
  const [adminEmail, adminPassword] = ['admin@example.com', 'correct horse battery staple 1'];
  const dataDirectory = join(base, 'data');
  const child = spawn(process.execPath, [MAIN], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      PINEBILL_DATA_DIR: dataDirectory,
      PINEBILL_ADMIN_EMAIL: adminEmail,
      PINEBILL_ADMIN_PASSWORD: adminPassword,
      PINEBILL_ORGANIZATION: 'Acme',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  const collect = (chunk: Buffer): void => void (text += chunk.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exited = new Promise<number | null>((ok) => child.once('exit', (code) => ok(code)));
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child, () => text);
  return {
    url,
    port,
    adminEmail,
    adminPassword,
    dataDirectory,
    output: () => text,
    async stop({ keep = false } = {}) {
      child.kill('SIGTERM');
      const code = await exited;
      if (!keep) rmSync(base, { recursive: true, force: true });
      return code;
    },
  };
}
