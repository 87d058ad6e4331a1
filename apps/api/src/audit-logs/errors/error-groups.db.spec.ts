import fc from 'fast-check';
import { everyRecord, readErrorGroups, type AuditRecord, type ErrorGroups } from '@pinebill/nestjs-audit';
import { Tenant } from '../../database/tenant';
import { typeId } from '../../platform/ids';
import { aRecord, storeRecords } from '../../testing/records';
import { organizations, people, startTestApp, type Person, type TestApp } from '../../testing/test-app';

let t: TestApp;
const keys = ['0193a0b0-0000-7000-8000-00000000000a', '0193a0b0-0000-7000-8000-00000000000b'] as const;
const HOUR = 3_600_000;
const start = Math.floor(Date.now() / HOUR) * HOUR - 48 * HOUR;
const at = (minute: number): string => new Date(start + minute * 60_000).toISOString();
const byKey = (id: string, name: string) => ({ actorType: 'apiKey' as const, actorId: id, actorName: name, apiKeyId: id, apiKeyName: name, apiKeyLast4: 'x7f2', apiKeyState: 'active' }); // prettier-ignore
const callers = [byKey(keys[0], 'Old name'), byKey(keys[0], 'Production API'), byKey(keys[1], 'Gone'), { actorType: 'user' as const, actorId: people.member.id, actorName: 'A member' }, {}]; // prettier-ignore
/** A day of everything, the same in every run. */
const some = fc.record({
  minute: fc.nat(24 * 60 - 1),
  caller: fc.constantFrom(...callers),
  method: fc.constantFrom('GET', 'POST'),
  route: fc.constantFrom('/v1/invoices', '/v1/customers', null),
  outcome: fc.constantFrom<[number, string | null]>([200, null], [400, 'invalid_field'], [404, 'resource_not_found'], [404, 'wrong_version'], [499, null], [500, 'handler_error']), // prettier-ignore
});
const rows: AuditRecord[] = fc.sample(some, { numRuns: 400, seed: 5 }).map(({ minute, caller, method, route, outcome: [status, reason] }) =>
  aRecord({ ...{ startedAt: at(minute), method, route, status, reason, ...caller }, error: reason ? { code: `code_of_${reason}`, detail: null, issues: [] } : null }),
); // prettier-ignore
const window = `from=${at(0)}&to=${at(24 * 60)}`;

beforeAll(async () => {
  t = await startTestApp(__filename);
  await t.sql(
    `insert into api_key (id, organization_id, name, secret_hash, last4, scopes, created_by, created_by_name, created_at)
     values ($1, $2, 'Production API', '\\x00', 'x7f2', '{}', $3, 'A admin', now())`,
    [keys[0], organizations.home, people.admin.id],
  );
  await storeRecords(t, [...rows, aRecord({ startedAt: at(5), kind: 'gap', status: 429, gap: { from: at(4), to: at(5), count: 2, atMost: 2, cause: 'overload' } })]); // prettier-ignore
});
afterAll(() => t.close());

type Group = { method: string; route: string | null; status: number; reason: string | null; requests: number; firstSeenAt: string; lastSeenAt: string; callers: number; topCallers: { type: string; apiKeyId: string | null; name: string | null; requests: number }[]; course: number[]; code: string | null }; // prettier-ignore
const errors = async (query: string, as: Person = 'admin') => {
  const { status, json } = await t.call(`/v1/audit-logs/errors?${query}`, { as });
  if (status !== 200) throw new Error(JSON.stringify(json));
  return json as { data: Group[]; groups: number; counted: number; exact: boolean; total: object | null; countedFrom: string };
};
const nameOf = ({ method, route, status, reason }: Pick<AuditRecord, 'method' | 'route' | 'status' | 'reason'>): string =>
  [method, route, status, reason].join(' ');

/** By hand. */
function expected(from: readonly AuditRecord[]): Map<string, AuditRecord[]> {
  const groups = new Map<string, AuditRecord[]>();
  for (const row of from.filter(({ status }) => (status ?? 0) >= 400)) groups.set(nameOf(row), [...(groups.get(nameOf(row)) ?? []), row]);
  return groups;
}

it('equals what one counts by hand', async () => {
  const { data, groups, counted, exact, total } = await errors(`${window}&limit=200`);
  const wanted = expected(rows);
  expect([groups, data.length, exact]).toEqual([wanted.size, wanted.size, true]);
  const failures = [...wanted.values()].flat();
  expect(counted).toBe(failures.length);
  const serverErrors = failures.filter(({ status }) => status === 500).length;
  expect(total).toEqual({ requests: rows.length, clientErrors: failures.length - serverErrors, serverErrors });
  for (const group of data) {
    const of = wanted.get(nameOf(group)) ?? [];
    const times = of.map(({ startedAt }) => startedAt).sort();
    const who = new Set(of.map(({ actorType, apiKeyId }) => apiKeyId ?? actorType));
    const hours = Array.from(
      { length: 24 },
      (_, hour) => times.filter((time) => Math.floor((Date.parse(time) - start) / HOUR) === hour).length,
    );
    expect(group).toMatchObject({ requests: of.length, firstSeenAt: times[0], lastSeenAt: times.at(-1), callers: who.size, course: hours, code: of[0]?.error?.code ?? null }); // prettier-ignore
    for (const { apiKeyId, name, type, requests } of group.topCallers) {
      expect(requests).toBe(of.filter((row) => (row.apiKeyId ? typeId('key', row.apiKeyId) : null) === apiKeyId && row.actorType === type).length); // prettier-ignore
      if (apiKeyId) expect(name).toBe(apiKeyId === typeId('key', keys[0]) ? 'Production API' : null);
    }
  }
  expect(data.map(({ requests }) => requests)).toEqual([...data.map(({ requests }) => requests)].sort((a, b) => b - a));
});

it('counts the newest errors where there are too many, to the minute, says since when, and knows the total all the same', async () => {
  const failures = rows.filter(({ status }) => (status ?? 0) >= 400).sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  const serverErrors = failures.filter(({ status }) => status === 500).length;
  const period = { from: new Date(at(0)), to: new Date(at(24 * 60)) };
  const read = (mostRows: number): Promise<ErrorGroups> =>
    t.app.get(Tenant).run({ organizationId: organizations.home }, (tx) =>
      readErrorGroups(tx, { organizationId: organizations.home, filter: everyRecord, ...period, mostGroups: 99, mostRows, parts: 24, mostCallers: 5 })); // prettier-ignore
  for (const mostRows of [failures.length, failures.length - 1, 60, 7, 1]) {
    const { countedFrom, total, counted, ...found } = await read(mostRows);
    const wanted = expected(rows.filter(({ startedAt }) => new Date(startedAt) >= countedFrom));
    expect(new Map(found.groups.map((group) => [nameOf(group), group.requests]))).toEqual(new Map([...wanted].map(([name, of]) => [name, of.length]))); // prettier-ignore
    expect(found.groupCount).toBe(wanted.size);
    // No more than may be, but for one minute that has more by itself; and with the next one there would be more.
    const newest = failures.filter(({ startedAt }) => startedAt === failures[0]?.startedAt).length;
    const next = failures.filter(({ startedAt }) => startedAt === failures[counted]?.startedAt).length;
    expect([counted <= Math.max(mostRows, newest), next === 0 || counted + next > mostRows, counted > 0]).toEqual([true, true, true]);
    expect(counted).toBe([...wanted.values()].flat().length);
    expect(total).toEqual({ requests: rows.length, clientErrors: failures.length - serverErrors, serverErrors });
  }
});

it('leads to its rows: the list with the same filter has as many', async () => {
  const { data } = await errors(`${window}&limit=200`);
  for (const { method, route, status, reason, requests } of data.filter((_, index) => index % 3 === 0)) {
    const filter = `method=${method}&status=${status}&route=${encodeURIComponent(route ?? '!/*')}${reason ? `&reason=${reason}` : ''}`;
    const { json } = await t.call(`/v1/audit-logs?${window}&limit=200&${filter}`, { as: 'admin' });
    expect(json.data).toHaveLength(requests);
  }
});

it('takes the filter of the list, and says what it left out', async () => {
  const ofKey = await errors(`${window}&apiKeyId=${typeId('key', keys[1])}&status=4xx&limit=2`);
  const wanted = expected(rows.filter(({ apiKeyId, status }) => apiKeyId === keys[1] && (status ?? 0) < 500));
  expect([ofKey.data.length, ofKey.groups, ofKey.total]).toEqual([2, wanted.size, null]);
  expect(ofKey.data[0]?.topCallers).toEqual([expect.objectContaining({ apiKeyId: typeId('key', keys[1]) })]);
  expect(await errors(`${window}&status=2xx`)).toMatchObject({ data: [], counted: 0, total: { clientErrors: 0, serverErrors: 0 } });
});

it('shows what the list shows', async () => {
  const ofMember = await errors(`${window}&limit=200`, 'member');
  expect(ofMember.data.flatMap(({ topCallers }) => topCallers.map(({ type }) => type))).not.toContain('anonymous');
  expect((await errors(window, 'stranger')).data).toEqual([]);
  expect((await t.call('/v1/audit-logs/errors', { as: 'guest' })).status).toBe(403);
  const refused = await t.call('/v1/audit-logs/errors?order=asc', { as: 'admin' });
  expect([refused.status, refused.json.code]).toEqual([400, 'unknown_parameter']);
});
