/** The cap on connections: who is turned away was no request, and is counted. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { AuditWriter } from '@pinebill/nestjs-audit';
import { startTestApp, type TestApp } from '../testing/test-app';
import { Connections } from './connections';
import { serverLimits, tooFewFiles } from './server-limits';

const CAP = 10;
const MORE = 5;
let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename, { maxConnections: CAP });
});
afterAll(() => t.close());

type Line = { socket: Socket; text: string; closed: boolean };

async function open(): Promise<Line> {
  const line: Line = { socket: connect(Number(new URL(t.url).port), '127.0.0.1'), text: '', closed: false };
  line.socket.on('data', (chunk) => (line.text += chunk.toString('latin1')));
  line.socket.on('error', () => undefined);
  line.socket.on('close', () => (line.closed = true));
  await once(line.socket, 'connect');
  return line;
}
async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 20_000; !condition();) {
    expect(Date.now()).toBeLessThan(deadline);
    await delay(10);
  }
}

it('turns away what exceeds it, off the record and counted, and goes on serving those that are in', async () => {
  const connections = t.app.get(Connections);
  const inside = await Promise.all(Array.from({ length: CAP }, open));
  await until(() => connections.open === CAP);
  const outside = await Promise.all(Array.from({ length: MORE }, open));
  for (const { socket } of outside) socket.write('GET /v1/nowhere HTTP/1.1\r\nHost: h\r\nUser-Agent: outside\r\n\r\n');
  await until(() => outside.every(({ closed }) => closed));
  expect([connections.open, connections.dropped]).toEqual([CAP, MORE]);
  expect(outside.map(({ text }) => text)).toEqual(outside.map(() => ''));

  for (const { socket } of inside) socket.write('GET /v1/nowhere HTTP/1.1\r\nHost: h\r\nUser-Agent: inside\r\n\r\n');
  await until(() => inside.every(({ text }) => text.startsWith('HTTP/1.1 401 ')));
  for (const { socket } of inside) socket.destroy();
  await until(() => connections.open === 0);
  const late = await open();
  late.socket.write('GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n');
  await until(() => late.text.startsWith('HTTP/1.1 200 '));
  late.socket.destroy();

  await t.app.get(AuditWriter).flush();
  const rows = await t.sql('select user_agent as agent, count(*)::int as count from audit_record group by 1');
  expect(rows).toEqual([{ agent: 'inside', count: CAP }]);
});

it('loses a client that does not read its answers, and the records say so', async () => {
  const connections = t.app.get(Connections);
  const server: Server = t.app.getHttpServer();
  expect(server.timeout).toBe(serverLimits.silenceMs);
  const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const { socket } = await open();
  const theirs = await accepted;
  socket.pause();
  socket.write('GET /v1/reference/status-codes HTTP/1.1\r\nHost: h\r\nUser-Agent: deaf\r\n\r\n'.repeat(4_000));
  await until(() => theirs.writableLength > 0); // the buffers between them are full
  theirs.setTimeout(500); // instead of waiting for 70 s
  await until(() => connections.open === 0);
  socket.destroy();
  await t.app.get(AuditWriter).flush();
  const rows = await t.sql(`select distinct outcome from audit_record where user_agent = 'deaf' order by 1`);
  expect(rows).toEqual([{ outcome: 'aborted' }, { outcome: 'completed' }]);
});

it('warns when the operating system allows fewer files than it needs, and only then', () => {
  expect(tooFewFiles(3_000, 4_096)).toBeNull();
  expect(tooFewFiles(3_000, null)).toBeNull();
  expect(tooFewFiles(3_000, 1_024)).toMatch(/1024 open files, and 3000 connections need 3200.*ulimit -n 3200.*PINEBILL_MAX_CONNECTIONS/);
});
