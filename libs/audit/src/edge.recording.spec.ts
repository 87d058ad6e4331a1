import { setTimeout as delay } from 'node:timers/promises';
import type { Duplex } from 'node:stream';
import type { AuditRecord } from './audit.types';
import { acme, adapters, startEdgeApp, type EdgeApp } from './testing/edge-app';
import { ItemsController } from './testing/items.controller';
import { exchangeRaw, get, leave, post, type RawResponse } from './testing/raw-http';

/** Stands in front of one step of the real writer until it is opened. */
function gate(edge: EdgeApp, step: 'provisional' | 'release'): { open: () => void; reached: Promise<AuditRecord> } {
  const original = edge.writer[step].bind(edge.writer);
  let open = (): void => undefined;
  let reach: (record: AuditRecord) => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const reached = new Promise<AuditRecord>((resolve) => (reach = resolve));
  edge.writer[step] = async (record) => {
    reach(record);
    await opened;
    edge.writer[step] = original;
    return original(record);
  };
  return { open, reached };
}

describe.each(adapters)('an answer and its record, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeEach(async () => {
    ItemsController.effects = [];
    edge = await startEdgeApp(adapter);
  });
  afterEach(() => edge.close());

  it.each(['/v1/items', '/nowhere', '/v1/fails'])('%s: the answer leaves only after the record is durable', async (path) => {
    const { open, reached } = gate(edge, 'release');
    let arrived: RawResponse[] | null = null;
    const answer = exchangeRaw(edge.port, get(path), { answers: 1 }).then((responses) => (arrived = responses));
    await reached;
    await delay(40);
    expect(arrived).toBeNull();
    open();
    expect(await answer).toHaveLength(1);
    expect(await edge.settled(1)).toHaveLength(1);
  });

  it('an unsafe handler starts only after its intent is durable', async () => {
    const { open, reached } = gate(edge, 'provisional');
    const answer = exchangeRaw(edge.port, post('/v1/items', '{"name":"a"}'), { answers: 1 });
    expect(await reached).toMatchObject({ outcome: 'unknown', status: null, durationMs: null, method: 'POST', route: '/v1/items' });
    await delay(30);
    expect(ItemsController.effects).toEqual([]);
    open();
    expect(await answer).toMatchObject([{ status: 201 }]);
    expect(ItemsController.effects).toEqual(['create a']);
    expect(await edge.settled(1)).toMatchObject([{ status: 201, outcome: 'completed' }]);
  });

  it('a client that leaves before the intent is durable keeps an unsafe handler from starting', async () => {
    const { open, reached } = gate(edge, 'provisional');
    const left = leave(edge.port, post('/v1/items', '{"name":"a"}'), { afterMs: 60 });
    await reached;
    await left;
    await delay(20);
    open();
    expect(await edge.settled(1)).toMatchObject([{ status: 499, outcome: 'aborted' }]);
    expect(ItemsController.effects).toEqual([]);
  });

  it('the first byte of a streamed answer leaves only after its opening is durable', async () => {
    const { open, reached } = gate(edge, 'provisional');
    let arrived: RawResponse[] | null = null;
    const answer = exchangeRaw(edge.port, get('/v1/stream'), { answers: 1 }).then((responses) => (arrived = responses));
    expect(await reached).toMatchObject({ outcome: 'unknown', status: null, path: '/v1/stream' });
    await delay(30);
    expect(arrived).toBeNull();
    open();
    expect((await answer)[0]?.status).toBe(200);
    expect(await edge.settled(1)).toMatchObject([{ status: 200, outcome: 'completed', responseBytes: 6_000 }]);
  });

  it('a client that leaves while its answer is held: nothing was sent', async () => {
    const { open, reached } = gate(edge, 'release');
    const left = leave(edge.port, get('/v1/items'), { afterMs: 60 });
    await reached;
    await left;
    await delay(20);
    open();
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'aborted', status: 499 }]);
  });

  it('a client that leaves after the release amends the record: the status was sent', async () => {
    await leave(edge.port, get('/v1/large'), { until: 1_000 });
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'aborted', status: 200 }]);
  });

  it('a whole answer that its client reads stays completed', async () => {
    const response = await fetch(`http://127.0.0.1:${edge.port}/v1/large`);
    expect((await response.text()).length).toBe(16 * 1024 * 1024 + 11);
    expect(await edge.settled(1)).toMatchObject([{ outcome: 'completed', status: 200, responseBytes: 16 * 1024 * 1024 + 11 }]);
  });

  it('closing the service waits for the record of an answer that is held', async () => {
    const { open, reached } = gate(edge, 'release');
    const answer = exchangeRaw(edge.port, get('/v1/items'), { answers: 1 });
    await reached;
    const closed = edge.app.close();
    await delay(30);
    open();
    expect(await answer).toMatchObject([{ status: 200 }]);
    await closed;
    expect(edge.store.records).toMatchObject([{ status: 200, outcome: 'completed' }]);
  });

  it('an answer whose record cannot be written after its work is done says so, and does not ask to come again', async () => {
    edge.writer.release = () => Promise.reject(new Error('the disk is gone'));
    const [response] = await exchangeRaw(edge.port, post('/v1/items', '{"name":"a"}'));
    expect(response?.status).toBe(503);
    expect(JSON.parse(response?.body ?? '')).toMatchObject({ code: 'recording_unavailable' });
    expect(response?.head).not.toMatch(/retry-after/i);
    expect(ItemsController.effects).toEqual(['create a']);
  });

  it('whose record it is can be said by the handler, and why it failed', async () => {
    const [response] = await exchangeRaw(edge.port, post('/v1/sign-in', '{}'), { answers: 1 });
    const [record] = await edge.settled(1);
    expect(JSON.parse(response?.body ?? '')).toMatchObject({
      caller: 'Ada',
      requestId: /request-id: (\S+)/i.exec(response?.head ?? '')?.[1],
    });
    expect(record).toMatchObject({
      status: 401,
      organizationId: acme,
      actorType: 'user',
      actorId: 'u1',
      actorName: 'Ada',
      reason: 'invalid_credentials',
    });
    expect(record?.error).toEqual({
      code: 'invalid_credentials',
      detail: 'The password is not right.',
      issues: [],
      figures: { attempts: 3, told: expect.stringMatching(/^x{90,100}\S*$/) },
    });
  });

  it('an upgraded connection is one record, made when it closes, with the status it was given', async () => {
    edge.server.on('upgrade', (_request: unknown, socket: Duplex) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello');
      setTimeout(() => socket.end(), 20);
    });
    await delay(5);
    const [response] = await exchangeRaw(edge.port, get('/v1/socket', 'Connection: Upgrade\r\nUpgrade: echo\r\nAuthorization: x\r\n'));
    expect(response?.status).toBe(101);
    expect(await edge.settled(1)).toMatchObject([{ status: 101, outcome: 'completed', path: '/v1/socket', organizationId: acme }]);
    const [refused] = await exchangeRaw(edge.port, get('/v1/socket', 'Connection: Upgrade\r\nUpgrade: echo\r\nX-Refuse: 401\r\n'));
    expect(refused?.status).toBe(401);
    expect(await edge.settled(1)).toMatchObject([{ status: 401, reason: 'revoked_key', path: '/v1/socket' }]);
  });
});

describe.each(adapters)('a journal that takes nothing more, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeAll(async () => {
    ItemsController.effects = [];
    edge = await startEdgeApp(adapter, { maxJournalBytes: 1 });
  });
  // One record fits, and stays, because the store is away.
  beforeAll(async () => {
    edge.store.isAway = true;
    await exchangeRaw(edge.port, get('/v1/items'), { answers: 1 });
  });
  afterAll(() => {
    edge.store.isAway = false;
    return edge.close();
  });

  it.each([
    ['an answer', get('/v1/items')],
    ['a change, which does not start', post('/v1/items', '{"name":"a"}')],
    ['a change whose exception filter cuts the connection', post('/v1/cut-off', '{}')],
    ['a streamed answer', get('/v1/stream')],
    ['a malformed request', 'hello\r\n\r\n'],
  ])('refuses %s with 503 and a time to come again, and counts it', async (_, send) => {
    const before = edge.writer.status().refused;
    const responses = await exchangeRaw(edge.port, send);
    expect(responses).toHaveLength(1);
    expect(responses[0]?.status).toBe(503);
    expect(responses[0]?.head).toMatch(/^retry-after: \d+$/im);
    expect(JSON.parse(responses[0]?.body ?? '')).toMatchObject({ code: 'recording_unavailable', status: 503 });
    expect(ItemsController.effects).toEqual([]);
    expect(edge.writer.status().refused).toBe(before + 1);
  });
});
