/** The product's PostgreSQL is suspended under load, as by a debugger, a full disk or a frozen virtual machine: it takes connections and answers nothing. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { childrenOf } from './platform/process-identity';
import { bundleProduct, runProduct } from './testing/product-process';
import { adminEnvironment, loadSteadily, mintKey, storedRows, unrecorded } from './testing/running-product';

jest.setTimeout(180_000);

const PAUSE_MS = 15_000;
/** Two look-ups, and what it takes to notice; a busy machine is slower. */
const FEW_SECONDS_MS = 9_000;

it('15 s at 100 requests a second: all are answered within a few seconds and recorded, each 503 says when to come back, and it recovers by itself', async () => {
  const base = mkdtempSync(join(tmpdir(), 'pinebill-hangs-'));
  chmodSync(base, 0o755);
  const dataDirectory = join(base, 'data');
  const product = runProduct({ main: bundleProduct('hangs'), dataDirectory, env: adminEnvironment });
  try {
    const url = await product.ready();
    const load = loadSteadily(url, await mintKey(url), { perSecond: 100, seconds: 26, label: 'hangs' });
    await load.answers(200);
    const postmaster = Number.parseInt(readFileSync(join(dataDirectory, 'postgres/postmaster.pid'), 'utf8'), 10);
    const server = [postmaster, ...childrenOf(postmaster)];
    for (const pid of server) process.kill(pid, 'SIGSTOP');
    await delay(PAUSE_MS);
    for (const pid of server) process.kill(pid, 'SIGCONT');
    const attempts = await load.attempts;

    expect(attempts.filter(({ end }) => end !== 'answered')).toEqual([]);
    expect(Math.max(...attempts.map(({ milliseconds }) => milliseconds))).toBeLessThan(FEW_SECONDS_MS);
    const refused = attempts.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(500);
    // Without Retry-After the caller must look first, and is told so.
    expect(refused.filter(({ retryAfter, detail }) => !(Number(retryAfter) >= 1) && !detail?.includes('is not known'))).toEqual([]);
    expect(attempts.filter(({ status }) => ![200, 201, 404, 503].includes(status ?? 0))).toEqual([]);
    // Unknown routes need no database, and a key that was known goes on being known for 30 s.
    expect(attempts.slice(-100).filter(({ status }) => status === 503)).toEqual([]);

    expect(unrecorded(attempts, await storedRows(url, dataDirectory))).toEqual([]);
    expect(product.output()).toContain('PostgreSQL takes connections but does not answer');
  } finally {
    product.child.kill('SIGTERM');
    await product.ended();
    rmSync(base, { recursive: true, force: true });
  }
});
