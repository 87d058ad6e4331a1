/** The extent is what a count over the records says that shares nothing with the SQL: of 200,000 random records, and of many small logs. */
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { AuditRecord } from '../audit.types';
import { PostgresStore } from '../postgres-store';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from '../testing/audit-database';
import { readExtent, type Extent, type KnownUse } from './extent.reader';
import { readFirstUses, readFirstWrite } from './first-uses.reader';
import { readNeighbourKeys } from './neighbour-keys.reader';
import { readTouchedResources } from './resources.reader';

let database: AuditDatabase;
let store: PostgresStore;
beforeAll(async () => {
  database = await auditDatabase(__filename);
  // Indexes that the extent is not read by take most of the time of storing it.
  for (const name of [
    'route',
    'route_error',
    'status',
    'agent',
    'country',
    'reason',
    'key_fingerprint',
    'slow',
    'path',
    'sequence',
    'caller_error',
  ])
    await database.as('pinebill_maintenance').query(`drop index audit_log_${name}`);
  store = new PostgresStore({ url: database.url });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const START = Date.UTC(2026, 0, 31, 22, 30); // over the turn of a month
const SPAN = 30 * 3_600_000;
const lineage: string[] = [randomUUID(), randomUUID()];
const others = [randomUUID(), randomUUID(), null];
const routes = [
  ['GET', '/v1/invoices'], ['POST', '/v1/invoices'], ['GET', '/v1/invoices/{id}'], ['PATCH', '/v1/invoices/{id}'], ['POST', '/v1/invoices/{id}/pay'],
  ['HEAD', '/v1/customers/{id}'], ['DELETE', '/v1/customers/{customerId}/cards/{id}'], ['GET', '/v1/files/{id}.pdf'], ['GET', null], [null, null],
] as const; // prettier-ignore
const statuses = [200, 200, 201, 204, 302, 400, 401, 403, 404, 429, 499, 500, 503, null];
const addresses = ['203.0.113.7', '203.0.113.9', '203.0.114.7', '198.51.100.1', '2001:db8::7', '2001:db8::ff:9', '2001:db8:0:1::7', null];
const agents = ['curl/8.5', 'CURL/8.5.0', 'acme/1 (curl/8.5)', 'acme', null];
const longAgent = `long ${'x'.repeat(600)}`;
const reasons = ['role', 'key_limit', 'revoked_key', null];

type Random = (bound: number) => number;
/** The same at every run (xorshift). */
function seeded(seed: number): Random {
  let state = seed;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}
const pick = <T>(list: readonly T[], random: Random): T => list[random(list.length)]!;

/** Without what takes time to store and is not looked at. */
const plain = aRecord({ query: null, authMs: null, handlerMs: null, durationMs: null });
function callOf(organizationId: string, random: Random): AuditRecord {
  const [method, route] = pick(routes, random);
  const id = `r_${random(random(2) ? 12 : 3_000)}`;
  const path = route === null ? pick(['/nowhere', null], random) : route.replace('{customerId}', `c_${random(9)}`).replace('{id}', random(50) === 0 ? pick(['[redacted]', ''], random) : id); // prettier-ignore
  const apiKeyId = random(3) ? pick(lineage, random) : pick(others, random);
  // A minute in thirty, so that the store has fewer of them to count.
  const at = START + random(SPAN / 1_800_000) * 1_800_000 + random(60_000);
  const ip = random(20) ? pick(addresses, random) : `10.${random(3)}.${random(200)}.${random(4)}`;
  return {
    ...plain,
    ...{ id: randomUUID(), organizationId, startedAt: new Date(at).toISOString(), method, route, path, apiKeyId, ip, peerIp: ip, apiKeyName: pick(['Old name', 'New name'], random) },
    ...{ actorType: apiKeyId === null ? 'anonymous' : 'apiKey', status: pick(statuses, random), reason: pick(reasons, random), country: pick(['DE', 'NL', 'US', null], random) },
    ...{ userAgent: random(30) ? pick(agents, random) : random(9) ? `bot/${random(400)}` : longAgent, responseBytes: pick([0, 312, 5_000_000_000, null], random), kind: random(40) ? 'request' : 'gap' },
  }; // prettier-ignore
}
async function stored(unsorted: readonly AuditRecord[]): Promise<void> {
  const journalId = randomUUID();
  const records = [...unsorted].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  for (let at = 0; at < records.length; at += 10_000) {
    const entries = records.slice(at, at + 10_000).map((record, index) => ({ offset: BigInt(at + index + 1), record }));
    await store.append({ journalId, entries, upTo: BigInt(at + entries.length) });
  }
}

// ---- The same once more, from the records.

const shownAgent = (record: AuditRecord) => record.userAgent?.slice(0, 200) ?? null;
function networkOf(ip: string | null): string | null {
  if (ip === null) return null;
  if (!ip.includes(':')) return `${ip.split('.').slice(0, 3).join('.')}.0/24`;
  // Of the addresses above.
  return ip.startsWith('2001:db8:0:1:') ? '2001:db8:0:1::/64' : '2001:db8::/64';
}
const isWrite = ({ method }: AuditRecord) => method !== 'GET' && method !== 'HEAD';
const isRefused = ({ status }: AuditRecord) => status === 401 || status === 403 || status === 429;
const isError = (record: AuditRecord) => record.status !== null && record.status >= 400 && !isRefused(record);
const failed = (record: AuditRecord) => isRefused(record) || isError(record);
function groups(records: readonly AuditRecord[], of: (record: AuditRecord) => unknown): Map<string, AuditRecord[]> {
  const found = new Map<string, AuditRecord[]>();
  for (const record of records)
    for (const key of [of(record)].flat()) {
      const name = JSON.stringify(key);
      const list = found.get(name);
      if (list) list.push(record);
      else found.set(name, [record]);
    }
  return found;
}
function times(records: readonly AuditRecord[]) {
  let [first, last] = [Infinity, -Infinity];
  for (const { startedAt } of records) {
    const at = Date.parse(startedAt);
    first = Math.min(first, at);
    last = Math.max(last, at);
  }
  return { firstAt: new Date(first), lastAt: new Date(last) };
}
function figures(records: readonly AuditRecord[]) {
  const count = (holds: (record: AuditRecord) => boolean): number => records.filter(holds).length;
  return {
    requests: records.length,
    accepted: count(({ status }) => status !== null && status < 400),
    refused: count(isRefused),
    errors: count(isError),
    unanswered: count(({ status }) => status === null),
    reads: count((record) => !isWrite(record) && !failed(record)),
    writes: count((record) => isWrite(record) && !failed(record)),
    bytesOut: records.reduce((sum, { responseBytes }) => sum + (responseBytes ?? 0), 0),
  };
}
/** What is told of each line of a list, by its name. */
type Told = Record<string, unknown>;
const recounted = (found: Map<string, AuditRecord[]>, more: (records: AuditRecord[], name: string) => object = () => ({})): Told =>
  Object.fromEntries([...found].map(([name, records]) => [name, { ...figures(records), ...times(records), ...more(records, name) }]));
function told<L extends object>(lines: readonly L[], ...names: (keyof L)[]): Told {
  return Object.fromEntries(lines.map((line) => [JSON.stringify(names.length === 1 ? line[names[0]!] : names.map((name) => line[name])), Object.fromEntries(Object.entries(line).filter(([name]) => !names.includes(name as keyof L)))])); // prettier-ignore
}
const distinctOf = (values: readonly (string | null)[]) => [...new Set(values)];

type Period = { from: Date; to: Date };
const within = ({ startedAt, kind }: AuditRecord, { from, to }: Period) => kind === 'request' && Date.parse(startedAt) >= from.getTime() && Date.parse(startedAt) < to.getTime(); // prettier-ignore
const isOwn = ({ apiKeyId }: AuditRecord) => apiKeyId !== null && lineage.includes(apiKeyId);

function expectExtent(extent: Extent, own: readonly AuditRecord[], before: readonly AuditRecord[]): void {
  const seenBefore = (of: (record: AuditRecord) => string | null) => {
    const values = new Set(before.map(of));
    return (_: unknown, name: string) => ({ known: values.has(JSON.parse(name) as string | null) });
  };
  const network = (record: AuditRecord) => networkOf(record.ip);
  const [knowsAddress, knowsNetwork, knowsAgent] = [seenBefore(({ ip }) => ip), seenBefore(network), seenBefore(shownAgent)];
  expect(extent.total).toEqual(own.length === 0 ? null : { ...figures(own), ...times(own), aborted: own.filter(({ status }) => status === 499).length }); // prettier-ignore
  const hourOf = ({ startedAt }: AuditRecord) => new Date(Math.floor(Date.parse(startedAt) / 3_600_000) * 3_600_000);
  expect(told(extent.hours, 'from')).toEqual(Object.fromEntries([...groups(own, hourOf)].map(([hour, records]) => [hour, figures(records)]))); // prettier-ignore
  expect(told(extent.addresses.lines, 'address')).toEqual(
    recounted(groups(own, ({ ip }) => ip), (records, name) => ({ ...knowsAddress(records, name), network: network(records[0]!), countries: distinctOf(records.map(({ country }) => country)).filter((country) => country !== null).sort() })),
  ); // prettier-ignore
  expect(told(extent.networks.lines, 'network')).toEqual(recounted(groups(own, network), (records, name) => ({ ...knowsNetwork(records, name), addresses: distinctOf(records.map(({ ip }) => ip)).filter((ip) => ip !== null).length }))); // prettier-ignore
  expect(told(extent.countries.lines, 'country')).toEqual(recounted(groups(own, ({ country }) => country), seenBefore(({ country }) => country))); // prettier-ignore
  const told100 = (list: readonly string[]) => (list.length > 100 ? null : [...list].sort());
  const spoken = distinctOf(own.map(shownAgent)).filter((agent) => agent !== null);
  const around = (agent: string | null) => (agent === null ? [] : spoken.filter((other) => other !== agent && other.toLowerCase().includes(agent.toLowerCase()))); // prettier-ignore
  expect(told(extent.agents.lines.map(({ within: parts, ...line }) => ({ ...line, within: parts === null ? null : [...parts].sort() })), 'agent')).toEqual(
    recounted(groups(own, shownAgent), (records, name) => ({ ...knowsAgent(records, name), within: told100(around(JSON.parse(name) as string | null)) })),
  ); // prettier-ignore
  expect(told(extent.endpoints.lines, 'method', 'route')).toEqual(recounted(groups(own, ({ method, route }) => [[method, route]]), ([first]) => ({ isWrite: isWrite(first!) }))); // prettier-ignore
  const refused = groups(own.filter(isRefused), ({ status, reason }) => [[status, reason]]);
  expect(told(extent.refusals.lines, 'status', 'reason')).toEqual(Object.fromEntries([...refused].map(([name, records]) => [name, { requests: records.length, ...times(records) }]))); // prettier-ignore
  for (const list of [extent.addresses, extent.networks, extent.countries, extent.agents]) {
    expect([list.total, list.fresh]).toEqual([list.lines.length, list.lines.filter(({ known }) => !known).length]);
    const ranks = list.lines.map(({ known, requests }) => (known ? 0 : 1e9) + requests);
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
  }
}
/** By hand: `/v1/files/{id}.pdf` names no id. */
function thingsOf(record: AuditRecord): string[] {
  const parts = record.path?.split('/') ?? [];
  const named: Record<string, [number, string][]> = {
    '/v1/invoices/{id}': [[3, 'invoices']],
    '/v1/invoices/{id}/pay': [[3, 'invoices']],
    '/v1/customers/{id}': [[3, 'customers']],
    '/v1/customers/{customerId}/cards/{id}': [[3, 'customers'], [5, 'cards']],
  }; // prettier-ignore
  return (named[record.route ?? ''] ?? []).flatMap(([at, collection]) => {
    const id = parts[at] ?? '';
    return id === '' || id === '[redacted]' ? [] : [[collection, parts.slice(0, at + 1).join('/'), id].join(' ')];
  });
}

async function check(organizationId: string, records: readonly AuditRecord[], period: Period, since: Date): Promise<void> {
  const of = { organizationId, apiKeyIds: lineage, ...period };
  const [own, before] = [records.filter((record) => isOwn(record) && within(record, period)), records.filter((record) => isOwn(record) && within(record, { from: since, to: period.from }))]; // prettier-ignore
  await database.inside(organizationId, async (db) => {
    const { uses, complete } = await readFirstUses(db, { ...of, from: since, to: period.from, most: 100_000 });
    const firsts = (list: readonly AuditRecord[]): Told => Object.fromEntries(
      [...groups(list, (record) => [['address', record.ip, networkOf(record.ip)], ['country', record.country, null], ['agent', shownAgent(record), null]])].map(([name, group]) => [name, { requests: group.length, firstAt: times(group).firstAt }]),
    ); // prettier-ignore
    expect([told(uses, 'kind', 'value', 'network'), complete]).toEqual([firsts(before), true]);
    const values = (of: (record: AuditRecord) => string | null) => [...new Set(before.map((record) => of(record) ?? ''))];
    const known: KnownUse = { addresses: values(({ ip }) => ip), networks: values(({ ip }) => networkOf(ip)), countries: values(({ country }) => country), agents: values(shownAgent) }; // prettier-ignore
    const extent = await readExtent(db, { ...of, known, mostGroups: 100_000, mostUses: 100_000 });
    expectExtent(extent, own, before);
    expect([told(extent.firstUses.uses, 'kind', 'value', 'network'), extent.firstUses.complete]).toEqual([firsts(own), true]);
    const writes = own.filter(isWrite);
    expect(await readFirstWrite(db, of)).toEqual(writes.length === 0 ? null : times(writes).firstAt);

    const touched = groups(
      own.filter((record) => !failed(record)),
      thingsOf,
    );
    const resources = await readTouchedResources(db, { ...of, mostOfEach: 100_000 });
    const lines = resources.flatMap(({ collection, lines: all }) => all.map(({ id, path, ...line }) => [JSON.stringify(`${collection} ${path} ${id}`), line] as const)); // prettier-ignore
    expect(Object.fromEntries(lines)).toEqual(Object.fromEntries([...touched].map(([name, group]) => [name, { reads: group.filter((record) => !isWrite(record)).length, writes: group.filter(isWrite).length, ...times(group) }]))); // prettier-ignore
    expect(resources.map(({ total, written }) => [total, written])).toEqual(resources.map(({ lines: all }) => [all.length, all.filter((line) => line.writes > 0).length])); // prettier-ignore

    const places = new Set(own.flatMap(({ ip }) => ip ?? []));
    const old = new Set(before.map(({ ip }) => ip));
    const freshPlaces = new Set([...places].filter((ip) => !old.has(ip)));
    const met = groups(records.filter((record) => within(record, period) && !isOwn(record) && record.apiKeyId !== null && record.ip !== null && places.has(record.ip)), ({ apiKeyId }) => apiKeyId); // prettier-ignore
    const neighbours = await readNeighbourKeys(db, {
      ...of,
      addresses: [...places].map((address) => ({ address, known: !freshPlaces.has(address) })),
      mostRows: 1_000_000,
      mostKeys: 100,
    });
    expect(told(neighbours.keys.map((key) => Object.fromEntries(Object.entries(key).filter(([name]) => name !== 'addresses')) as Omit<typeof key, 'addresses'>), 'apiKeyId')).toEqual(Object.fromEntries([...met].map(([name, group]) => [name,
      { requests: group.length, fromNew: group.filter(({ ip }) => freshPlaces.has(ip!)).length, addressCount: distinctOf(group.map(({ ip }) => ip)).length, newAddressCount: distinctOf(group.map(({ ip }) => ip)).filter((ip) => freshPlaces.has(ip!)).length, ...times(group) }]))); // prettier-ignore
    expect([neighbours.total, neighbours.complete]).toEqual([met.size, true]);
  });
}

it('equals a recount of 200,000 random records', async () => {
  const organizationId = anOrganization();
  const random = seeded(20_261_127);
  const records = Array.from({ length: 200_000 }, () => callOf(organizationId, random));
  await stored(records);
  await check(organizationId, records, { from: new Date(START + 11 * 3_600_000 + 1_234_567), to: new Date(START + SPAN - 999_999) }, new Date(START + 5_000_000)); // prettier-ignore
}, 180_000);

it('equals a recount of any small log and any period', async () => {
  const aPeriod = fc.tuple(fc.noBias(fc.nat(SPAN)), fc.noBias(fc.nat(SPAN)), fc.noBias(fc.nat(SPAN)));
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1 }), fc.nat(60), fc.array(aPeriod, { minLength: 3, maxLength: 3 }), async (seed, size, periods) => {
      const organizationId = anOrganization();
      const random = seeded(seed);
      const records = Array.from({ length: size }, () => callOf(organizationId, random));
      await stored(records);
      for (const moments of periods) {
        const [since, from, to] = moments.sort((a, b) => a - b);
        await check(organizationId, records, { from: new Date(START + from), to: new Date(START + to) }, new Date(START + since));
      }
    }),
    { numRuns: 25 },
  );
}, 60_000);

it('bounds its lists, new ones first, and says how many there are', async () => {
  const organizationId = anOrganization();
  const at = (minutes: number) => new Date(START + minutes * 60_000).toISOString();
  const call = (minutes: number, ip: string, more: Partial<AuditRecord> = {}) => aRecord({ organizationId, startedAt: at(minutes), ip, apiKeyId: lineage[0]!, route: '/v1/invoices/{id}', path: `/v1/invoices/i_${minutes}`, ...more }); // prettier-ignore
  const usual = Array.from({ length: 9 }, (_, minute) => call(minute, '192.0.2.1'));
  await stored([...usual, call(20, '192.0.2.1'), call(21, '192.0.2.1'), call(22, '198.51.100.1'), call(23, '198.51.100.2'), call(24, '198.51.100.2', { apiKeyId: others[0]! })]); // prettier-ignore
  const of = { organizationId, apiKeyIds: lineage, from: new Date(at(20)), to: new Date(at(30)) };
  const none = { networks: [], countries: [], agents: [] };
  await database.inside(organizationId, async (db) => {
    const extent = await readExtent(db, { ...of, known: { ...none, addresses: ['192.0.2.1'] }, mostGroups: 2, mostUses: 2 });
    expect(extent.addresses).toMatchObject({ total: 3, fresh: 2, lines: [{ address: '198.51.100.1' }, { address: '198.51.100.2' }] });
    expect(extent.firstUses).toMatchObject({ complete: false, uses: [{ kind: 'address', value: '192.0.2.1' }, { kind: 'agent' }] });
    expect(await readFirstUses(db, { ...of, most: 2 })).toMatchObject({ complete: false, uses: [{}, {}] });
    expect(await readTouchedResources(db, { ...of, mostOfEach: 3 })).toMatchObject([{ total: 4, written: 0, lines: [{}, {}, {}] }]);
    const addresses = [{ address: '198.51.100.2', known: false }];
    expect(await readNeighbourKeys(db, { ...of, addresses, mostRows: 1, mostKeys: 9 })).toMatchObject({ complete: false });
    expect(await readNeighbourKeys(db, { ...of, addresses, mostRows: 9, mostKeys: 9 })).toMatchObject({ complete: true, keys: [{ requests: 1 }] }); // prettier-ignore
  });
});
