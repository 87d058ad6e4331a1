import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { startTestApp, type TestApp } from '../testing/test-app';

const MIB = 1024 * 1024;
const customer = (padding: number) => ({ name: 'ACME', email: 'a@acme.example', address: 'x'.repeat(padding) });

let t: TestApp;
let secret: string;
beforeAll(async () => {
  t = await startTestApp(__filename);
  secret = (await t.call('/v1/api-keys', { as: 'admin', body: { name: 'Large', scopes: ['customers:write'] } })).json.secret;
});
afterAll(() => t.close());

/** Sends all of 1 MiB but the last byte. */
async function hold(): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(Number(new URL(t.url).port), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  const head = `POST /v1/customers HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ${secret}\r\nUser-Agent: holder\r\nContent-Type: application/json\r\n`;
  socket.write(`${head}Content-Length: ${MIB}\r\n\r\n`);
  socket.write(Buffer.alloc(MIB - 1, ' '));
  return { socket, text: () => text };
}
const post = (padding: number) => t.call('/v1/customers', { key: secret, body: customer(padding) });

it('refuses the large body that exceeds what may be in memory, takes small ones all the while, and large ones again afterwards', async () => {
  const holders = await Promise.all(Array.from({ length: 70 }, hold));
  for (const deadline = Date.now() + 20_000; !holders.some(({ text }) => text().includes('\r\n\r\n'));) {
    expect(Date.now()).toBeLessThan(deadline);
    await delay(20);
  }
  const refused = holders.filter(({ text }) => text() !== '');
  for (const { text } of refused) expect(text()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 5\r\n[^]*"code":"overload"/i);
  expect(holders.length - refused.length).toBeGreaterThan(50);
  expect((await post(10)).status).toBe(400); // the address is no object: it was read, and looked at

  for (const { socket } of holders) socket.destroy();
  // What they held is free again.
  for (
    const deadline = Date.now() + 20_000;
    (await Promise.all(Array.from({ length: 30 }, () => post(1_000_000)))).some(({ status }) => status !== 400);
  )
    expect(Date.now()).toBeLessThan(deadline);
  await t.app.get(AuditWriter).flush();
  const rows = await t.sql(
    `select status, reason, outcome, count(*)::int as count from audit_record where user_agent = 'holder' group by 1, 2, 3`,
  );
  const count = (status: number): number => Number(rows.find((row) => row['status'] === status)?.['count'] ?? 0);
  expect(rows.filter(({ status }) => status !== 499 && status !== 503)).toEqual([]);
  expect(count(499) + count(503)).toBe(holders.length);
  expect(count(503)).toBeGreaterThanOrEqual(refused.length);
});
