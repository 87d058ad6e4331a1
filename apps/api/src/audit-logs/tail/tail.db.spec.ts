/** The live tail over HTTP, while records are stored by this process, by another one, and by one that tells nobody. */
import { Client } from 'pg';
import { setTimeout as delay } from 'node:timers/promises';
import { RecordNews } from '../../database/record-news';
import { parseId } from '../../platform/ids';
import { openStream, until, type EventStream } from '../../testing/event-stream';
import { aRecord, storeRecords } from '../../testing/records';
import { anotherProcess, organizations, people, startTestApp, type Person, type TestApp } from '../../testing/test-app';
import { LogTails } from './log-tails.service';

let t: TestApp;
const cookies = new Map<Person, Promise<string>>();
const cookieOf = (as: Person): Promise<string> => cookies.get(as) ?? cookies.set(as, t.signIn(as)).get(as)!;
const streams = new Set<EventStream>();
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  streams.clear();
  await until(() => t.app.get(LogTails).size === 0);
});
afterAll(() => t.close());

const HOUR = 3_600_000;
async function tail(
  query = '',
  { as = 'admin', lastId, url = t.url, cookie }: { as?: Person; lastId?: string; url?: string; cookie?: string } = {},
) {
  const headers = { cookie: cookie ?? (await cookieOf(as)), ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
  const stream = await openStream(`${url}/v1/audit-logs/stream?${query}`, headers);
  streams.add(stream);
  if (stream.status === 200) await until(() => stream.lastId() !== '');
  return stream;
}
/** Only what this spec stores: its own calls are recorded as well. */
const mine = 'userAgent=tail-spec';
const record = (path: string, fields: object = {}) =>
  aRecord({ startedAt: new Date().toISOString(), path, userAgent: 'tail-spec', actorType: 'system', actorName: 'spec', ...fields });
const stored = async (...records: ReturnType<typeof aRecord>[]) => {
  await storeRecords(t, records);
  t.app.get(RecordNews).stored([organizations.home]);
};
const paths = ({ events }: EventStream) =>
  events.filter(({ event }) => event === 'record').map(({ data }) => (JSON.parse(data) as { path: string }).path);
const ids = ({ events }: EventStream) => events.map(({ id }) => Number(id));

it('tells each call within 2 s of its answer, as the list shows it, with its place as the id', async () => {
  const stream = await tail('path=/v1/customers&actorType=user');
  expect([stream.status, stream.response.headers['content-type'], stream.response.headers['cache-control']]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    'no-store',
  ]);
  const { headers } = await t.call('/v1/customers', { as: 'member' });
  await until(() => stream.events.length > 0, 2_000);
  const [event] = stream.events;
  const told = JSON.parse(event!.data) as { id: string; sequence: number; requestId: string };
  expect(told).toEqual((await t.call(`/v1/audit-logs/${told.id}`, { as: 'admin' })).json);
  expect([event!.event, event!.id, told.requestId]).toEqual(['record', String(told.sequence), headers.get('request-id')]);
});

it('tells every record once and in order, over cuts at any moment and in whichever process the reader comes back', async () => {
  const other = await anotherProcess(t);
  const all = Array.from({ length: 40 }, (_, index) => `/v1/n${index}`);
  const first = await tail(mine);
  first.close();
  const writing = (async () => {
    for (const [index, path] of all.entries()) {
      // Some of it is told to nobody, and found with the next news.
      await storeRecords(t, [record(path), record('/v1/left-out', { userAgent: 'other' })]);
      if (index % 3 > 0) t.app.get(RecordNews).stored([organizations.home]);
      await delay(10);
    }
  })();
  const told: string[] = [];
  const places: number[] = [];
  let lastId = first.lastId();
  for (let cut = 0; told.at(-1) !== all.at(-1); cut++) {
    expect(cut).toBeLessThan(40);
    const stream = await tail(mine, { lastId, url: cut % 2 === 0 ? t.url : other.url });
    await delay(20 + 2 * cut);
    stream.close();
    await until(() => stream.isOver());
    told.push(...paths(stream));
    places.push(...ids(stream));
    lastId = stream.lastId();
  }
  await writing;
  await other.close();
  expect(told).toEqual(all);
  expect(places).toEqual([...places].sort((a, b) => a - b));
});

it('goes on after a restart of the process where the reader had come to, and tells what was missed before what is new', async () => {
  const before = await anotherProcess(t);
  const stream = await tail(mine, { url: before.url });
  await stored(record('/v1/before'));
  await until(() => paths(stream).length === 1);
  await before.close();
  expect(stream.isOver()).toBe(true);
  await stored(...Array.from({ length: 1_200 }, (_, index) => record(`/v1/meanwhile${index}`)));
  const after = await anotherProcess(t);
  const again = await tail(mine, { url: after.url, lastId: stream.lastId() });
  await stored(record('/v1/after'));
  await until(() => paths(again).at(-1) === '/v1/after');
  expect(paths(again)).toEqual([...Array.from({ length: 1_200 }, (_, index) => `/v1/meanwhile${index}`), '/v1/after']);
  await after.close();
});

it('passes over what the filter leaves out, and what this reader may not see; of another organization it tells nothing', async () => {
  const [all, some, member, stranger] = [
    await tail(mine),
    await tail(`${mine}&status=!200&path=/v1/a*`),
    await tail(mine, { as: 'member' }),
    await tail('', { as: 'stranger' }),
  ];
  await stored(
    record('/v1/a'),
    record('/v1/ab', { status: 404 }),
    record('/v1/b', { status: 404 }),
    record('/v1/nobody', { actorType: 'anonymous' }),
  );
  await stored(record('/v1/old', { startedAt: new Date(Date.now() - 500 * 24 * HOUR).toISOString() }), record('/v1/last'));
  await until(() => [all, member].every((stream) => paths(stream).at(-1) === '/v1/last'));
  expect(paths(all)).toEqual(['/v1/a', '/v1/ab', '/v1/b', '/v1/nobody', '/v1/last']);
  expect(paths(some)).toEqual(['/v1/ab']);
  expect(paths(member)).toEqual(['/v1/a', '/v1/ab', '/v1/b', '/v1/last']);
  // Its own sign-in, at most.
  expect(paths(stranger).filter((path) => path !== '/v1/session')).toEqual([]);
});

it('says which records it cannot tell any more, and goes on with the first that it can', async () => {
  const old = new Date(Date.now() - 10 * 24 * HOUR).toISOString();
  const there = { organizationId: organizations.other, actorType: 'user', actorId: people.stranger.id } as const;
  await storeRecords(t, [
    record('/v1/old1', { ...there, startedAt: old }),
    record('/v1/old2', { ...there, startedAt: old }),
    record('/v1/new', there),
  ]);
  await t.sql(`update organization set plan = 'starter' where id = $1`, [organizations.other]);
  const places = (
    await t.sql<{ sequence: string }>(`select sequence from audit_record where organization_id = $1 and path like '/v1/old%' order by 1`, [
      organizations.other,
    ])
  ).map(({ sequence }) => Number(sequence));
  const first = places[0]!;
  const stream = await tail(mine, { as: 'stranger', lastId: String(first - 1) });
  await until(() => stream.events.length === 2);
  const gap = { event: 'gap', id: String(first + 1), data: JSON.stringify({ from: first, to: first + 1, cause: 'retention' }) };
  expect(stream.events).toEqual([gap, expect.objectContaining({ event: 'record', id: String(first + 2) })]);
  const unknown = await tail(mine, { as: 'stranger', lastId: '900000000' });
  await until(() => unknown.events.length === 1);
  expect(unknown.events[0]).toMatchObject({ event: 'gap', data: expect.stringContaining('unknownId') as string });
  expect(Number(unknown.lastId())).toBeLessThan(900_000_000);
});

describe('ends within a second', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['the role changes', () => t.sql(`update membership set role = 'guest' where user_id = $1`, [people.member.id])],
    ['the person is suspended', () => t.sql(`update membership set suspended_at = now() where user_id = $1`, [people.member.id])],
    ['the session ends', () => t.sql(`update user_session set ended_at = now() where user_id = $1`, [people.member.id])],
  ])('when %s', async (_, end) => {
    const stream = await tail('', { as: 'member', cookie: await t.signIn('member') });
    await end();
    await until(() => stream.isOver(), 1_000);
    expect(stream.response.complete).toBe(true);
    await t.sql(`update membership set role = 'member', suspended_at = null where user_id = $1`, [people.member.id]);
  });

  it('when the key is revoked; a key without the scope gets none', async () => {
    const mint = async (name: string, scopes: string[]) =>
      (await t.call('/v1/api-keys', { as: 'admin', body: { name, scopes } })).json as { id: string; secret: string };
    const [reader, other] = [await mint('Reader', ['audit:read']), await mint('Other', ['invoices:read'])];
    const follow = (key: { secret: string }) => openStream(`${t.url}/v1/audit-logs/stream`, { authorization: `Bearer ${key.secret}` });
    const [stream, refused] = [await follow(reader), await follow(other)];
    expect([stream.status, refused.status]).toEqual([200, 403]);
    await t.call(`/v1/api-keys/${reader.id}/revoke`, { as: 'admin', body: { reason: 'spec' } });
    await until(() => stream.isOver(), 1_000);
  });
});

it('leaves one record, made when it has ended', async () => {
  const stream = await tail(`${mine}&reason=role`);
  const requestId = parseId('req', stream.response.headers['request-id'] as string);
  const found = () => t.sql(`select id, status, outcome, duration_ms > 100 as lasted from audit_record where id = $1`, [requestId]);
  await delay(150);
  expect(await found()).toEqual([]);
  stream.close();
  let rows = await found();
  for (let tries = 0; rows.length === 0 && tries < 400; tries++) rows = await delay(10).then(found);
  expect(rows).toEqual([{ id: requestId, status: 200, outcome: 'aborted', lasted: true }]);
});

it('drops a reader that does not read, and nobody else', async () => {
  const [slow, good] = [await tail(mine), await tail(mine)];
  slow.response.pause();
  const long = 'x'.repeat(2_000);
  for (let batch = 0; batch < 12; batch++)
    await stored(...Array.from({ length: 250 }, (_, index) => record(`/v1/${batch}-${index}`, { path: `/${long}` })));
  await until(() => t.app.get(LogTails).size === 1, 8_000);
  await until(() => good.events.length === 3_000);
  slow.response.resume();
  await until(() => slow.isOver());
  expect(slow.response.complete).toBe(false);
});

it('keeps a reader that reads, however much comes at once', async () => {
  const stream = await tail(mine);
  await stored(...Array.from({ length: 500 }, () => record(`/${'x'.repeat(3_000)}`)));
  await until(() => stream.events.length === 500);
  await stored(record('/v1/after'));
  await until(() => paths(stream).at(-1) === '/v1/after');
});

it('200 tails cost PostgreSQL hardly more than one', async () => {
  const sent = jest.spyOn(Client.prototype, 'query'); // counts, and lets through
  /** From a record to its last reader, and two looks whether each may still read (they come every 400 ms). */
  const costOf = async (tails: readonly { events: unknown[] }[], path: string): Promise<number> => {
    const before = sent.mock.calls.length;
    await stored(record(path));
    await until(() => tails.every(({ events }) => events.length === 1));
    await delay(900);
    return sent.mock.calls.length - before;
  };
  const ofOne = await costOf([await tail(mine)], '/v1/for-one');
  const ofAll = await costOf(await Promise.all(Array.from({ length: 199 }, () => tail(mine))), '/v1/for-all');
  sent.mockRestore();
  // Each by itself would send 199 more for the record alone.
  expect(ofAll - ofOne).toBeLessThan(40);
  // However many one organization opens, another has room.
  const more = await Promise.all(Array.from({ length: 101 }, () => tail(mine)));
  expect(more.filter(({ status }) => status === 503)).toHaveLength(1);
  expect((await tail(mine, { as: 'stranger' })).status).toBe(200);
});

it.each([
  ['Last-Event-ID', '', 'soon'],
  ['?', 'limit=5', undefined],
  ['?status', 'status=40', undefined],
])('refuses a wrong %s', async (pointer, query, lastId) => {
  const { status, json } = await t.call(`/v1/audit-logs/stream?${query}`, {
    as: 'admin',
    headers: lastId ? { 'last-event-id': lastId } : {},
  });
  expect([status, json.issues[0].pointer]).toEqual([400, pointer]);
});

it('answers HEAD, and is not for guests', async () => {
  expect((await t.call('/v1/audit-logs/stream', { as: 'admin', method: 'HEAD' })).status).toBe(200);
  expect((await t.call('/v1/audit-logs/stream', { as: 'guest' })).status).toBe(403);
});
