/** From opening to closing, over HTTP: what is stamped, by what, and who may do it. */
import { newId, parseId, typeId } from '../platform/ids';
import { people, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const path = '/v1/incidents';
const secrets: Record<string, string> = {};
async function aKey(name: string): Promise<string> {
  const { json } = await t.call('/v1/api-keys', {
    as: 'admin',
    body: { name, scopes: ['invoices:read', 'invoices:write'], service: 'checkout' },
  });
  secrets[json.id] = json.secret;
  return json.id;
}
const use = async (id: string, at = '/v1/invoices', agent = 'acme-checkout/2.1') =>
  t.call(at, { key: secrets[id]!, headers: { 'user-agent': agent } });

async function rowOf(apiKeyId: string): Promise<{ id: string; ip: string }> {
  for (;;) {
    const { json } = await t.call(`/v1/audit-logs?apiKeyId=${apiKeyId}&limit=1`, { as: 'admin' });
    if (json.data.length > 0) return json.data[0];
  }
}

it('a member opens one from a row: the row is evidence, its key and address are subjects, and the admins are told with one link', async () => {
  const key = await aKey('Production API');
  await use(key);
  const row = await rowOf(key);
  const { status, json, headers } = await t.call(path, { as: 'member', body: { logIds: [row.id], note: 'odd' } });
  expect([status, headers.get('location')]).toEqual([201, `${path}/${json.id}`]);
  expect(json).toMatchObject({
    ...{ number: 1, title: 'Production API used from 127.0.0.1', severity: 'high', state: 'identified', drill: false },
    ...{ openedBy: { name: 'A member' }, lookedAt: null, openedFrom: { kind: 'record', references: [row.id], url: null } },
    ...{ actions: ['note'], counts: { evidence: 1, notes: 1, services: 0 } },
  });
  expect(json.subjects).toMatchObject([
    { kind: 'address', id: '127.0.0.1', contained: null },
    { kind: 'key', id: key, name: 'Production API', contained: null, key: { state: 'active', successors: [], live: null } },
  ]);
  const mails = await t.sql(`select requires, subject, body from mail_outbox where dedupe_key = $1`, [
    `incident.opened:${parseId('inc', json.id)}`,
  ]);
  expect(mails).toMatchObject([{ requires: 'incidents:write', subject: 'Security incident #1 Production API used from 127.0.0.1' }]);
  expect(mails[0]!['body']).toContain(`/#/incidents/${json.id}/contain`);
  // The member's looks count for nothing; the first admin's is stamped, once.
  expect((await t.call(`${path}/${json.id}`, { as: 'member' })).json.lookedAt).toBeNull();
  // Who asks for the head alone has seen nothing.
  expect((await t.call(`${path}/${json.id}`, { as: 'admin', method: 'HEAD' })).status).toBe(200);
  expect((await t.call(`${path}/${json.id}`, { as: 'member' })).json.lookedAt).toBeNull();
  const [first, second] = [await t.call(`${path}/${json.id}`, { as: 'admin' }), await t.call(`${path}/${json.id}`, { as: 'admin' })];
  expect(first.json).toMatchObject({ lookedBy: { name: 'A admin' }, times: { toLookSeconds: expect.any(Number), toContainSeconds: null } });
  expect(second.json.lookedAt).toBe(first.json.lookedAt);
});

it.each([
  ['a key', { apiKeyIds: [typeId('key', newId())] }],
  ['a record', { logIds: [typeId('log', newId())] }],
  ['a person', { userIds: [typeId('usr', newId())] }],
])('opens nothing about %s that is not there', async (_, body) => {
  const before = await t.sql('select last from incident_number');
  expect((await t.call(path, { as: 'admin', body })).json.code).toBe('resource_not_found');
  expect(await t.sql('select last from incident_number')).toEqual(before);
});

it('is described by an admin alone, and listed by what is asked for', async () => {
  const { json } = await t.call(path, { as: 'admin', body: { addresses: ['203.0.113.7'], severity: 'critical', drill: true } });
  expect(json).toMatchObject({ title: 'Suspicious requests from 203.0.113.7', lookedBy: { name: 'A admin' }, times: { toLookSeconds: 0 } });
  const body = { title: 'Named', severity: 'low', assigneeId: typeId('usr', '01930000-0000-7000-8000-0000000000a2'), rootCause: 'x' };
  expect((await t.call(`${path}/${json.id}`, { as: 'member', method: 'PATCH', body })).status).toBe(403);
  const changed = await t.call(`${path}/${json.id}`, { as: 'admin', method: 'PATCH', body });
  expect(changed.json).toMatchObject({ title: 'Named', severity: 'low', assignee: { name: 'A member' }, rootCause: 'x', impact: null });
  const guest = { ...body, assigneeId: typeId('usr', '01930000-0000-7000-8000-0000000000a3') };
  expect((await t.call(`${path}/${json.id}`, { as: 'admin', method: 'PATCH', body: guest })).json.issues[0].pointer).toBe('/assigneeId');
  const listed = async (query: string) =>
    (await t.call(`${path}?${query}`, { as: 'member' })).json.data.map(({ id }: { id: string }) => id);
  expect(await listed('drill=true&severity=low,high')).toEqual([json.id]);
  expect(await listed(`assigneeId=${body.assigneeId}&state=open`)).toEqual([json.id]);
  expect([await listed('severity=critical'), await listed(`state=closed`)]).toEqual([[], []]);
});

it('evidence is a copy of the record as it is shown, stays when the log lets go of it, and is a filter of the log', async () => {
  const key = await aKey('Evidence API');
  for (let call = 0; call < 3; call++) await use(key);
  let rows: { id: string }[] = [];
  while (rows.length < 3) rows = (await t.call(`/v1/audit-logs?apiKeyId=${key}`, { as: 'admin' })).json.data;
  const ids = rows.map(({ id }) => id);
  const { json } = await t.call(path, { as: 'admin', body: { logIds: [ids[0]] } });
  const at = `${path}/${json.id}/evidence`;
  expect((await t.call(at, { as: 'admin', body: { logIds: ids.slice(0, 2) } })).json).toEqual({ added: 1, total: 2 });
  expect((await t.call(at, { as: 'admin', body: { logIds: [ids[2], typeId('log', newId())] } })).status).toBe(404);

  const found = async (query: string) => (await t.call(`/v1/audit-logs?apiKeyId=${key}&${query}`, { as: 'member' })).json.data.map(({ id }: { id: string }) => id); // prettier-ignore
  expect([await found(`incidentId=${json.id}`), await found(`incidentId=!${json.id}`)]).toEqual([ids.slice(0, 2), [ids[2]]]);
  expect(await found(`incidentId=${typeId('inc', newId())}`)).toEqual([]);
  expect((await t.call(`/v1/audit-logs?incidentId=${json.id}`, { as: 'stranger' })).json.data).toEqual([]);
  const stats = await t.call(`/v1/audit-logs/stats?incidentId=${json.id}&groupBy=status`, { as: 'admin' });
  expect(stats.json).toMatchObject({ source: 'rows', exact: true, data: [{ group: '200', requests: 2 }] });

  const shown = await Promise.all(ids.slice(0, 2).map(async (id) => (await t.call(`/v1/audit-logs/${id}`, { as: 'admin' })).json));
  await t.sql('delete from audit_log where organization_id = $1', ['01930000-0000-7000-8000-000000000001']);
  const copies = (await t.call(at, { as: 'member' })).json.data;
  expect(copies.map(({ record }: { record: object }) => record)).toEqual(shown.reverse());
  expect(copies).toMatchObject([{ addedBy: { name: 'A admin' } }, {}]);
});

it('holds a thousand records at most, and none of those that are too many', async () => {
  const { json } = await t.call(path, { as: 'admin', body: {} });
  await use(await aKey('Full API'));
  const [{ id }] = (await t.call('/v1/audit-logs?limit=1', { as: 'admin' })).json.data;
  await t.sql(
    `insert into incident_evidence (organization_id, incident_id, record_id, occurred_at, sequence, anonymous, record, added_at, added_by_name)
     select organization_id, id, gen_random_uuid(), now(), n, false, '{}', now(), 'x' from incident, generate_series(1, 1000) n where id = $1`,
    [parseId('inc', json.id)],
  );
  expect((await t.call(`${path}/${json.id}/evidence`, { as: 'admin', body: { logIds: [id] } })).json.code).toBe('too_much_evidence');
  expect((await t.call(`${path}/${json.id}`, { as: 'admin' })).json.counts.evidence).toBe(1_000);
});

it('a member opens twenty in an hour and writes a hundred notes; an admin more; many at once are counted one after the other', async () => {
  const opening = (as: 'member' | 'admin') => t.call(path, { as, body: {} });
  await t.sql(
    `insert into incident (organization_id, id, number, title, severity, opened_at, opened_by, opened_by_name, opened_from, changed_at)
     select organization_id, gen_random_uuid(), 1000 + n, 'x', 'low', now() - interval '59 minutes', user_id, 'A member', '{"kind":"blank","references":[]}', now()
     from membership, generate_series(1, 19 - (select count(*)::integer from incident where opened_by = $1)) n where user_id = $1`,
    [people.member.id],
  );
  // Room for one.
  const answers = await Promise.all([opening('member'), opening('member'), opening('member')]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 429, 429]);
  const { json, headers } = answers.find(({ status }) => status === 429)!;
  expect(json).toMatchObject({ code: 'rate_limited', detail: expect.stringMatching(/^You have opened 20 incidents within an hour, which is as many as a member may, so nothing was opened\. Wait 1 minute/) }); // prettier-ignore
  expect([Number(headers.get('retry-after')) > 0, Number(headers.get('retry-after')) <= 60]).toEqual([true, true]);
  expect((await opening('admin')).status).toBe(201);
  await t.sql(`update incident set opened_at = now() - interval '61 minutes' where number = 1001`);
  expect((await opening('member')).status).toBe(201);

  const { id } = answers.find(({ status }) => status === 201)!.json;
  await t.sql(
    `insert into incident_note (organization_id, id, incident_id, at, author_id, author_name, text, mentions)
     select organization_id, gen_random_uuid(), id, now(), opened_by, 'A member', 'x', '{}' from incident, generate_series(1, 100) where id = $1`,
    [parseId('inc', id)],
  );
  const noting = (as: 'member' | 'admin') => t.call(`${path}/${id}/notes`, { as, body: { text: 'x' } });
  const [refused, taken] = [await noting('member'), await noting('admin')];
  expect([refused.status, refused.json.detail.split(',')[0], taken.status]).toEqual([429, 'You have written 100 notes within an hour', 201]); // prettier-ignore
});
