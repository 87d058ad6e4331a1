/** An orderly stop of the product as a process: under load, with connections at rest, and while its PostgreSQL hangs. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgres } from './database/embedded-postgres';
import { childrenOf } from './platform/process-identity';
import { productFixture } from './testing/product-fixture';
import type { ProductProcess } from './testing/product-process';
import { adminEnvironment, loadSteadily, mintKey, queryEmbedded, storedRows, unrecorded } from './testing/running-product';

jest.setTimeout(180_000);

const STOP_MS = 15_000;
const { base, dataDirectory, run } = productFixture('stop');
const postmaster = (): number => Number.parseInt(readFileSync(join(dataDirectory(), 'postgres/postmaster.pid'), 'utf8'), 10);
async function start(env: Record<string, string> = {}, directory = dataDirectory()): Promise<{ product: ProductProcess; url: string }> {
  const product = run({ dataDirectory: directory, env: { ...adminEnvironment, ...env } });
  return { product, url: await product.ready() };
}
async function stop(product: ProductProcess): Promise<{ code: number | string; milliseconds: number }> {
  const begun = performance.now();
  product.child.kill('SIGTERM');
  return { code: await product.ended(), milliseconds: performance.now() - begun };
}
async function stopping(product: ProductProcess): Promise<void> {
  while (!product.output().includes('Stopping:')) await delay(2);
}

type Line = { socket: Socket; text: () => string; closed: Promise<unknown> };
/** A connection that rests after one answer. */
async function rest(url: string): Promise<Line> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', (error) => (text += `\n${error.message}`));
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write('GET /v1/reference/status-codes HTTP/1.1\r\nHost: h\r\n\r\n');
  while (!/\r\n\r\n[^]*"link":null}]}$/.test(text)) await delay(5);
  text = '';
  return { socket, text: () => text, closed };
}

it('under 500 requests a second: every request has a whole answer or no connection, each answer its record, and the exit code is 0', async () => {
  const { product, url } = await start();
  const secret = await mintKey(url);
  const load = loadSteadily(url, secret, { perSecond: 500, seconds: 60, label: 'load' });
  await load.answers(1_500);
  const { code, milliseconds } = await stop(product);
  const attempts = await load.attempts;

  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(STOP_MS);
  const ends = attempts.map(({ end }) => end);
  expect(ends.filter((end) => end === 'answered').length).toBeGreaterThan(1_000);
  expect(ends.filter((end) => end === 'refused').length).toBeGreaterThan(0);
  expect(attempts.filter(({ end }) => end !== 'answered' && end !== 'refused')).toEqual([]);
  // None was turned away with an error either, and the last answers said that they were the last.
  expect(attempts.filter(({ status }) => status !== null && ![200, 201, 404].includes(status))).toEqual([]);
  expect(attempts.some(({ closes }) => closes)).toBe(true);

  const next = await start();
  const rows = await storedRows(next.url, dataDirectory());
  expect(unrecorded(attempts, rows)).toEqual([]);
  const customers = await queryEmbedded<{ name: string }>(dataDirectory(), `select name from app.customer`);
  const created = attempts.filter(({ status }) => status === 201).map(({ label }) => label);
  expect(created.filter((label) => !customers.some(({ name }) => name === label))).toEqual([]);
});

it('answers a request that arrives on a resting connection during the stop, not ready, and closes it; others that rest do not hold it up', async () => {
  const { product, url } = await start();
  const [asking, silent] = [await rest(url), await rest(url)];
  const begun = performance.now();
  product.child.kill('SIGTERM');
  await stopping(product);
  asking.socket.write('GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n');
  await asking.closed;
  expect(asking.text()).toMatch(/^HTTP\/1\.1 503 .*\r\n[^]*connection: close\r\n[^]*"status":"notReady"/i);
  await silent.closed;
  expect(silent.text()).toBe('');
  expect(await product.ended()).toBe(0);
  expect(performance.now() - begun).toBeLessThan(STOP_MS);
});

it('takes every connection that waited when it was told to stop, and answers it', async () => {
  const { product, url } = await start();
  product.child.kill('SIGSTOP'); // as a machine that is too busy to take them
  const lines = await Promise.all(
    Array.from({ length: 400 }, async () => {
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      const answer = text(socket).catch((error: unknown) => String(error));
      await once(socket, 'connect');
      socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n');
      return { answer };
    }),
  );
  product.child.kill('SIGTERM');
  product.child.kill('SIGCONT');
  const answers = await Promise.all(lines.map(({ answer }) => answer));
  expect(answers.filter((answer) => !answer.startsWith('HTTP/1.1 200'))).toEqual([]);
  expect(await product.ended()).toBe(0);
});

it.each(['the whole server', 'its postmaster alone'])('while %s is suspended: within 15 s, with exit code 0, and nothing of what was answered is lost', async (what) => {
  const { product, url } = await start();
  const secret = await mintKey(url);
  const load = loadSteadily(url, secret, { perSecond: 50, seconds: 60, label: 'hang' });
  await load.answers(100);
  const suspended = what === 'the whole server' ? [postmaster(), ...childrenOf(postmaster())] : [postmaster()];
  for (const pid of suspended) process.kill(pid, 'SIGSTOP');
  await delay(1_500); // what is answered now can only be in the journal
  const { code, milliseconds } = await stop(product);
  const attempts = await load.attempts;
  expect(code).toBe(0);
  expect(milliseconds).toBeLessThan(STOP_MS);
  expect(attempts.filter(({ end }) => end !== 'answered' && end !== 'refused')).toEqual([]);

  const next = await start();
  expect(unrecorded(attempts, await storedRows(next.url, dataDirectory()))).toEqual([]);
}); // prettier-ignore

it('while the PostgreSQL of its operator is suspended: the same, and that server is left as it is', async () => {
  const { url: serverUrl } = await start(); // whose PostgreSQL stands for the operator's
  const env = { DATABASE_URL: EmbeddedPostgres.ownerUrlOf(dataDirectory()) ?? '' };
  const directory = join(base(), 'another');
  const { product, url } = await start(env, directory);
  const load = loadSteadily(url, await mintKey(url), { perSecond: 50, seconds: 60, label: 'theirs' });
  await load.answers(100);
  const server = [postmaster(), ...childrenOf(postmaster())];
  for (const pid of server) process.kill(pid, 'SIGSTOP');
  try {
    await delay(1_500);
    const { code, milliseconds } = await stop(product);
    expect(code).toBe(0);
    expect(milliseconds).toBeLessThan(STOP_MS);
    expect(readFileSync(`/proc/${postmaster()}/stat`, 'latin1')).toMatch(/\) T /);
  } finally {
    for (const pid of server) process.kill(pid, 'SIGCONT');
  }
  const attempts = await load.attempts;
  expect(attempts.filter(({ end }) => end !== 'answered' && end !== 'refused')).toEqual([]);
  const next = await start(env, directory);
  await storedRows(next.url, dataDirectory()); // its own journal is empty
  expect(unrecorded(attempts, await storedRows(serverUrl, dataDirectory()))).toEqual([]);
});
