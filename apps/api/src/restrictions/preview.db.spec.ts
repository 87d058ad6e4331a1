/** What a restriction would have refused, held against a replay: every stored request put to the door's function, one by one. */
import { refusedByPlace, type PlaceRule } from '@pinebill/contract';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import fc from 'fast-check';
import { parseId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { newRule } from './place-rules';
import type { PlaceFields } from './restrictions.dto';

const DAY_MS = 86_400_000;
const now = Date.now();
const ago = (ms: number): string => new Date(now - ms).toISOString();

/** What the requests of the log are made of; `letIn` is written down here once more, apart from the query. */
const endings: { status: number | null; reason: string | null; letIn: boolean }[] = [
  { status: 200, reason: null, letIn: true },
  { status: 404, reason: 'resource_not_found', letIn: true },
  { status: 400, reason: 'invalid_field', letIn: true },
  { status: 500, reason: 'handler_error', letIn: true },
  { status: null, reason: null, letIn: true },
  { status: 401, reason: 'disabled_key', letIn: false },
  { status: 403, reason: 'ip_not_allowed', letIn: false },
  { status: 403, reason: 'missing_scope', letIn: false },
  { status: 404, reason: 'route_not_found', letIn: false },
  { status: 400, reason: 'malformed_json', letIn: false },
  { status: 429, reason: 'key_limit', letIn: false },
  { status: 503, reason: 'maintenance', letIn: false },
];
const ips = ['10.1.2.3', '10.1.2.4', '10.1.3.4', '203.0.113.9', '198.51.100.7', '2001:db8::1', '2001:db8::2', '2001:db8:0:1::1', null];
const agents = ['Checkout/2.1 node', 'checkout', 'curl/8.5.0', null];
const states = ['active', 'expiring', 'quarantined', 'revoked', 'expired'];
const usable = ['active', 'expiring', 'quarantined'];

let t: TestApp;
const keys: { id: string; uuid: string }[] = [];
const log: { record: AuditRecord; letIn: boolean }[] = [];
const anyRecord = fc.record({
  ending: fc.constantFrom(...endings),
  ip: fc.constantFrom(...ips),
  country: fc.constantFrom('DE', 'US', 'KP', null),
  agent: fc.constantFrom(...agents),
  state: fc.constantFrom(...states, 'active', 'active'),
  key: fc.nat({ max: 2 }),
  backMs: fc.oneof(fc.integer({ min: 60_000, max: 31 * DAY_MS }), fc.integer({ min: 1_000, max: 14 * 60_000 })),
});

beforeAll(async () => {
  t = await startTestApp(__filename);
  for (const name of ['One', 'Two', 'Three']) {
    const { json } = await t.call('/v1/api-keys', { as: 'admin', body: { name, scopes: ['invoices:read'] } });
    keys.push({ id: json.id, uuid: parseId('key', json.id)! });
  }
  for (const { ending, ip, country, agent, state, key, backMs } of fc.sample(anyRecord, 400)) {
    const [apiKeyId, startedAt] = [keys[key]!.uuid, ago(backMs)];
    const caller = { actorType: 'apiKey', actorId: apiKeyId, actorName: 'K', apiKeyId, apiKeyName: 'K', apiKeyLast4: 'x7f2', apiKeyState: state } as const;
    const { status, reason, letIn } = ending;
    const record = aRecord({ startedAt, ...caller, ip, country, userAgent: agent, status, reason, outcome: status === null ? 'unknown' : 'completed' });
    log.push({ record, letIn: letIn && usable.includes(state) });
  }
  // Not of a key: a person, nobody, and another organization, all from where every rule below refuses.
  const others = [{ actorType: 'user' }, {}, { organizationId: organizations.other, apiKeyId: keys[0]!.uuid, actorType: 'apiKey', apiKeyState: 'active' }] as const;
  await storeRecords(t, [...log.map(({ record }) => record), ...others.map((fields) => aRecord({ ...fields, startedAt: ago(120_000), ip: '192.0.2.1' }))]);
}); // prettier-ignore
afterAll(() => t.close());

const preview = async (rule: PlaceFields, apiKeyId?: string) =>
  (await t.call('/v1/restrictions/preview', { as: 'admin', body: { rule, apiKeyId } })).json;

function replay(rule: PlaceRule, key: string | undefined, days: number) {
  const uuid = keys.find(({ id }) => id === key)?.uuid;
  const letIn = log
    .flatMap((one) => (one.letIn ? [one.record] : []))
    .filter(({ apiKeyId, startedAt }) => (uuid === undefined || apiKeyId === uuid) && Date.parse(startedAt) >= now - days * DAY_MS);
  const refused = letIn.filter(({ ip, country }) => refusedByPlace({ ip, country }, rule) !== null);
  const network = (ip: string | null): string | null =>
    ip === null ? null : ip.includes(':') ? (ip === '2001:db8:0:1::1' ? 'two' : 'one') : ip.replace(/\.\d+$/, '');
  const family = (agent: string | null): string | null => agent && agent.toLowerCase().replace(/[/ ].*$/, '');
  const callers = new Set(refused.map(({ apiKeyId, ip, userAgent }) => JSON.stringify([apiKeyId, network(ip), family(userAgent)])));
  const recent = refused.filter(({ startedAt }) => Date.parse(startedAt) > now - 14.5 * 60_000);
  return { accepted: letIn.length, refused: refused.length, callers: callers.size, wouldLockOut: recent.length > 0 };
}

const countries = fc.option(fc.uniqueArray(fc.constantFrom('DE', 'US', 'KP'), { minLength: 1 }));
const anyRule: fc.Arbitrary<PlaceFields> = fc.record({
  allowedCidrs: fc.option(
    fc.uniqueArray(fc.constantFrom('10.0.0.0/8', '10.1.2.3', '203.0.113.0/24', '2001:db8::/64', '::ffff:10.1.2.0/120', '0.0.0.0/0'), { minLength: 1 }),
  ),
  allowedCountries: countries,
  deniedCountries: countries,
  unknownCountry: fc.option(fc.constantFrom('allow', 'refuse')),
}); // prettier-ignore

it('says of every rule what a replay of the log refuses, for a key and for all', async () => {
  expect(log.filter(({ letIn }) => letIn).length).toBeGreaterThan(50);
  await fc.assert(
    fc.asyncProperty(anyRule, fc.constantFrom(undefined, undefined, 0, 1), async (rule, key) => {
      const apiKeyId = key === undefined ? undefined : keys[key]!.id;
      const found = await preview(rule, apiKeyId);
      expect(found).toMatchObject({ ...replay(newRule(rule), apiKeyId, 30), limitedBy: null });
      const listed = (found.topCallers as { requests: number }[]).reduce((sum, { requests }) => sum + requests, 0);
      expect(found.callers > 20 || listed === found.refused).toBe(true);
    }),
    { numRuns: 25 },
  );
});

it('names callers by key, network, program, country and time, those with most requests first, and says what became of the one who asks', async () => {
  const found = await preview({ allowedCidrs: ['192.0.2.0/24'] });
  const [first, ...rest] = found.topCallers;
  expect(first).toEqual({
    apiKey: { id: expect.stringMatching(/^key_/), name: expect.stringMatching(/^(One|Two|Three)$/) },
    network: first.network,
    ip: first.ip,
    userAgent: first.userAgent,
    country: first.country,
    reason: 'ip_not_allowed',
    requests: expect.any(Number),
    lastSeenAt: expect.any(String),
  });
  expect(found.topCallers.map(({ network }: { network: string }) => network)).toEqual(
    expect.arrayContaining(['10.1.2.0/24', '2001:db8::/64']),
  );
  expect(rest.every(({ requests }: { requests: number }) => requests <= first.requests)).toBe(true);
  expect(found.you).toEqual({ ip: '127.0.0.1', country: null, reason: 'ip_not_allowed' });
  expect(new Date(found.to).getTime() - new Date(found.from).getTime()).toBe(30 * DAY_MS);
});

it('says that it looked back as far as the plan shows, and no further', async () => {
  await t.sql(`update organization set plan = 'starter'`);
  const rule = { allowedCidrs: ['10.1.2.3'] };
  const found = await preview(rule);
  expect(found).toMatchObject({ ...replay(newRule(rule), undefined, 7), limitedBy: 'retention' });
  expect(new Date(found.to).getTime() - new Date(found.from).getTime()).toBe(7 * DAY_MS);
  await t.sql(`update organization set plan = 'enterprise'`);
});

it('shows another organization nothing, and takes no key of another', async () => {
  const body = { rule: { allowedCidrs: ['10.1.2.3'] } };
  expect((await t.call('/v1/restrictions/preview', { as: 'stranger', body })).json).toMatchObject({ accepted: 1, refused: 1 });
  const foreign = await t.call('/v1/restrictions/preview', { as: 'stranger', body: { ...body, apiKeyId: keys[0]!.id } });
  expect([foreign.status, foreign.json.code]).toEqual([404, 'resource_not_found']);
});
