/** More requests at once than are worked on: turned away with 503, counted exactly, and told in one gap record. */
import { setTimeout as delay } from 'node:timers/promises';
import { adapters, startEdgeApp, type EdgeApp } from './testing/edge-app';
import { exchangeRaw, get, post } from './testing/raw-http';
import { ItemsController } from './testing/items.controller';

const BOUND = 8;

describe.each(adapters)('more requests than are worked on, on %s', (adapter) => {
  let edge: EdgeApp;
  beforeEach(async () => {
    ItemsController.effects = [];
    edge = await startEdgeApp(adapter, { maxOpenRequests: BOUND });
  });
  afterEach(() => edge.close());

  /** So many requests whose answers are held back until the returned function is called. */
  async function occupy(count: number): Promise<() => Promise<unknown>> {
    const release = edge.writer.release.bind(edge.writer);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    edge.writer.release = (record) => held.then(() => release(record));
    const answers = Promise.all(Array.from({ length: count }, () => exchangeRaw(edge.port, get('/v1/items'), { answers: 1 })));
    while (edge.recorder.openRequests < count) await delay(2);
    return () => {
      letGo();
      edge.writer.release = release;
      return answers;
    };
  }

  it('are answered 503 at once with a time to come again, do not start, and are counted', async () => {
    const letGo = await occupy(BOUND);
    const turnedAway = await Promise.all(
      [...Array(70).fill(get('/v1/items')), ...Array(30).fill(post('/v1/items', '{"name":"a"}'))].map((request: string) =>
        exchangeRaw(edge.port, request, { answers: 1 }),
      ),
    );
    for (const [response] of turnedAway) {
      expect(response?.status).toBe(503);
      expect(response?.head).toMatch(/^retry-after: \d+$/im);
      expect(JSON.parse(response?.body ?? '')).toMatchObject({ code: 'overload', status: 503 });
    }
    expect(await letGo()).toHaveLength(BOUND);
    await edge.close();
    expect(edge.store.records.filter(({ kind }) => kind === 'gap')).toMatchObject([
      { gap: { cause: 'overload', count: 100, atMost: 100 } },
    ]);
    expect(edge.store.records.filter(({ kind }) => kind === 'request')).toHaveLength(BOUND);
    expect(ItemsController.effects).toEqual([]);
  });

  it('leave a place for people, and health checks are not counted', async () => {
    const letGo = await occupy(BOUND);
    const statusOf = async (request: string): Promise<number | undefined> =>
      (await exchangeRaw(edge.port, request, { answers: 1 }))[0]?.status;
    expect(await statusOf(get('/v1/items'))).toBe(503);
    expect(await statusOf(get('/v1/items', 'Cookie: session=x\r\nAuthorization: k\r\n'))).toBe(503);
    expect(await statusOf(get('/healthz'))).toBe(200);
    const person = statusOf(get('/v1/items', 'Cookie: session=x\r\n'));
    while (edge.recorder.openRequests <= BOUND) await delay(2);
    await letGo();
    expect(await person).toBe(200);
    expect(await statusOf(get('/v1/items'))).toBe(200);
  });
});
