import { typeId } from '../platform/ids';
import { organizations, people, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const mint = () => t.call('/v1/api-keys', { as: 'admin', body: { name: `Entry ${++count}`, scopes: ['invoices:read'] } });
const list = (query = '') => t.call(`/v1/activity${query}`, { as: 'member' });
type Entry = { id: string; occurredAt: string; action: string; actor: { id: string | null }; target: { name: string } };

async function walk(query: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  let cursor: string | null = null;
  do {
    const { status, json } = await list(`?limit=2&${query}${cursor === null ? '' : `&cursor=${cursor}`}`);
    expect(status).toBe(200);
    entries.push(...json.data);
    cursor = json.nextCursor;
  } while (cursor !== null);
  return entries;
}

describe('a change and its entry', () => {
  it('are undone together: no key without an entry', async () => {
    await t.call('/v1/session', { as: 'admin' }); // signing in leaves an entry of its own
    await t.sql('revoke insert on activity from pinebill_app');
    const answer = await mint();
    await t.sql('grant insert on activity to pinebill_app');
    expect(answer.status).toBe(500);
    expect(await t.sql('select 1 from api_key where name = $1', [`Entry ${count}`])).toEqual([]);
  });

  it('are undone together: no entry for a change that was refused', async () => {
    const { json: first } = await mint();
    const { json: second } = await mint();
    const refused = await t.call(`/v1/api-keys/${first.id}`, { as: 'admin', method: 'PATCH', body: { name: second.name } });
    expect(refused.json.code).toBe('name_taken');
    expect((await list('?action=api_key.updated')).json.data).toEqual([]);
  });
});

describe('GET /v1/activity', () => {
  beforeAll(async () => {
    for (let n = 0; n < 5; n++) await mint();
    await t.signIn('guest');
  });

  it('walks every entry once over its pages, in both orders', async () => {
    const newestFirst = await walk('order=desc');
    expect(newestFirst.length).toBeGreaterThan(6);
    expect(new Set(newestFirst.map(({ id }) => id)).size).toBe(newestFirst.length);
    expect((await walk('order=asc')).reverse()).toEqual(newestFirst);
  });

  it('filters by action, by who did it and by a half-open time', async () => {
    const guest = typeId('usr', people.guest.id);
    const byGuest = await walk(`actorId=${guest}`);
    expect(byGuest.map(({ action, actor }) => [action, actor.id])).toEqual([['session.started', guest]]);
    const minted = (await walk('action=api_key.created&order=asc')) as [Entry, Entry, ...Entry[]];
    const between = await walk(`action=api_key.created&from=${minted[0].occurredAt}&to=${minted[1].occurredAt}`);
    expect(between.every(({ occurredAt }) => occurredAt >= minted[0].occurredAt && occurredAt < minted[1].occurredAt)).toBe(true);
    expect((await list(`?from=${minted[0].occurredAt}&to=${minted[0].occurredAt}`)).json.code).toBe('invalid_field');
  });

  describe('narrows down', () => {
    const actions = async (query: string): Promise<string[]> => [...new Set((await walk(query)).map(({ action }) => action))].sort();
    let keyId: string;
    beforeAll(async () => {
      keyId = (await mint()).json.id;
      await t.call(`/v1/api-keys/${keyId}`, { as: 'admin', method: 'PATCH', body: { team: 'payments' } });
      await t.call(`/v1/api-keys/${keyId}/revoke`, { as: 'admin', body: { reason: 'test' } });
      // A sibling that differs by a character that LIKE would take for any other, and one that no request made.
      await t.sql(`insert into activity (organization_id, id, occurred_at, actor_type, actor_name, action, target_type, ip)
        select organization_id, gen_random_uuid(), occurred_at, 'system', 'a job', 'apixkey.created', 'organization', null from activity limit 1`);
      await t.sql(`insert into activity (organization_id, id, occurred_at, actor_type, actor_name, action, target_type, ip)
        select organization_id, gen_random_uuid(), occurred_at, 'system', 'far', 'organization.updated', 'organization', '2001:db8::7' from activity limit 1`);
    });

    it.each([
      ['a list of actions', 'action=api_key.revoked,api_key.updated', ['api_key.revoked', 'api_key.updated']],
      ['a family', 'action=api_key.*', ['api_key.created', 'api_key.revoked', 'api_key.updated']],
      ['a family without one of it', 'action=api_key.*&action=!api_key.created', ['api_key.revoked', 'api_key.updated']],
      ['all but some families', 'action=!api_key.*,session.*,apixkey.*', ['organization.updated']],
      ['a kind of target', 'targetType=organization', ['apixkey.created', 'organization.updated']],
      ['a network', 'ip=2001:db8::/32', ['organization.updated']],
      [
        'an address, in its mapped form',
        'ip=::ffff:127.0.0.1&action=!session.*',
        ['api_key.created', 'api_key.revoked', 'api_key.updated'],
      ],
      ['all but an address; what a job did has none', 'ip=!127.0.0.1', ['apixkey.created', 'organization.updated']],
    ])('to %s', async (_, query, expected) => expect(await actions(query)).toEqual(expected));

    it('to one thing: its whole life, oldest first', async () => {
      const life = await walk(`targetId=${keyId}&order=asc`);
      expect(life.map(({ action }) => action)).toEqual(['api_key.created', 'api_key.updated', 'api_key.revoked']);
    });

    it('by indexes, not by reading every entry', async () => {
      // Few rows are read whole, whatever indexes there are.
      await t.sql('set enable_seqscan = off; set enable_bitmapscan = off');
      for (const [column, index] of [
        ['target_id', 'activity_by_target'],
        ['actor_id', 'activity_by_actor'],
      ]) {
        const plan = await t.sql(`explain select * from activity where organization_id = $1 and ${column} = $1 order by occurred_at desc, id desc limit 51`, [organizations.home]); // prettier-ignore
        expect(JSON.stringify(plan)).toContain(`Index Scan Backward using ${index}`);
      }
      await t.sql('reset enable_seqscan; reset enable_bitmapscan');
    });
  });

  it.each([
    ['another order', 'order=asc'],
    ['another target', 'targetType=apiKey'],
    ['another address', 'ip=127.0.0.1'],
    ['another action', 'action=session.started'],
    ['another time', 'from=2020-01-01'],
  ])('refuses the cursor of %s', async (_, other) => {
    const { json } = await list('?limit=1');
    expect((await list(`?limit=1&${other}&cursor=${json.nextCursor}`)).json.code).toBe('invalid_cursor');
  });

  it('refuses the cursor of another organization, and shows none of its entries', async () => {
    const { json } = await list('?limit=1');
    expect((await t.call(`/v1/activity?limit=1&cursor=${json.nextCursor}`, { as: 'stranger' })).json.code).toBe('invalid_cursor');
    const { json: theirs } = await t.call('/v1/activity?limit=200', { as: 'stranger' });
    expect(theirs.data.map(({ target }: Entry) => target.name)).toEqual([people.stranger.email]);
  });

  it.each([
    ['?target=x', 'unknown_parameter'],
    ['?actorId=mem_1', 'invalid_field'],
    ['?targetId=log_01jdw2f8qtfvkbh1mv4s9aq0ng', 'invalid_field'],
    ['?targetType=invoice', 'invalid_field'],
    ['?action=revoked', 'invalid_field'],
    ['?action=api_key.revoked,', 'invalid_field'],
    ['?action=*.revoked', 'invalid_field'],
    ['?action=api_key.*&action=session.*', 'invalid_field'],
    ['?ip=localhost', 'invalid_field'],
    ['?limit=201', 'invalid_field'],
    ['?cursor=x', 'invalid_cursor'],
  ])('refuses %s', async (query, code) => {
    expect(await list(query)).toMatchObject({ status: 400, json: { code } });
  });

  it('is closed to guests', async () => {
    expect((await t.call('/v1/activity', { as: 'guest' })).json.code).toBe('insufficient_role');
  });
});
