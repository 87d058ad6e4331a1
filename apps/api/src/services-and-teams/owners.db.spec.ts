import { parseId } from '../platform/ids';
import { holding as heldBy, waitsForLock } from '../testing/held-lock';
import { startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const mint = async (fields: object) =>
  (await t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, scopes: ['invoices:read'], ...fields } })).json as {
    id: string;
    service: string | null;
    team: string | null;
  };
const keyOf = async (id: string) => (await t.call(`/v1/api-keys/${id}`, { as: 'admin' })).json as { service: string; team: string };
const listed = async (list: string) =>
  (await t.call(`/v1/${list}`, { as: 'member' })).json.data as { id: string; name: string; keys: number }[];
const idOf = async (list: string, name: string) => (await listed(list)).find((one) => one.name === name)!.id;
const lastActivity = async () => (await t.call('/v1/activity?limit=1', { as: 'admin' })).json.data[0];

it('a key with new names puts them on the lists, and takes the spelling of those that are there', async () => {
  await mint({ service: ' Checkout ', team: 'Payments' });
  const other = await mint({ service: 'checkout', team: 'PAYMENTS' });
  expect(other).toMatchObject({ service: 'Checkout', team: 'Payments' });
  expect(await listed('services')).toMatchObject([{ name: 'Checkout', keys: 2 }]);
  const changed = await t.call(`/v1/api-keys/${other.id}`, { as: 'admin', method: 'PATCH', body: { service: 'reporting', team: null } });
  expect(changed.json).toMatchObject({ service: 'reporting', team: null });
  expect((await listed('services')).map(({ name, keys }) => [name, keys])).toEqual([
    ['reporting', 1],
    ['Checkout', 1],
  ]);
});

it('a key that is refused leaves no name behind', async () => {
  await mint({ name: 'Taken' });
  expect((await mint({ name: 'taken', service: 'never' })).id).toBeUndefined();
  expect((await listed('services')).map(({ name }) => name)).not.toContain('never');
});

it('two keys with one new name at the same time make one entry', async () => {
  await Promise.all(['a', 'A', 'a', 'A', 'a', 'A'].map((letter) => mint({ service: `${letter}t once` })));
  const found = (await listed('services')).filter(({ name }) => name.toLowerCase() === 'at once');
  expect(found).toMatchObject([{ keys: 6 }]);
  expect(await t.sql(`select distinct service from api_key where lower(service) = 'at once'`)).toEqual([{ service: found[0]!.name }]);
});

describe.each([
  { list: 'services', kind: 'service', prefix: 'svc_' },
  { list: 'teams', kind: 'team', prefix: 'team_' },
])('the list of $list', ({ list, kind, prefix }) => {
  it('takes a name once, whatever the case', async () => {
    const made = await t.call(`/v1/${list}`, { as: 'admin', body: { name: `  Made ${kind} ` } });
    expect(made).toMatchObject({ status: 201, json: { id: expect.stringContaining(prefix), name: `Made ${kind}`, keys: 0 } });
    expect(made.headers.get('location')).toBe(`/v1/${list}/${made.json.id}`);
    expect(await lastActivity()).toMatchObject({ action: `${kind}.created`, target: { type: kind, id: made.json.id } });
    const again = await t.call(`/v1/${list}`, { as: 'admin', body: { name: `MADE ${kind.toUpperCase()}` } });
    expect([again.status, again.json.code]).toEqual([409, 'name_taken']);
  });

  it('renames an entry and its keys, revoked ones too, in one step of the activity', async () => {
    const [alive, dead] = [await mint({ [kind]: `old ${kind}` }), await mint({ [kind]: `old ${kind}` })];
    await t.call(`/v1/api-keys/${dead.id}/revoke`, { as: 'admin', body: { reason: 'x' } });
    const id = await idOf(list, `old ${kind}`);
    const renamed = await t.call(`/v1/${list}/${id}`, { as: 'admin', method: 'PATCH', body: { name: `new ${kind}` } });
    expect(renamed.json).toMatchObject({ id, name: `new ${kind}`, keys: 1 });
    for (const key of [alive, dead]) expect(await keyOf(key.id)).toMatchObject({ [kind]: `new ${kind}` });
    const entry = { action: `${kind}.renamed`, before: { name: `old ${kind}` }, after: { name: `new ${kind}`, keys: 2 } };
    expect(await lastActivity()).toMatchObject(entry);
    const taken = await t.call(`/v1/${list}/${id}`, { as: 'admin', method: 'PATCH', body: { name: `Made ${kind}` } });
    expect(taken.json.code).toBe('name_taken');
    expect(await keyOf(alive.id)).toMatchObject({ [kind]: `new ${kind}` });
  });

  it('merges one into another; into itself, or into what is not there, it does not', async () => {
    const key = await mint({ [kind]: `stray ${kind}` });
    const [from, into] = [await idOf(list, `stray ${kind}`), await idOf(list, `new ${kind}`)];
    const merge = (target: string) => t.call(`/v1/${list}/${from}/merge`, { as: 'admin', body: { into: target } });
    expect((await merge(from)).json).toMatchObject({ code: 'invalid_field', issues: [{ pointer: '/into' }] });
    expect((await merge(`${prefix}01jdw2gm3xe4pt6x0rbf6n2k9c`)).status).toBe(404);
    expect((await merge(into)).json).toMatchObject({ id: into, name: `new ${kind}`, keys: 2 });
    expect(await keyOf(key.id)).toMatchObject({ [kind]: `new ${kind}` });
    expect(await lastActivity()).toMatchObject({ action: `${kind}.merged`, before: { name: `stray ${kind}` }, after: { keys: 1 } });
    expect((await merge(into)).status).toBe(404);
  });

  it('is paged', async () => {
    const all = (await listed(list)).map(({ id }) => id);
    const found: string[] = [];
    let cursor = '';
    do {
      const page = (await t.call(`/v1/${list}?limit=1${cursor}`, { as: 'member' })).json;
      found.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(found).toEqual(all);
  });

  it('is the own one: another organization has its own names', async () => {
    expect((await t.call(`/v1/${list}`, { as: 'stranger' })).json.data).toEqual([]);
    expect((await t.call(`/v1/${list}`, { as: 'stranger', body: { name: `new ${kind}` } })).status).toBe(201);
  });
});

describe('while keys are changed at the same time', () => {
  const holding = <T>(lock: string, meanwhile: () => Promise<T>): Promise<T> => heldBy(t, lock, meanwhile);
  const waits = (count: number) => waitsForLock(t, '%', count);
  const uuidOf = (id: string): string => parseId('key', id)!;
  const rename = async (from: string, to: string) =>
    t.call(`/v1/services/${await idOf('services', from)}`, { as: 'admin', method: 'PATCH', body: { name: to } });

  it('a key that is rotated takes the new name as well', async () => {
    const { id } = await mint({ service: 'rotated' });
    const [rotating, renaming] = await holding('lock table activity in exclusive mode', async () => {
      const body = { name: `Key ${++count}`, overlapSeconds: 60 };
      const first = t.call(`/v1/api-keys/${id}/rotate`, { as: 'admin', body });
      await waits(1);
      const second = rename('rotated', 'renamed');
      await waits(2);
      return [first, second] as const;
    });
    expect([(await rotating).status, (await renaming).status]).toEqual([201, 200]);
    for (const key of [id, (await rotating).json.id]) expect((await keyOf(key)).service).toBe('renamed');
  });

  it('neither a change of a key nor its replacement waits for a rename that waits for it', async () => {
    const { id } = await mint({ service: 'moving' });
    const answers = await holding(`select 1 from api_key where id = '${uuidOf(id)}' for update`, async () => {
      const changing = t.call(`/v1/api-keys/${id}`, { as: 'admin', method: 'PATCH', body: { service: 'moving', team: 'movers' } });
      await waits(1);
      const replacing = t.call('/v1/api-keys', { as: 'admin', body: { name: `Key ${++count}`, replaces: id } });
      await waits(2);
      const renaming = rename('moving', 'moved');
      await waits(3);
      return [changing, replacing, renaming];
    });
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 201, 200]);
    expect(await t.sql(`select 1 from api_key where service = 'moving'`)).toEqual([]);
  });
});
