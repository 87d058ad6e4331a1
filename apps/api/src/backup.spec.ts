/** A backup is whole, and brings everything back: people, keys and the log, with its sequence. */
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleProduct, runProduct, type ProductProcess } from './testing/product-process';

jest.setTimeout(120_000);

const credentials = { email: 'admin@example.com', password: 'correct horse battery staple 1' };
let main: string;
let base: string;
const started: ProductProcess[] = [];

beforeAll(() => {
  main = bundleProduct('backup');
  base = mkdtempSync(join(tmpdir(), 'pinebill-backup-'));
  chmodSync(base, 0o755); // as root, PostgreSQL runs as another user and must get through
});
afterAll(async () => {
  for (const product of started) {
    product.child.kill('SIGTERM');
    await product.ended();
  }
  rmSync(base, { recursive: true, force: true });
});

function run(directory: string, args: string[] = []): ProductProcess {
  const env = { PINEBILL_ADMIN_PASSWORD: credentials.password };
  const product = runProduct({ main, dataDirectory: join(base, directory), args, env });
  started.push(product);
  return product;
}

async function rows(url: string): Promise<{ id: string; sequence: number }[]> {
  const session = await fetch(`${url}/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify(credentials),
  });
  expect(session.status).toBe(200);
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  const answer = await fetch(`${url}/v1/audit-logs?order=asc&limit=200`, { headers: { cookie } });
  return ((await answer.json()) as { data: { id: string; sequence: number }[] }).data;
}

it('brings everything back into an empty directory, and recording goes on without a hole', async () => {
  const first = run('data');
  const url = await first.ready();
  for (let n = 0; n < 5; n++) await fetch(`${url}/v1/invoices`);
  await rows(url);
  first.child.kill('SIGKILL'); // the worst moment to be backed up after
  await first.ended();

  const saved = run('data', ['--backup', join(base, 'saved')]);
  expect(await saved.ended()).toBe(0);
  expect(saved.output()).toContain('Backed up');
  rmSync(join(base, 'data'), { recursive: true });

  const restored = run('data', ['--restore', join(base, 'saved')]);
  expect(await restored.ended()).toBe(0);
  const again = run('data');
  const after = await rows(await again.ready());
  expect(after.length).toBeGreaterThanOrEqual(7);
  expect(after.map(({ sequence }) => sequence)).toEqual(after.map((_, index) => index + 1));

  const busy = run('data', ['--backup', join(base, 'busy')]);
  expect(await busy.ended()).toBe(1);
  expect(busy.output()).toMatch(/in use by process \d+/);
  expect(existsSync(join(base, 'busy'))).toBe(false);
});

it('overwrites nothing: neither a backup nor data', async () => {
  const twice = run('data', ['--backup', join(base, 'saved')]);
  expect(await twice.ended()).toBe(1);
  expect(twice.output()).toContain('exists already');
  const over = run('data', ['--restore', join(base, 'saved')]);
  expect(await over.ended()).toBe(1);
  expect(over.output()).toContain('holds data');
});

it('says what is missing when there is nothing to back up or restore', async () => {
  for (const [args, message] of [
    [['--backup'], 'nothing to back up'],
    [['--restore'], 'Name a folder'],
    [['--restore', join(base, 'nowhere')], 'Name a folder'],
  ] as const) {
    const product = run('none', [...args]);
    expect(await product.ended()).toBe(1);
    expect(product.output()).toContain(message);
  }
});
