/** The page of an address and of its network tells what a recount of the records tells, and nothing of other organizations. */
import { everyRecord, readCallersAt, type AuditRecord } from '@pinebill/nestjs-audit';
import fc from 'fast-check';
import { Client } from 'pg';
import { typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';
import { RollupHours } from './rollup-hours.jobs';

let t: TestApp;
const keyIds = ['0193a0b0-0000-7000-8000-00000000000a', '0193a0b0-0000-7000-8000-00000000000b'];
beforeAll(async () => {
  t = await startTestApp(__filename);
  for (const [index, id] of keyIds.entries())
    await t.sql(
      `insert into api_key (id, organization_id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at)
       values ($1, $2, $3, $4, 'x7f2', '{}', $5, 'A admin', now())`,
      [id, organizations.home, `Key ${index}`, Buffer.from([index]), people.admin.id],
    );
});
afterAll(() => t.close());

const about = async (address: string, as: 'admin' | 'member' | 'stranger' = 'admin', query = '') => {
  const { status, json, text } = await t.call(`/v1/audit-logs/addresses/${encodeURIComponent(address)}${query}`, { as });
  if (status !== 200) throw new Error(text);
  return json;
};

const aCall = fc.record({
  minutesAgo: fc.integer({ min: 1, max: 60 * 30 }),
  ip: fc.constantFrom('203.N.113.7', '203.N.113.7', '203.N.113.9', '203.N.114.7', '2001:dbN::7', '2001:dbN::ff:9', '2001:dbN:0:1::7', null),
  status: fc.constantFrom(200, 200, 401, 404, 503, null),
  key: fc.constantFrom(null, 0, 1),
  country: fc.constantFrom(null, 'DE', 'NL'),
  userAgent: fc.constantFrom(null, 'curl/8', 'acme/1'),
});
type Call = typeof aCall extends fc.Arbitrary<infer T> ? T : never;
type Made = Omit<Call, 'ip' | 'minutesAgo'> & { at: string; ip: string | null };

const recordOf = ({ at, ip, status, key, country, userAgent }: Made): AuditRecord => {
  const id = key === null ? null : keyIds[key]!;
  const by = id === null ? {} : { actorType: 'apiKey' as const, actorId: id, actorName: 'Then', apiKeyId: id, apiKeyName: 'Then', apiKeyLast4: 'x7f2', apiKeyState: 'active' as const }; // prettier-ignore
  return aRecord({ startedAt: at, ip, peerIp: ip, status, country, userAgent, ...by });
};
/** Each run has networks of its own. */
const networksOf = (run: number): Record<string, (ip: string | null) => boolean> => ({
  [`203.${run}.113.0/24`]: (ip) => ip?.startsWith(`203.${run}.113.`) ?? false,
  [`2001:db${run}::/64`]: (ip) => ip === `2001:db${run}::7` || ip === `2001:db${run}::ff:9`,
});
type Sizes = Record<string, number>;
function sizes(calls: readonly Made[], of: (call: Made) => unknown): Sizes {
  const counted = new Map<string, number>();
  for (const call of calls) counted.set(String(of(call)), (counted.get(String(of(call))) ?? 0) + 1);
  return Object.fromEntries([...counted].sort());
}
type Group = { requests: number; [value: string]: unknown };
const told = (groups: readonly Group[], of: (group: Group) => unknown): Sizes =>
  Object.fromEntries(groups.map((group) => [String(of(group)), group.requests] as const).sort());

type About = Record<'statuses' | 'callers' | 'countries' | 'agents' | 'neighbours', Group[]> & Record<string, unknown>;
function expectRecount(answer: About, own: readonly Made[], near: readonly Made[]): void {
  const times = own.map(({ at }) => at).sort();
  const inClass = (first: number) => own.filter(({ status }) => Math.floor((status ?? 0) / 100) === first).length;
  expect(answer).toMatchObject({ requests: own.length, clientErrors: inClass(4), serverErrors: inClass(5), exact: true, countedFrom: answer['from'] }); // prettier-ignore
  expect([answer['firstSeenAt'], answer['lastSeenAt']]).toEqual([times[0] ?? null, times.at(-1) ?? null]);
  expect(told(answer.statuses, (group) => group['status'])).toEqual(sizes(own, ({ status }) => status));
  const keyName = (group: Group) => (group['apiKey'] as { name: string } | null)?.name; // as the DTO says
  expect(told(answer.callers, keyName)).toEqual(sizes(own, ({ key }) => (key === null ? undefined : `Key ${key}`)));
  expect(told(answer.countries, (group) => group['country'])).toEqual(sizes(own, ({ country }) => country));
  expect(told(answer.agents, (group) => group['agent'])).toEqual(sizes(own, ({ userAgent }) => userAgent));
  expect(told(answer.neighbours, (group) => group['address'])).toEqual(sizes(near, ({ ip }) => ip));
}

it('tells of any traffic what a recount tells, of an address and of its network, whether hours are summed up or not', async () => {
  let run = 0;
  const one = fc.asyncProperty(fc.array(aCall, { minLength: 10, maxLength: 80 }), fc.boolean(), async (calls, summedUp) => {
    run += 1;
    const now = Date.now();
    const made = calls.map((call): Made => ({ ...call, ip: call.ip?.replace('N', String(run)) ?? null, at: new Date(now - call.minutesAgo * 60_000).toISOString() })); // prettier-ignore
    await storeRecords(t, made.map(recordOf)); // prettier-ignore
    if (summedUp) await t.app.get(RollupHours).sumUp();
    for (const [network, holds] of Object.entries(networksOf(run))) {
      const near = made.filter(({ ip }) => holds(ip));
      expectRecount(await about(network), near, near);
      const address = network.includes(':') ? `2001:db${run}::7` : `203.${run}.113.7`;
      const answer = await about(address.includes(':') ? address.replace('::', ':0:0::').toUpperCase() : `::ffff:${address}`);
      expect([answer.address, answer.network]).toEqual([address, network]);
      expectRecount(answer, made.filter(({ ip }) => ip === address), near); // prettier-ignore
    }
  });
  await fc.assert(one, { numRuns: 4 });
}, 60_000);

it('reads so much at the most, the newest, and knows when it began all the same', async () => {
  const at = (minutesAgo: number): string => new Date(Math.floor(Date.now() / 60_000) * 60_000 - minutesAgo * 60_000).toISOString();
  const from = (minutesAgo: number, ip: string) => aRecord({ startedAt: at(minutesAgo), ip });
  // A minute of many addresses, not all of which are told apart.
  const crowd = Array.from({ length: 260 }, (_, index) => from(200, `198.51.${100 + (index >> 8)}.${index & 255}`));
  await storeRecords(t, [from(600, '192.0.2.7'), from(400, '192.0.2.7'), from(90, '192.0.2.7'), ...crowd]);
  const client = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await client.connect();
  const filter = { ...everyRecord, conditions: [{ field: 'ip', negated: false, anyOf: [{ kind: 'addressRange', first: '192.0.2.7', last: '192.0.2.7' }] }] } as const; // prettier-ignore
  const read = (mostRows: number) =>
    readCallersAt({ query: async (sql, values) => (await client.query(sql, values as unknown[])).rows }, { organizationId: organizations.home, filter, from: new Date(at(1_000)), to: new Date(at(0)), mostRows, mostGroups: 9 }); // prettier-ignore
  // Its own rows are counted, however many others there are; where they are too many, so are those of everybody.
  const [all, some] = [await read(3), await read(2)];
  await client.end();
  expect(all).toMatchObject({ requests: 3, firstAt: new Date(at(600)), lastAt: new Date(at(90)), countedFrom: new Date(at(1_000)) });
  expect(some).toMatchObject({ requests: 1, firstAt: new Date(at(600)), lastAt: new Date(at(90)), countedFrom: new Date(at(90)) });
});

it('shows nothing of another organization, of before the retention, or of nobody to whoever must not see it', async () => {
  const old = new Date(Date.now() - 500 * 86_400_000).toISOString();
  const now = new Date(Date.now() - 60_000).toISOString();
  await storeRecords(t, [aRecord({ startedAt: old, ip: '192.0.2.1' }), recordOf({ at: now, ip: '192.0.2.1', status: 200, key: 0, country: null, userAgent: null }), aRecord({ startedAt: now, ip: '192.0.2.1' })]); // prettier-ignore
  expect(await about('192.0.2.1')).toMatchObject({ requests: 2, firstSeenAt: now });
  // Members of home, beside another organization, do not see the requests of nobody.
  expect(await about('192.0.2.1', 'member')).toMatchObject({ requests: 1, callers: [{ apiKey: { id: typeId('key', keyIds[0]!) } }], neighbours: [{ requests: 1 }] }); // prettier-ignore
  expect(await about('192.0.2.1', 'stranger')).toMatchObject({ requests: 0, firstSeenAt: null, lastSeenAt: null, callers: [], neighbours: [] }); // prettier-ignore
  expect(await about('192.0.2.1', 'admin', `?to=${old}`)).toMatchObject({ requests: 0, callers: [] });
});

it.each(['300.1.1.1', '010.0.0.1', '10.0.0.0/8', '2001:db8::/48', 'fe80::1%eth0', 'localhost'])('refuses %s', async (address) => {
  const { status, json } = await t.call(`/v1/audit-logs/addresses/${encodeURIComponent(address)}`, { as: 'admin' });
  expect([status, json.code, json.issues[0].pointer]).toEqual([400, 'invalid_field', '/ip']);
  expect(json.issues[0].expected).toMatch(/^must be an IPv4 or IPv6 address/);
});
