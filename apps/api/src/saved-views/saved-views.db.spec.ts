/** A view that is not shared exists for its maker alone, whatever is done with views, and by whom; and only its maker or an admin changes one. */
import fc from 'fast-check';
import { newId, typeId } from '../platform/ids';
import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
  // Somebody beside the member with the same role: the guest of the template.
  await t.sql(`update membership set role = 'member' where role = 'guest'`);
});
afterAll(() => t.close());

const people = ['admin', 'member', 'guest', 'stranger'] as const;
type Who = (typeof people)[number];
const path = '/v1/saved-views';
const send = (as: Who, method: string, at: string, body?: object) => t.call(at, { as, method, ...(body && { body }) });
const make = (as: Who, body: object) => send(as, 'POST', path, body);
const listed = async (as: Who): Promise<{ id: string; name: string; isDefault: boolean }[]> => (await t.call(path, { as })).json.data;

type View = { id: string; name: string; shared: boolean; maker: Who };
const together = (a: Who, b: Who): boolean => (a === 'stranger') === (b === 'stranger');
const sees = (who: Who, { maker, shared }: View): boolean => who === maker || (shared && together(who, maker));
const mayChange = (who: Who, view: View): boolean => sees(who, view) && (who === view.maker || who === 'admin' || who === 'stranger');

const step = fc.record({
  what: fc.constantFrom('make' as const, 'make' as const, 'share' as const, 'hide' as const, 'rename' as const, 'default' as const, 'remove' as const), // prettier-ignore
  who: fc.constantFrom(...people),
  shared: fc.boolean(),
  pick: fc.nat(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const calls: Record<Exclude<Step['what'], 'make'>, (at: string, name: string) => [method: string, path: string, body?: object]> = {
  share: (at) => ['PATCH', at, { shared: true }],
  hide: (at) => ['PATCH', at, { shared: false }],
  rename: (at, name) => ['PATCH', at, { name }],
  default: (at) => ['PUT', `${at}/default`],
  remove: (at) => ['DELETE', at],
};
function expected({ what, who }: Step, view: View): number {
  if (!sees(who, view)) return 404;
  if (what === 'default') return 200;
  return mayChange(who, view) ? (what === 'remove' ? 204 : 200) : 403;
}

let count = 0;
/** Names that nobody but their maker ever saw, also of views that are gone; what was shared once was seen. */
const secrets = new Set<string>();

async function take(one: Step, views: View[], absent: string): Promise<void> {
  const name = `Secret plan ${(count += 1)} of ${one.who}`;
  const view = views[one.pick % Math.max(1, views.length)];
  if (one.what === 'make' || !view) {
    const { json } = await make(one.who, { name, shared: one.shared, filter: { path: `/v1/of-${count}` } });
    views.push({ id: json.id, name, shared: one.shared, maker: one.who });
    if (!one.shared) secrets.add(name);
    return;
  }
  const [method, at, body] = calls[one.what](`${path}/${view.id}`, name);
  const answer = await send(one.who, method, at, body);
  expect([one, view, answer.status]).toEqual([one, view, expected(one, view)]);
  if (answer.status === 404) expect(withoutId(answer.json)).toBe(absent);
  if (answer.status < 400) happened(one.what, view, { views, body });
}
function happened(what: Step['what'], view: View, { views, body }: { views: View[]; body: object | undefined }): void {
  if (what === 'remove') views.splice(views.indexOf(view), 1);
  Object.assign(view, body);
  if (view.shared) secrets.delete(view.name);
  else if (what === 'rename') secrets.add(view.name);
}
const withoutId = (problem: object): string => JSON.stringify({ ...problem, requestId: '' });

it('is seen by nobody else, in no list, by no id, in no entry of the activity', async () => {
  const absent = withoutId((await t.call(`${path}/${typeId('viw', newId())}`, { as: 'member' })).json);
  const one = fc.asyncProperty(fc.array(step, { minLength: 12, maxLength: 24 }), async (steps) => {
    await t.sql('delete from saved_view');
    const views: View[] = [];
    for (const each of steps) await take(each, views, absent);
    for (const reader of people) {
      const wanted = views.filter((view) => sees(reader, view)).map(({ id, name }) => ({ id, name }));
      expect((await listed(reader)).map(({ id, name }) => ({ id, name })).sort(byId)).toEqual(wanted.sort(byId));
      for (const view of views) expect((await t.call(`${path}/${view.id}`, { as: reader })).status).toBe(sees(reader, view) ? 200 : 404);
    }
  });
  await fc.assert(one, { numRuns: 5 });
  const entries = JSON.stringify(await t.sql(`select * from activity where action like 'saved_view.%'`));
  expect(secrets.size).toBeGreaterThan(5);
  expect([...secrets].filter((name) => entries.includes(`"${name}"`))).toEqual([]);
}, 60_000);
const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : 1);

it('says nothing by a name that is taken: one is taken among the own, and among the shared', async () => {
  await make('member', { name: 'Refused' });
  expect((await make('guest', { name: 'Refused' })).status).toBe(201);
  const again = await make('member', { name: ' refused ' });
  expect([again.status, again.json.code]).toEqual([409, 'name_taken']);
  const { json } = await make('admin', { name: 'Refused', shared: true });
  expect((await make('member', { name: 'REFUSED', shared: true })).json.code).toBe('name_taken');
  expect((await send('admin', 'PATCH', `${path}/${json.id}`, { shared: false })).json.shared).toBe(false);
});

it('keeps the filter as it was asked, and how the list looks; a change leaves the rest', async () => {
  const body = { filter: { status: ['4xx', '!404'], apiKeyId: typeId('key', newId()) }, range: '7d', columns: ['status', 'path'], order: 'asc', density: 'compact' }; // prettier-ignore
  const { json } = await make('member', { name: 'Looks', ...body });
  expect(json).toMatchObject({ ...body, shared: false, isDefault: false, createdBy: { name: 'A member' } });
  const changed = await send('member', 'PATCH', `${path}/${json.id}`, { columns: null });
  expect(changed.json).toMatchObject({ ...body, columns: null });
  // What the list takes for it.
  const query = new URLSearchParams(Object.entries(json.filter as Record<string, string | string[]>).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value]))); // prettier-ignore
  expect((await t.call(`/v1/audit-logs?${query.toString()}`, { as: 'member' })).status).toBe(200);
});

it.each([
  [{ filter: { status: '4yy' } }, '/filter/status'],
  [{ filter: { colour: 'red' } }, '/filter'],
  [{ filter: { from: '2025-01-01T00:00:00Z' }, range: '24h' }, '/range'],
  [{ filter: { userAgent: Array.from({ length: 20 }, () => 'x'.repeat(1_000)).join(',') } }, '/filter'],
  [{ columns: [] }, '/columns'],
  [{ columns: ['query'] }, '/columns'],
  [{ density: 'airy' }, '/density'],
])('refuses %j', async (body, pointer) => {
  const { status, json } = await make('member', { name: 'Wrong', ...body });
  expect([status, json.code, json.issues[0].pointer]).toEqual([400, 'invalid_field', pointer]);
});

it('opens the log for one person, who can take another or none; it goes with its view', async () => {
  const [a, b] = [(await make('member', { name: 'A', shared: true })).json.id, (await make('member', { name: 'B' })).json.id];
  const defaults = async (as: Who) => (await listed(as)).filter(({ isDefault }) => isDefault).map(({ id }) => id);
  for (const id of [a, b]) await send('member', 'PUT', `${path}/${id}/default`);
  await send('admin', 'PUT', `${path}/${a}/default`);
  expect([await defaults('member'), await defaults('admin')]).toEqual([[b], [a]]);
  expect((await send('member', 'DELETE', `${path}/${b}/default`)).status).toBe(204);
  expect((await send('member', 'DELETE', `${path}/${a}`)).status).toBe(204);
  expect([await defaults('member'), await defaults('admin')]).toEqual([[], []]);
});

it('there are a hundred of one person at the most', async () => {
  await t.sql('delete from saved_view');
  await t.sql(
    `insert into saved_view (organization_id, id, name, shared, filter, sort_order, created_at, updated_at, created_by, created_by_name)
     select m.organization_id, gen_random_uuid(), 'View ' || n, false, '{}', 'desc', now(), now(), m.user_id, 'A member'
     from membership m join app_user u on u.id = m.user_id, generate_series(1, 100) n where u.email = 'member@example.com'`,
  );
  const { status, json } = await make('member', { name: 'One more' });
  expect([status, json.code]).toEqual([409, 'too_many_saved_views']);
  expect((await make('admin', { name: 'One more' })).status).toBe(201);
});
