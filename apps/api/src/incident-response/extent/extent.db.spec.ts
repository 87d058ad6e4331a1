/** The extent of an incident: each of its numbers is what the list of the log counts by the filter beside it; its start is suggested, and confirmed by an admin. */
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { newId, parseId, typeId } from '../../platform/ids';
import { aRecord, storeRecords } from '../../testing/records';
import { organizations, people, startTestApp, type TestApp } from '../../testing/test-app';

let t: TestApp;
beforeAll(async () => (t = await startTestApp(__filename)));
afterAll(() => t.close());

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.now();
const ago = (ms: number): Date => new Date(now - ms);

async function aKey(name: string, { replaces = null, createdAt = ago(40 * DAY) }: { replaces?: string | null; createdAt?: Date } = {}) {
  const id = newId();
  await t.sql(
    `insert into api_key (id, organization_id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at, replaces)
     values ($1, $2, $3, $4, 'x7f2', '{}', $5, 'A admin', $6, $7)`,
    [id, organizations.home, name, Buffer.from(id), people.admin.id, createdAt, replaces],
  );
  return id;
}
const by = (key: string, at: Date, more: Partial<AuditRecord> = {}): AuditRecord =>
  aRecord({
    ...{ startedAt: at.toISOString(), actorType: 'apiKey', actorId: key, actorName: 'Then', apiKeyId: key, apiKeyName: 'Then', apiKeyLast4: 'x7f2', apiKeyState: 'active' },
    ...{ ip: '192.0.2.7', peerIp: '192.0.2.7', country: 'DE', userAgent: 'acme/1.0', ...more },
  }); // prettier-ignore
const openFor = async (...keys: string[]): Promise<string> => {
  const { status, json, text } = await t.call('/v1/incidents', { as: 'admin', body: { apiKeyIds: keys.map((key) => typeId('key', key)) } });
  if (status !== 201) throw new Error(text);
  return json.id as string;
};
const extentOf = async (id: string, query = '', as: 'admin' | 'member' = 'admin') => {
  const { status, json, text } = await t.call(`/v1/incidents/${id}/extent${query}`, { as });
  if (status !== 200) throw new Error(text);
  return json;
};
const behind = async (filter: string): Promise<number> => {
  const { status, json, text } = await t.call(`/v1/audit-logs/stats?${filter}`, { as: 'admin' });
  if (status !== 200) throw new Error(`${filter}: ${text}`);
  return (json.data[0]?.requests ?? 0) as number;
};

/** Three weeks of reading from an office, then somebody else. */
async function aTheft() {
  const old = await aKey(`Old ${newId()}`);
  const key = await aKey(`Production ${newId()}`, { replaces: old, createdAt: ago(20 * DAY) });
  const next = await aKey(`Next ${newId()}`, { replaces: key, createdAt: ago(1 * HOUR) });
  const other = await aKey(`Other ${newId()}`);
  const usual = Array.from({ length: 60 }, (_, at) => by(at < 40 ? old : key, ago(30 * DAY - at * 11 * HOUR), { route: '/v1/invoices', path: '/v1/invoices' })); // prettier-ignore
  const thief = { ip: '203.0.113.9', peerIp: '203.0.113.9', country: 'NL', userAgent: 'curl/8.5' };
  const one = (at: number, more: Partial<AuditRecord> = {}) => by(key, ago(2 * DAY - at * 60_000), { ...thief, route: '/v1/invoices/{id}', path: `/v1/invoices/inv_${at}`, ...more }); // prettier-ignore
  const stolen = [
    ...[0, 1, 2, 3].map((at) => one(at)),
    one(4, { path: '/v1/invoices/inv_1' }),
    one(5, { method: 'PATCH', path: '/v1/invoices/inv_1' }),
    one(6, { method: 'POST', route: '/v1/invoices/{id}/finalize', path: '/v1/invoices/inv_1/finalize', status: null, outcome: 'unknown' }),
    one(7, { method: 'DELETE', route: '/v1/customers/{id}', path: '/v1/customers/c,us*!', status: 403, reason: 'missing_scope' }),
    one(8, { route: '/v1/customers/{id}', path: '/v1/customers/c,us*!', userAgent: 'curl/8.5.0' }),
    one(9, { status: 429, reason: 'key_limit', ip: '203.0.113.10', userAgent: 'Curl/8.5.0' }),
    one(10, { status: 403, reason: null, ip: null, country: null, userAgent: null }),
    one(70, { route: null, path: '/v1/invoices/inv_1/none', status: 404, reason: 'route_not_found', ip: '2001:db8::7' }),
    one(71, { status: 499, outcome: 'aborted', userAgent: 'a,b\\c*!' }),
    one(72, { method: null, route: null, path: null, status: 400, outcome: 'protocolError' }),
  ];
  const later = [by(next, ago(30 * 60_000)), by(next, ago(20 * 60_000), { status: 500, reason: 'handler_error' })];
  const others = [by(other, ago(2 * DAY - HOUR), thief), by(other, ago(1 * DAY)), by(other, ago(25 * DAY)), aRecord({ startedAt: ago(1 * DAY).toISOString(), ip: thief.ip })]; // prettier-ignore
  await storeRecords(t, [...usual, ...stolen, ...later, ...others]);
  return { old, key, next, other, start: stolen[0]!.startedAt, requests: stolen.length + later.length };
}

type Line = { filter: string | null; requests: number; kind?: string } & Record<string, unknown>;

it('begins with the first use that departs, and each number is what its filter finds', async () => {
  const { old, key, next, other, start, requests } = await aTheft();
  const id = await openFor(key);
  const extent = await extentOf(id, '', 'member');
  expect(extent.suggestion).toMatchObject({ suggestedFrom: start, basis: 'departure', because: [{ kind: 'network', value: '203.0.113.0/24' }, { kind: 'country', value: 'NL' }, { kind: 'program', value: 'curl' }, { kind: 'write', at: new Date(Date.parse(start) + 5 * 60_000).toISOString() }, { kind: 'program', value: '' }] }); // prettier-ignore
  expect(extent).toMatchObject({ from: start, exact: true, keys: [old, key, next].map((one) => ({ id: typeId('key', one) })), total: { requests, aborted: 1, unanswered: 1 } }); // prettier-ignore
  expect(extent.addresses).toMatchObject({ total: 5, new: 4 });
  expect(extent.agents.data.find(({ agent }: { agent: string }) => agent === 'acme/1.0')).toMatchObject({
    known: true,
    programKnown: true,
  });
  expect(extent.resources).toMatchObject([
    { type: 'invoice', total: 4, written: 1, data: [{ id: 'inv_1', reads: 2, writes: 2 }, { reads: 1, writes: 0 }, {}, {}] },
    { type: 'customer', total: 1, written: 0, data: [{ id: 'c,us*!', path: '/v1/customers/c,us*!', reads: 1, writes: 0 }] },
  ]);
  expect(extent.otherKeys).toMatchObject({
    total: 1,
    exact: true,
    data: [{ id: typeId('key', other), requests: 2, fromNew: 1, addresses: 2 }],
  });

  const numbers: [string, unknown][] = [];
  const lists: Line[] = [extent.total, ...extent.hours, ...['addresses', 'networks', 'countries', 'agents', 'endpoints', 'refusals'].flatMap((name) => extent[name].data)]; // prettier-ignore
  const unsaid = lists.filter(({ filter }) => filter === null).map(({ agent }) => agent);
  // These two differ by case alone, which the filter does not tell apart; of what has no user agent they are all named.
  expect(unsaid.sort()).toEqual(['Curl/8.5.0', 'curl/8.5.0']);
  for (const line of lists.filter(({ filter }) => filter !== null)) {
    numbers.push([line.filter!, line.requests]);
    for (const [part, query] of Object.entries(extent.partFilters)) if (part in line && line.kind === undefined && line[part] !== 0) numbers.push([`${line.filter}&${query as string}`, line[part]]); // prettier-ignore
  }
  for (const thing of extent.resources.flatMap(({ data }: { data: unknown[] }) => data))
    numbers.push([`${thing.filter}&${extent.partFilters.reads}`, thing.reads], [`${thing.filter}&${extent.partFilters.writes}`, thing.writes]); // prettier-ignore
  for (const one of extent.otherKeys.data) numbers.push([one.filter, one.requests], [one.fromNewFilter, one.fromNew]);
  numbers.push([extent.total.abortedFilter, 1]);
  expect(numbers.length).toBeGreaterThan(80);
  const found: typeof numbers = [];
  for (const [filter] of numbers) found.push([filter, await behind(filter)]);
  expect(found).toEqual(numbers);
}, 60_000);

it('is confirmed by an admin, which stamps the step, and then shown for that period; another period is a matter of asking', async () => {
  const { key, start, requests } = await aTheft();
  const id = await openFor(key);
  const path = `/v1/incidents/${id}/extent`;
  expect((await t.call(path, { as: 'member', method: 'PUT', body: { from: start } })).status).toBe(403);
  expect((await t.call(path, { as: 'admin', method: 'PUT', body: { from: ago(-HOUR).toISOString() } })).json.issues[0].pointer).toBe(
    '/from',
  );
  const { status, json } = await t.call(path, { as: 'admin', method: 'PUT', body: { from: ago(2.5 * DAY).toISOString(), to: ago(HOUR).toISOString() } }); // prettier-ignore
  expect([status, json.scope]).toEqual([200, expect.objectContaining({ from: ago(2.5 * DAY).toISOString(), to: ago(HOUR).toISOString(), confirmedBy: expect.objectContaining({ name: 'A admin' }) })]); // prettier-ignore
  expect(json.steps.find(({ step }: { step: string }) => step === 'scoped').status).toBe('done');
  const [entry] = await t.sql(`select action, after from activity where target_id = $1 and action = 'incident.scoped'`, [
    parseId('inc', id),
  ]);
  expect(entry).toMatchObject({ after: { from: ago(2.5 * DAY).toISOString(), figures: { requests: requests - 2 } } });
  const report = await t.call(`/v1/incidents/${id}/report`, { as: 'admin' });
  expect(report.json.report.extent).toMatchObject({ to: ago(HOUR).toISOString(), figures: { requests: requests - 2, exact: true } });
  const [confirmed, moved] = [await extentOf(id), await extentOf(id, `?from=${start}&to=${new Date(now).toISOString()}`)];
  expect(confirmed).toMatchObject({ from: ago(2.5 * DAY).toISOString(), to: ago(HOUR).toISOString(), total: { requests: requests - 2 } });
  expect(moved).toMatchObject({ from: start, total: { requests }, suggestion: { suggestedFrom: start } });
  expect((await t.call(`${path}?from=2099-01-01`, { as: 'admin' })).json.issues[0].pointer).toBe('?from');
});

it('says what was made meanwhile by whoever stands behind the keys, and what retention has taken', async () => {
  const key = await aKey(`Long ago ${newId()}`, { createdAt: ago(500 * DAY) });
  await storeRecords(t, [by(key, ago(450 * DAY)), by(key, ago(1 * DAY))]);
  const made = await t.call('/v1/api-keys', { as: 'admin', body: { name: `Meanwhile ${newId()}`, scopes: ['invoices:read'] } });
  const extent = await extentOf(await openFor(key), `?from=${ago(480 * DAY).toISOString()}`);
  expect(extent.gone).toMatchObject({ requests: 1, keysSince: ago(500 * DAY).toISOString(), cutsPeriod: true });
  expect(extent).toMatchObject({ total: { requests: 1 }, from: extent.gone.before, comparedFrom: extent.gone.before });
  expect(extent.made.people).toEqual([{ id: typeId('usr', people.admin.id), name: 'A admin' }]);
  expect(extent.made.data[0]).toMatchObject({ action: 'api_key.created', targetId: made.json.id, by: { name: 'A admin' } });
  const { json } = await t.call(`/v1/activity?${extent.made.filters[0]}`, { as: 'admin' });
  expect(json.data.map((entry: { id: string }) => entry.id)).toEqual(extent.made.data.map((entry: { id: string }) => entry.id));
});

it('reads nothing where no key is named or none was used', async () => {
  const { json } = await t.call('/v1/incidents', { as: 'admin', body: { addresses: ['203.0.113.99'] } });
  expect(await extentOf(json.id as string)).toMatchObject({ keys: [], total: null, hours: [], suggestion: { basis: 'unused', suggestedFrom: null }, gone: { requests: 0 } }); // prettier-ignore
  expect(await extentOf(await openFor(await aKey(`Unused ${newId()}`)))).toMatchObject({ total: null, addresses: { data: [], total: 0, new: 0 }, resources: [], otherKeys: { data: [], exact: true } }); // prettier-ignore
});
