/** The way through an incident: stopped, replaced, moved, closed. Each step by what happens, and never by being told. */
import { callersByKey } from '../api-keys';
import { Tenant } from '../database/tenant';
import { holding, waitsForLock } from '../testing/held-lock';
import { newId, parseId, typeId } from '../platform/ids';
import { organizations, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename, { audit: { mode: 'durable', trustedProxies: ['127.0.0.1/32'], maxJournalBytes: null } });
});
afterAll(() => t.close());

const path = '/v1/incidents';
const secrets: Record<string, string> = {};
const admin = (method: string, at: string, body?: object): Promise<Answer> => t.call(at, { as: 'admin', method, ...(body && { body }) });
async function aKey(name: string, service = 'checkout'): Promise<string> {
  const { json } = await admin('POST', '/v1/api-keys', { name, scopes: ['invoices:read', 'invoices:write'], service });
  secrets[json.id] = json.secret;
  return json.id;
}
const use = async (id: string, agent: string, from = '198.51.100.7'): Promise<number> =>
  (await t.call('/v1/invoices', { key: secrets[id]!, headers: { 'user-agent': agent, 'x-forwarded-for': from } })).status;
const open = async (body: object): Promise<string> => (await admin('POST', path, body)).json.id;
const get = async (id: string) => (await admin('GET', `${path}/${id}`)).json;
const kinds = async (id: string): Promise<string[]> =>
  (await admin('GET', `${path}/${id}/timeline`)).json.data.map(({ kind }: { kind: string }) => kind);
const uuid = (id: string): string => parseId(id.startsWith('key') ? 'key' : 'inc', id)!;

it('goes the whole way, each step stamped by what happened', async () => {
  const key = await aKey('Production API');
  await use(key, 'acme-checkout/2.1');
  await use(key, 'acme-import/1.0', '192.0.2.8');
  const id = await open({ apiKeyIds: [key] });
  const before = await get(id);
  expect(before).toMatchObject({
    state: 'identified',
    title: 'Production API may be in wrong hands',
    counts: { services: 2, openServices: 2 },
  });

  // A hole is named; nothing is closed, and nothing of it kept.
  const refused = await admin('POST', `${path}/${id}/close`, { rootCause: 'x', impact: 'y', lessons: 'z' });
  expect([refused.status, refused.json.code]).toEqual([409, 'incident_incomplete']);
  expect(refused.json.missing.map(({ step }: { step: string }) => step)).toEqual(['contained', 'replaced', 'servicesUpdated', 'servicesUpdated', 'scoped']); // prettier-ignore
  expect((await get(id)).rootCause).toBeNull();

  const contained = await admin('POST', `${path}/${id}/contain`, { reason: 'leaked' });
  expect(contained.json).toMatchObject({ state: 'contained', subjects: [{ contained: { how: 'revoke', by: { name: 'A admin' } }, key: { state: 'revoked' } }] }); // prettier-ignore
  const [subject] = contained.json.subjects;
  const revoked = (await admin('GET', `/v1/api-keys/${key}`)).json;
  expect([revoked.revokedAt, revoked.revokeReason]).toEqual([subject.contained.at, 'leaked']);
  expect(contained.json.containedAt).toBe(revoked.revokedAt);
  const seconds = (Date.parse(revoked.revokedAt) - Date.parse(before.openedAt)) / 1_000;
  expect(contained.json.times.toContainSeconds).toBeCloseTo(seconds, 3);
  expect(Date.parse(subject.key.live.effectiveAt)).toBeGreaterThanOrEqual(Date.parse(revoked.revokedAt));
  expect(subject.key.live.processes).toMatchObject([{ settledBy: 'confirmation' }]);

  // Whoever still uses it is refused, counted, and shown by the filter that is given.
  expect([await use(key, 'acme-import/1.0', '192.0.2.8'), await use(key, 'acme-import/1.0', '192.0.2.8')]).toEqual([401, 401]);
  const { refusedSince } = (await get(id)).subjects[0].key.live;
  expect(refusedSince).toMatchObject({ requests: 2, isExact: true });
  const rows = await admin('GET', `/v1/audit-logs?${new URLSearchParams(refusedSince.filter).toString()}`);
  expect(rows.json.data).toHaveLength(2);

  // The same name is refused; a successor of a revoked key inherits what it could do.
  expect((await admin('POST', `${path}/${id}/replace`, { apiKeyId: key, name: ' production api ' })).json.code).toBe('name_taken');
  const made = await admin('POST', `${path}/${id}/replace`, { apiKeyId: key, name: 'Production API 2' });
  expect([made.status, made.headers.get('location')]).toEqual([201, `/v1/api-keys/${made.json.id}`]);
  expect(made.json).toMatchObject({ replaces: key, scopes: ['invoices:read', 'invoices:write'], service: 'checkout' });
  secrets[made.json.id] = made.json.secret;
  expect(await get(id)).toMatchObject({ state: 'replaced', subjects: [{ key: { successors: [{ id: made.json.id, state: 'active' }] } }] });

  // One ticks itself; the other one is said not to need it.
  for (let call = 0; call < 3; call++) await use(made.json.id, 'acme-checkout/2.2');
  const { data: lines } = (await admin('GET', `${path}/${id}/services`)).json;
  expect(lines).toMatchObject([
    { label: 'acme-import from 192.0.2.0/24', state: 'waiting', refusedRequests: 2, apiKey: { id: key } },
    { label: 'acme-checkout from 198.51.100.0/24', state: 'moved', movedTo: { name: 'Production API 2' }, refusedRequests: 0 },
  ]);
  const calls = await admin('GET', `/v1/audit-logs?apiKeyId=${made.json.id}&order=asc`);
  // By the first of its calls, however late somebody looks.
  expect([calls.json.data.length, lines[1].movedAt]).toEqual([3, calls.json.data[0].startedAt]);
  expect((await admin('PATCH', `${path}/${id}/services/${lines[0].id}`, { done: true })).json.issues[0].pointer).toBe('/done');
  await admin('PATCH', `${path}/${id}/services/${lines[0].id}`, { notNeeded: 'switched off', comment: 'asked' });
  expect(await get(id)).toMatchObject({ state: 'servicesUpdated', counts: { services: 2, openServices: 0 } });
  const added = await admin('POST', `${path}/${id}/services`, { label: 'The nightly import' });
  expect(await get(id)).toMatchObject({ state: 'replaced' });
  expect((await admin('PATCH', `${path}/${id}/services/${added.json.id}`, { done: true })).json.state).toBe('done');

  await admin('POST', `${path}/${id}/steps/scoped/not-needed`, { because: 'nobody had it' });
  expect((await admin('DELETE', `${path}/${id}/steps/scoped/not-needed`)).json.state).toBe('servicesUpdated');
  await admin('POST', `${path}/${id}/steps/scoped/not-needed`, { because: 'nobody had it' });
  expect((await admin('POST', `${path}/${id}/steps/documented/not-needed`, { because: 'x' })).status).toBe(404);
  const closed = await admin('POST', `${path}/${id}/close`, { rootCause: 'a commit', impact: 'none', lessons: 'scan' });
  expect(closed.json).toMatchObject({ state: 'documented', missing: [], actions: ['note', 'followUp', 'reopen', 'releaseHold'] });

  expect(closed.json.steps.map(({ facts }: { facts: object }) => facts)).toMatchObject([
    {},
    { subjects: [{ id: key, name: 'Production API', how: 'revoke', by: 'A admin' }] },
    { keys: [{ id: key, successors: [{ name: 'Production API 2' }] }] },
    { services: [{}, {}, { label: 'The nightly import', state: 'done' }] },
    {},
    {},
  ]);

  // Closed it stands as it was stamped, whatever becomes of the keys; nothing more is done to it.
  await admin('POST', `/v1/api-keys/${made.json.id}/revoke`, { reason: 'over' });
  expect((await get(id)).steps).toEqual(closed.json.steps);
  for (const [verb, body] of [
    ['contain', {}],
    ['replace', { apiKeyId: key, name: 'N' }],
    ['close', {}],
    ['evidence', { logIds: [typeId('log', newId())] }],
  ] as const)
    // prettier-ignore
    expect([verb, (await admin('POST', `${path}/${id}/${verb}`, body)).json.code]).toEqual([verb, 'incident_state']);
  expect((await admin('PATCH', `${path}/${id}`, { title: 'x' })).json.code).toBe('incident_state');

  expect((await admin('POST', `${path}/${id}/release-hold`)).json.holdReleasedAt).not.toBeNull();
  expect((await admin('POST', `${path}/${id}/release-hold`)).json.code).toBe('incident_state');
  const reopened = await admin('POST', `${path}/${id}/reopen`, { because: 'used again' });
  // The successor has gone meanwhile: what is true now counts.
  expect(reopened.json).toMatchObject({ state: 'contained', closedAt: null, holdReleasedAt: null });
  expect(await kinds(id)).toEqual([
    ...['opened', 'contained', 'replaced', 'serviceMoved', 'serviceChanged', 'serviceAdded', 'serviceChanged', 'notNeeded', 'neededAfterAll', 'notNeeded'],
    ...['closed', 'api_key.revoked', 'holdReleased', 'reopened'],
  ]); // prettier-ignore
  const activity = (await admin('GET', '/v1/activity?limit=200')).json.data.filter(
    ({ target }: { target: { id: string } }) => target.id === id,
  );
  expect(activity).toHaveLength(13);
});

it('a key that is enabled again makes it uncontained, wherever that is done', async () => {
  const key = await aKey('Staging API');
  const id = await open({ apiKeyIds: [key] });
  await admin('POST', `/v1/api-keys/${key}/disable`, {});
  expect(await get(id)).toMatchObject({ state: 'contained', subjects: [{ contained: { how: 'disable', by: null } }] });
  await admin('POST', `/v1/api-keys/${key}/enable`, {});
  expect(await get(id)).toMatchObject({ state: 'identified', containedAt: null });
  const quarantined = await admin('POST', `${path}/${id}/contain`, { action: 'quarantine' });
  expect(quarantined.json).toMatchObject({ state: 'contained', subjects: [{ contained: { how: 'quarantine', by: { name: 'A admin' } } }] });
  expect(await use(key, 'x/1')).toBe(200);
  expect((await t.call('/v1/invoices', { key: secrets[key]!, body: {} })).json.code).toBe('quarantined_key');
});

it('is all or nothing: what cannot be blocked leaves the key and the session as they are', async () => {
  const key = await aKey('Atomic API');
  const id = await open({ apiKeyIds: [key] });
  await t.sql(`update organization set denied_cidrs = (select array_agg(('10.0.' || n / 250 || '.' || n % 250)::cidr) from generate_series(1, 1000) n) where id = $1`, [organizations.home]); // prettier-ignore
  const body = { apiKeyIds: [key], userIds: [typeId('usr', people.member.id)], networks: ['203.0.113.0/24'] };
  await t.call('/v1/session', { as: 'member' });
  expect((await admin('POST', `${path}/${id}/contain`, body)).json.code).toBe('invalid_field');
  expect((await admin('GET', `/v1/api-keys/${key}`)).json.state).toBe('active');
  expect((await t.call('/v1/session', { as: 'member' })).status).toBe(200);
  expect(await kinds(id)).toEqual(['opened']);

  await t.sql('update organization set denied_cidrs = null where id = $1', [organizations.home]);
  const { json } = await admin('POST', `${path}/${id}/contain`, body);
  expect(json.subjects.map(({ kind, contained }: { kind: string; contained: { how: string } }) => [kind, contained.how]).sort()).toEqual([['address', 'block'], ['key', 'revoke'], ['person', 'sessions']]); // prettier-ignore
  expect((await t.call('/v1/session', { as: 'member' })).status).toBe(401);
  const other = await aKey('Other API');
  const blocked = await t.call('/v1/invoices', { key: secrets[other]!, headers: { 'x-forwarded-for': '203.0.113.9' } });
  expect([blocked.status, blocked.json.code]).toEqual([403, 'ip_blocked']);
  expect(await use(other, 'x/1')).toBe(200);
  // Lifted on the page of restrictions, and only by saying so.
  expect((await admin('PUT', '/v1/restrictions', {})).json.deniedCidrs).toEqual(['203.0.113.0/24']);
  expect((await admin('PUT', '/v1/restrictions', { deniedCidrs: null })).json.deniedCidrs).toBeNull();
});

it('an address alone is contained when it is blocked, here or elsewhere', async () => {
  const id = await open({ addresses: ['203.0.113.77', '2001:db8::1'] });
  expect(await get(id)).toMatchObject({ state: 'identified', missing: [{ what: '2001:db8::1 is not blocked.' }, { what: '203.0.113.77 is not blocked.' }, {}, {}, {}, {}] }); // prettier-ignore
  await admin('PUT', '/v1/restrictions', { deniedCidrs: ['203.0.113.0/24', '2001:db8::/64'], confirm: true });
  expect(await get(id)).toMatchObject({ state: 'servicesUpdated', subjects: [{ contained: { how: 'block', by: null } }, {}] });
  await admin('PUT', '/v1/restrictions', { deniedCidrs: null });
  expect((await get(id)).state).toBe('identified');
  // What was let in again and is blocked once more is blocked since now, and by whoever does it.
  const again = await admin('POST', `${path}/${id}/contain`, {});
  expect(again.json).toMatchObject({ state: 'servicesUpdated', subjects: [{ contained: { by: { name: 'A admin' } } }, { contained: { by: { name: 'A admin' } } }] }); // prettier-ignore
  expect((await kinds(id)).at(-1)).toBe('contained');
  await admin('PUT', '/v1/restrictions', { deniedCidrs: null });
});

it('who signs in again after the sessions were ended is signed out since the last time', async () => {
  const id = await open({ userIds: [typeId('usr', people.member.id)] });
  const [first, same] = [await admin('POST', `${path}/${id}/contain`, {}), await admin('POST', `${path}/${id}/contain`, {})];
  expect(same.json.containedAt).toBe(first.json.containedAt);
  const cookie = await t.signIn('member');
  // The step is open again, and says why.
  const open2 = await get(id);
  expect(open2).toMatchObject({ state: 'identified', containedAt: null, subjects: [{ contained: null, signedInAgainAt: expect.any(String) }] }); // prettier-ignore
  const at = `${open2.subjects[0].signedInAgainAt.slice(0, 19).replace('T', ' ')} UTC`;
  expect(open2.missing[0]).toEqual({ step: 'contained', what: `A member signed in again at ${at}: end the sessions once more, or suspend the person.` }); // prettier-ignore
  // One that is older came from another organization: it works here all the same.
  await t.sql(`update user_session set created_at = created_at - interval '1 day' where user_id = $1 and ended_at is null`, [people.member.id]); // prettier-ignore
  expect((await get(id)).state).toBe('identified');
  await t.sql(`update user_session set created_at = created_at + interval '1 day' where user_id = $1 and ended_at is null`, [people.member.id]); // prettier-ignore
  // Over by itself it is over since then, and nobody's deed.
  expect((await t.call('/v1/session', { method: 'DELETE', headers: { cookie, origin: t.url } })).status).toBe(204);
  const over = await get(id);
  expect(over).toMatchObject({ subjects: [{ contained: { how: 'sessions', by: null }, signedInAgainAt: null }] });
  expect(over.containedAt > open2.subjects[0].signedInAgainAt).toBe(true);
  await t.signIn('member');
  const again = await admin('POST', `${path}/${id}/contain`, {});
  expect(again.json.containedAt > over.containedAt).toBe(true);
  expect(again.json.subjects).toMatchObject([{ contained: { by: { name: 'A admin' } } }]);
  expect((await kinds(id)).filter((kind) => kind === 'contained')).toHaveLength(2);
});

it('whoever calls from an address that is named later is a suspect since then, until an admin says otherwise', async () => {
  const key = await aKey('Suspected API');
  await use(key, 'acme-checkout/1', '198.51.100.9');
  await use(key, 'acme-import/1', '192.0.2.9');
  const id = await open({ apiKeyIds: [key] });
  const states = async (): Promise<Record<string, string>> =>
    Object.fromEntries((await admin('GET', `${path}/${id}/services`)).json.data.map((one: { agent: string; state: string }) => [one.agent, one.state])); // prettier-ignore
  expect(await states()).toEqual({ 'acme-checkout': 'waiting', 'acme-import': 'waiting' });
  await admin('POST', `${path}/${id}/contain`, { networks: ['198.51.100.9'] });
  expect(await states()).toEqual({ 'acme-checkout': 'suspect', 'acme-import': 'waiting' });
  expect(await kinds(id)).toEqual(['opened', 'serviceSuspected', 'contained']);
  const { data } = (await admin('GET', `${path}/${id}/services`)).json;
  const suspect = data.find(({ state }: { state: string }) => state === 'suspect');
  await admin('PATCH', `${path}/${id}/services/${suspect.id}`, { suspect: false });
  await admin('POST', `${path}/${id}/contain`, { networks: ['198.51.100.9'] });
  expect(await states()).toEqual({ 'acme-checkout': 'waiting', 'acme-import': 'waiting' });
  await admin('PUT', '/v1/restrictions', { deniedCidrs: null });
});

it('a revocation that names an incident contains it; one of an incident that is closed revokes nothing', async () => {
  const key = await aKey('Named API');
  const id = await open({});
  const elsewhere = { reason: 'found', incidentId: typeId('inc', newId()) };
  expect((await admin('POST', `/v1/api-keys/${key}/revoke`, elsewhere)).status).toBe(404);
  expect((await admin('GET', `/v1/api-keys/${key}`)).json.state).toBe('active');
  const { json } = await admin('POST', `/v1/api-keys/${key}/revoke`, { reason: 'found', incidentId: id });
  expect(await get(id)).toMatchObject({
    state: 'contained',
    containedAt: json.revokedAt,
    subjects: [{ id: key, contained: { by: { name: 'A admin' } } }],
  });
  expect(await kinds(id)).toEqual(['opened', 'contained']);
});

it('two admins at once stop it once, and stopping it again adds nothing', async () => {
  const keys = [await aKey('One of two'), await aKey('Two of two')];
  const id = await open({ apiKeyIds: keys });
  const answers = await Promise.all(Array.from({ length: 4 }, () => admin('POST', `${path}/${id}/contain`, {})));
  expect(answers.map(({ status, json }) => [status, json.state])).toEqual(Array(4).fill([200, 'contained']));
  expect(await kinds(id)).toEqual(['opened', 'contained']);
  const entries = await t.sql(`select target_id from activity where action = 'api_key.revoked' and target_id = any($1)`, [keys.map(uuid)]);
  expect(entries).toHaveLength(2);
});

it('stops a service, and everything only when the organization is named', async () => {
  const [mine, other] = [await aKey('Billing job', 'billing'), await aKey('Mailer', 'mail')];
  const id = await open({});
  expect((await admin('POST', `${path}/${id}/contain`, {})).json.code).toBe('invalid_field');
  expect((await admin('POST', `${path}/${id}/contain`, { service: 'nothing' })).status).toBe(404);
  await admin('POST', `${path}/${id}/contain`, { service: 'Billing' });
  const stateOf = async (key: string): Promise<string> => (await admin('GET', `/v1/api-keys/${key}`)).json.state;
  expect([await stateOf(mine), await stateOf(other)]).toEqual(['revoked', 'active']);
  for (const confirm of [undefined, 'home', 'Elsewhere'])
    expect((await admin('POST', `${path}/${id}/contain`, { everything: true, confirm })).json.issues[0].pointer).toBe('/confirm');
  // A key that is being made at this moment does not slip through; nor does one that is being rotated.
  const made: Promise<Answer>[] = [];
  const stopped = await holding(t, `select from api_key where id = '${uuid(other)}' for update`, async () => {
    made.push(admin('POST', '/v1/api-keys', { name: 'Made meanwhile', replaces: other }));
    made.push(admin('POST', `/v1/api-keys/${other}/rotate`, { name: 'Rotated meanwhile', overlapSeconds: 60 }));
    await waitsForLock(t, '%for%update%', 2);
    const stopping = admin('POST', `${path}/${id}/contain`, { everything: true, confirm: 'Home' });
    await waitsForLock(t, '%pg_advisory_xact_lock(%');
    return [stopping];
  });
  expect((await stopped[0]!).json.state).toBe('contained');
  expect((await Promise.all(made)).map(({ status }) => status)).toEqual([201, 201]);
  expect(await t.sql(`select name from api_key where organization_id = $1 and revoked_at is null`, [organizations.home])).toEqual([]);
});

it('a member reads and writes notes, and stops nothing; whoever is mentioned gets a mail', async () => {
  const key = await aKey('Member API');
  const id = (await t.call(path, { as: 'admin', body: { apiKeyIds: [key] } })).json.id;
  await t.sql('delete from user_session where user_id = $1', [people.member.id]);
  const cookie = await t.signIn('member');
  const member = (method: string, at: string, body?: object): Promise<Answer> =>
    t.call(`${path}/${id}${at}`, { method, headers: { cookie, origin: t.url }, ...(body && { body }) });
  for (const [method, at, body] of [
    ...[
      ['POST', '/contain', {}],
      ['POST', '/replace', { apiKeyId: key, name: 'N' }],
      ['POST', '/close', {}],
      ['PATCH', '', { title: 'x' }],
    ],
    ...[
      ['POST', '/evidence', { logIds: ['log_x'] }],
      ['POST', '/follow-ups', { title: 'x' }],
      ['POST', '/steps/contained/not-needed', { because: 'x' }],
    ],
  ] as [string, string, object][])
    // prettier-ignore
    expect([method, at, (await member(method, at, body)).json.code]).toEqual([method, at, 'insufficient_role']);
  const note = await member('POST', '/notes', { text: 'It is **us**.\n\nAsked.', mentions: [typeId('usr', people.admin.id)] });
  expect(note.json).toMatchObject({ author: { name: 'A member' }, mentions: [{ name: 'A admin' }] });
  expect((await member('POST', '/notes', { text: 'x', mentions: [typeId('usr', people.guest.id)] })).json.issues[0].pointer).toBe(
    '/mentions',
  );
  expect((await member('GET', '/notes')).json.data).toEqual([note.json]);
  expect(await t.sql(`select to_user from mail_outbox where subject like '%mentions you%'`)).toEqual([{ to_user: people.admin.id }]);

  const task = await admin('POST', `${path}/${id}/follow-ups`, {
    title: 'Scan',
    ownerId: typeId('usr', people.member.id),
    dueOn: '2030-02-28',
  });
  expect(task.json).toMatchObject({ title: 'Scan', owner: { name: 'A member' }, dueOn: '2030-02-28', doneAt: null });
  expect((await admin('POST', `${path}/${id}/follow-ups`, { title: 'x', dueOn: '2030-02-30' })).status).toBe(400);
  const done = await admin('PATCH', `${path}/${id}/follow-ups/${task.json.id}`, { done: true, dueOn: null });
  expect(done.json).toMatchObject({ doneBy: { name: 'A admin' }, dueOn: null });
  expect((await member('GET', '/follow-ups')).json.data).toEqual([done.json]);
  expect(await t.sql(`select to_user from mail_outbox where subject like 'To do after%'`)).toEqual([{ to_user: people.member.id }]);
});

it('a person who has left keeps the button from nothing', async () => {
  const key = await aKey('Insider API');
  const gone = typeId('usr', people.guest.id);
  const id = await open({ apiKeyIds: [key], userIds: [gone], addresses: ['203.0.113.78'] });
  const alone = await open({ userIds: [gone], addresses: ['203.0.113.78'] });
  expect((await admin('DELETE', `/v1/members/${typeId('mem', people.guest.id)}`)).status).toBe(204);
  const { status, json } = await admin('POST', `${path}/${id}/contain`, {});
  expect([status, json.state, json.subjects.map(({ contained }: { contained: unknown }) => contained !== null)]).toEqual([200, 'contained', [false, true, true]]); // prettier-ignore
  // Whoever is out is out: the address that came with them is left alone, as it is for those who are here.
  expect((await admin('POST', `${path}/${alone}/contain`, {})).status).toBe(200);
  expect((await admin('GET', '/v1/restrictions')).json.deniedCidrs).toBeNull();
  // Whoever is named must be here.
  expect((await admin('POST', `${path}/${id}/contain`, { userIds: [gone] })).json.code).toBe('resource_not_found');
});

it('null is left out, wherever something may be left out', async () => {
  const key = await aKey('Null API');
  const { status, json } = await admin('POST', path, { ...{ title: null, severity: null, apiKeyIds: [key], logIds: null }, ...{ addresses: null, userIds: null, note: null, drill: null } }); // prettier-ignore
  expect([status, json.severity, json.drill]).toEqual([201, 'high', false]);
  expect((await admin('POST', `${path}/${json.id}/notes`, { text: 'x', mentions: null })).json.mentions).toEqual([]);
  const body = {
    action: null,
    apiKeyIds: null,
    service: null,
    everything: null,
    confirm: null,
    userIds: null,
    networks: null,
    reason: null,
  };
  expect((await admin('POST', `${path}/${json.id}/contain`, body)).json.state).toBe('contained');
  expect((await admin('POST', `/v1/api-keys/${key}/revoke`, { reason: 'again', incidentId: null })).status).toBe(200);
});

it('names of those who were let in the busiest 200, however many others try the key', async () => {
  const [key, id] = [await aKey('Tried API'), await open({})];
  await t.sql(
    `insert into api_key_caller (organization_id, api_key_id, day, network, agent, requests, refused, dead, last_accepted_at, last_refused_at, last_dead_at)
     select $1, $2, current_date, '198.51.100.0/24', 'agent-' || n, case when n <= 201 then n else 0 end, 1, 1, case when n <= 201 then now() end, now(), now()
     from generate_series(1, 5000) n`,
    [organizations.home, uuid(key)],
  );
  await admin('POST', `${path}/${id}/contain`, { apiKeyIds: [key] });
  const { data } = (await admin('GET', `${path}/${id}/services`)).json;
  expect([data.length, new Set(data.map(({ refusedRequests }: { refusedRequests: number }) => refusedRequests))]).toEqual([
    200,
    new Set([1]),
  ]);
  expect(data.map(({ agent }: { agent: string }) => agent)).not.toContain('agent-1');
  const asked = { organizationId: organizations.home, ids: [uuid(key)], from: new Date(), to: new Date(Date.now() + 1) };
  const some = [
    { network: '198.51.100.0/24', agent: 'agent-4000' },
    { network: null, agent: null },
  ];
  const found = (callers: typeof some) =>
    t.app.get(Tenant).run({ organizationId: organizations.home }, (tx) => callersByKey(tx, { ...asked, callers }));
  expect(await found(some)).toMatchObject([{ agent: 'agent-4000', dead: 1 }]);
  expect(await found([])).toEqual([]);
});

it("what was stopped before is nobody's deed here: it is named, and said to have been stopped", async () => {
  const [revoked, disabled, live] = [await aKey('Revoked before'), await aKey('Disabled before'), await aKey('Stopped here')];
  await admin('POST', `/v1/api-keys/${revoked}/revoke`, { reason: 'before' });
  await admin('POST', `/v1/api-keys/${disabled}/disable`, {});
  await admin('PUT', '/v1/restrictions', { deniedCidrs: ['203.0.113.79'], confirm: true });
  const id = await open({ apiKeyIds: [revoked] });
  const body = { action: 'quarantine', apiKeyIds: [revoked, disabled, live], networks: ['203.0.113.79'] };
  const { json } = await admin('POST', `${path}/${id}/contain`, body);
  const found = Object.fromEntries(json.subjects.map(({ name, contained }: { name: string; contained: { how: string; by: { name: string } | null } }) => [name, [contained.how, contained.by?.name ?? null]])); // prettier-ignore
  expect(found).toEqual({ 'Revoked before': ['revoke', null], 'Disabled before': ['disable', null], 'Stopped here': ['quarantine', 'A admin'], '203.0.113.79': ['block', null] }); // prettier-ignore
  const story = async (): Promise<string[]> => (await admin('GET', `${path}/${id}/timeline`)).json.data.map(({ text }: { text: string }) => text); // prettier-ignore
  expect((await story()).at(-1)).toBe(
    'A admin stopped Stopped here (quarantined), and named Disabled before, 203.0.113.79: stopped before.',
  );
  expect((await admin('POST', `${path}/${id}/contain`, body)).status).toBe(200);
  expect(await kinds(id)).toEqual(['opened', 'contained']);
  await admin('PUT', '/v1/restrictions', { deniedCidrs: null });
});

it('no number of notes and downloads pushes what was done out of the timeline', async () => {
  const key = await aKey('Noisy API');
  const id = await open({ apiKeyIds: [key] });
  await t.sql(
    `insert into incident_event (organization_id, id, incident_id, at, kind, actor_type, actor_name, data)
     select $1, gen_random_uuid(), $2, now(), (array['noteAdded', 'exported'])[1 + n % 2], 'user', 'A member', '{}' from generate_series(1, 2100) n`,
    [organizations.home, uuid(id)],
  );
  await admin('POST', `${path}/${id}/contain`, {});
  const told = await kinds(id);
  expect([told[0], told.at(-1), told.length < 2_000]).toEqual(['opened', 'contained', true]);
});
