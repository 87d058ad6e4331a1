/** What the product says aloud, as a process: at the start, when something begins, when it is over. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneDatabase, type TestDatabase } from '@pinebill/testing';
import { bundleProduct, runProduct, type ProductProcess } from '../testing/product-process';

jest.setTimeout(120_000);

type Line = { time: string; level: string; context: string; message: string; code?: string; severity?: string; requestId?: string };
/** What the start announces to people is not the logger's. */
const linesOf = (product: ProductProcess): Line[] =>
  product
    .output()
    .split('\n')
    .filter((text) => text.startsWith('{'))
    .map((text) => JSON.parse(text) as Line);
const warned = (product: ProductProcess): string[] =>
  linesOf(product).flatMap(({ level, code }) => (level === 'warn' && code ? [code] : []));

let base: string;
let main: string;
let db: TestDatabase;
let product: ProductProcess | null = null;
beforeAll(async () => {
  main = bundleProduct('state-watch');
  base = mkdtempSync(join(tmpdir(), 'pinebill-watch-'));
  chmodSync(base, 0o755);
  db = await cloneDatabase(__filename);
});
afterEach(async () => {
  product?.child.kill('SIGTERM');
  await product?.ended();
});
afterAll(async () => {
  await db.drop();
  rmSync(base, { recursive: true, force: true });
});

it('warns at the start of a superuser and of each safety that is off, one line each, and every line is one object', async () => {
  product = runProduct({ main, dataDirectory: join(base, 'unsafe'), env: { DATABASE_URL: db.url } });
  await product.ready();
  expect(warned(product).sort()).toEqual(['fsync_off', 'full_page_writes_off', 'login_is_superuser', 'synchronous_commit_off']);
  for (const line of linesOf(product)) {
    expect(line).toMatchObject({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: expect.stringMatching(/^(info|warn|error|debug)$/),
      context: expect.any(String),
      message: expect.stringMatching(/\S/),
    });
  }
  expect(product.output()).not.toContain(`:${new URL(db.url).password}@`);
});

it('has nothing to warn of on the server that it starts itself, and says how records are kept', async () => {
  product = runProduct({ main, dataDirectory: join(base, 'safe'), env: { PINEBILL_LOG_LEVEL: 'info' } });
  await product.ready();
  expect(warned(product)).toEqual([]);
  expect(linesOf(product)).toContainEqual(expect.objectContaining({ level: 'info', context: 'State', mode: 'durable' }));
});
