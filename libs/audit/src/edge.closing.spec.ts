/** `app.close()` comes to an end, whatever clients do, and what they sent is on the record. */
import { connect, type Socket } from 'node:net';
import { Agent, get as httpGet } from 'node:http';
import { once } from 'node:events';
import { adapters, startEdgeApp, type EdgeApp } from './testing/edge-app';
import { exchangeRaw, get } from './testing/raw-http';

async function open(port: number, bytes: string): Promise<{ socket: Socket; text: () => string }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (bytes !== '') socket.write(bytes);
  return { socket, text: () => text };
}

describe.each(adapters)('closing, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeEach(async () => {
    edge = await startEdgeApp(adapter);
    // So that it is not Node's own timeouts that end what hangs; while closing there are none.
    Object.assign(edge.server, { headersTimeout: 60_000, requestTimeout: 60_000 });
  });

  async function closeAndMeasure(): Promise<number> {
    await exchangeRaw(edge.port, get('/healthz'), { answers: 1 }); // whatever was sent before has arrived
    const begun = performance.now();
    await edge.close();
    return performance.now() - begun;
  }

  it('does not wait for a connection on which nothing was sent, and leaves no record of it', async () => {
    await open(edge.port, '');
    expect(await closeAndMeasure()).toBeLessThan(1_000);
    expect(edge.store.records).toEqual([]);
  });

  it.each([
    ['a request line', 'GET /v1/it', { path: null, status: 408 }],
    ['a body', 'POST /v1/items HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{', { path: '/v1/items', status: 408 }],
  ])('gives half %s a moment, then answers and records it', async (_, bytes, record) => {
    const client = await open(edge.port, bytes);
    expect(await closeAndMeasure()).toBeLessThan(5_000);
    expect(client.text()).toMatch(/^HTTP\/1\.1 408 /);
    expect(edge.store.records).toMatchObject([{ ...record, outcome: 'protocolError', reason: 'request_timeout' }]);
  }); // prettier-ignore

  it('lets a request in flight finish, and then does not wait for its client', async () => {
    const agent = new Agent({ keepAlive: true });
    const answer = new Promise<[number | undefined, string | undefined]>((resolve) =>
      httpGet({ port: edge.port, path: '/v1/slow', agent }, (response) => {
        response.resume().on('end', () => resolve([response.statusCode, response.headers.connection]));
      }),
    );
    await new Promise((ok) => edge.server.once('request', ok));
    expect(await closeAndMeasure()).toBeLessThan(1_500);
    expect(await answer).toEqual([200, 'close']);
    expect(edge.store.records).toMatchObject([{ path: '/v1/slow', status: 200, outcome: 'completed' }]);
    agent.destroy();
  });
});
