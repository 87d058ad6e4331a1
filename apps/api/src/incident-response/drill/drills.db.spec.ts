/** A fire drill over HTTP: real requests, a real incident, and nothing real that could be stopped by it. */
import type { DrillReport } from './drill.dto';
import { agents } from './drill-traffic';
import { typeId } from '../../platform/ids';
import { people, startTestApp, type TestApp } from '../../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

const path = '/v1/incidents';
const report = async (id: string): Promise<DrillReport> => (await t.call(`${path}/${id}/drill`, { as: 'member' })).json;
const keys = async () => (await t.call('/v1/api-keys', { as: 'admin' })).json.data;

let id = '';
it('stages an attack with a key of its own, and opens a marked incident with the traces as evidence', async () => {
  await t.call('/v1/customers', { as: 'admin', body: { name: 'Acme', email: 'a@acme.example' } });
  // With a key: what is remembered shares a transaction with what is done, and the attack must not wait for its end.
  const asked = { as: 'admin', method: 'POST', headers: { 'idempotency-key': 'a-drill' } } as const;
  const { status, json, headers } = await t.call(`${path}/drill`, asked);
  id = json.id;
  expect((await t.call(`${path}/drill`, asked)).json).toEqual(json);
  expect([status, headers.get('location')]).toEqual([201, `${path}/${id}`]);
  const key = json.subjects.find(({ kind }: { kind: string }) => kind === 'key');
  expect(json).toMatchObject({ drill: true, state: 'identified', openedFrom: { kind: 'drill', references: [key.id] } });
  expect(json.title).toMatch(/^Fire drill .* used from 127\./);
  expect(json.counts.evidence).toBe(26);

  const [made] = await keys();
  expect(made).toMatchObject({ id: key.id, name: expect.stringMatching(/^Fire drill /), scopes: ['invoices:read', 'customers:read'] });
  expect(Date.parse(made.expiresAt)).toBeLessThan(Date.now() + 86_400_000);
  const { json: log } = await t.call(`/v1/audit-logs?apiKeyId=${key.id}&limit=200`, { as: 'admin' });
  const seen = log.data.map(
    (row: Record<string, string>) => `${row['userAgent'] === agents.intruder ? 'intruder' : 'service'} ${row['status']} ${row['reason']}`,
  );
  expect(seen).toHaveLength(34);
  expect([...new Set(seen)].sort()).toEqual(
    [
      'intruder 200 null',
      'intruder 403 missing_scope',
      'intruder 404 resource_not_found',
      'intruder 404 wrong_version',
      'service 200 null',
    ].sort(),
  );
  expect(log.data.every(({ ip }: { ip: string }) => ip.startsWith('127.'))).toBe(true);
  expect((await t.call('/v1/customers', { as: 'admin' })).json.data).toHaveLength(1);
  const { json: activity } = await t.call('/v1/activity', { as: 'admin' });
  expect(activity.data.map(({ action }: { action: string }) => action)).toEqual(
    expect.arrayContaining(['incident.opened', 'api_key.created']),
  );
});

it('is one at a time, and no second key is left behind', async () => {
  const before = await keys();
  const { status, json } = await t.call(`${path}/drill`, { as: 'admin', method: 'POST' });
  expect([status, json.code, json.incidentId]).toEqual([409, 'drill_open', id]);
  expect(await keys()).toEqual(before);
});

it('reports its steps against their targets, to those who may read incidents, and of drills alone', async () => {
  const found = await report(id);
  expect(found).toMatchObject({ incidentId: id, closedAt: null, withinTargets: null, apiKey: { state: 'expiring' } });
  expect(found.steps.map(({ step, status, withinTarget }) => [step, status, withinTarget])).toEqual([
    ...[['identified', 'done', true], ['contained', 'open', null], ['replaced', 'open', null]],
    ...[['servicesUpdated', found.steps[3]?.status, null], ['scoped', 'open', null], ['documented', 'open', null]],
  ]); // prettier-ignore
  await t.sql(`update incident set opened_at = opened_at - interval '400 s'`);
  expect((await report(id)).steps.map(({ withinTarget }) => withinTarget)).toEqual([true, false, null, null, null, null]);
  const { json: real } = await t.call(path, { as: 'admin', body: { addresses: ['203.0.113.7'] } });
  expect((await t.call(`${path}/${real.id}/drill`, { as: 'admin' })).json.code).toBe('resource_not_found');
});

it('stops and replaces nothing but its own key', async () => {
  const { json: bystander } = await t.call('/v1/api-keys', {
    as: 'admin',
    body: { name: 'Real', scopes: ['invoices:read'], service: 'real' },
  });
  const tried = [{ apiKeyIds: [bystander.id] }, { service: 'real' }, { everything: true, confirm: 'Home' }, { networks: ['127.0.0.1'] }];
  for (const body of [...tried, { userIds: [typeId('usr', people.member.id)] }]) {
    const { status, json } = await t.call(`${path}/${id}/contain`, { as: 'admin', body });
    expect([body, status, json.code]).toEqual([body, 409, 'drill_only']);
  }
  // An incident that somebody calls a drill has no key that could be stopped.
  const { json: byHand } = await t.call(path, { as: 'admin', body: { apiKeyIds: [bystander.id], drill: true } });
  expect(byHand.openedFrom.kind).toBe('key');
  for (const [at, body] of [
    ['contain', {}],
    ['replace', { apiKeyId: bystander.id, name: 'Real 2' }],
  ] as const)
    expect((await t.call(`${path}/${byHand.id}/${at}`, { as: 'admin', body })).json.code).toBe('drill_only');
  expect(await keys()).toContainEqual(expect.objectContaining({ id: bystander.id, state: 'active' }));
});

it('is gone through like any other: its service moves by itself, and closing it ends its keys', async () => {
  const { json: contained } = await t.call(`${path}/${id}/contain`, { as: 'admin', body: {} });
  const key = contained.subjects.find(({ kind }: { kind: string }) => kind === 'key');
  expect([contained.state, key.key.state]).toEqual(['contained', 'revoked']);
  const { json: made } = await t.call(`${path}/${id}/replace`, {
    as: 'admin',
    body: { apiKeyId: key.id, name: 'Fire drill, the new key' },
  });
  expect(Date.parse(made.expiresAt)).toBeLessThan(Date.now() + 86_400_000);
  const { json: services } = await t.call(`${path}/${id}/services`, { as: 'admin' });
  expect(services.data).toMatchObject([
    { agent: 'firedrill-service', state: 'moved' },
    { agent: 'firedrill-intruder', state: 'suspect' },
  ]);
  const { json: moved } = await t.call(`${path}/${id}`, { as: 'admin' });
  expect(moved).toMatchObject({ state: 'servicesUpdated', counts: { services: 1, openServices: 0 } });
  await t.call(`${path}/${id}/steps/scoped/not-needed`, { as: 'admin', body: { because: 'A drill.' } });
  const end = { rootCause: 'A drill.', impact: 'None.', lessons: 'None.' };
  expect((await t.call(`${path}/${id}/close`, { as: 'admin', body: end })).status).toBe(200);
  expect((await t.call(`/v1/api-keys/${made.id}`, { as: 'admin' })).json).toMatchObject({
    state: 'revoked',
    revokeReason: expect.stringMatching(/^The drill is over/),
  });
  expect((await t.call('/v1/invoices', { key: made.secret })).status).toBe(401);
  const over = await report(id);
  expect(over.steps.map(({ status }) => status)).toEqual(['done', 'done', 'done', 'done', 'notNeeded', 'done']);
  // It was opened long before, above.
  expect([over.withinTargets, over.apiKey?.state, over.steps[1]?.withinTarget]).toEqual([false, 'revoked', false]);
  const next = await t.call(`${path}/drill`, { as: 'admin', method: 'POST' });
  expect([next.status, next.json.number > contained.number]).toEqual([201, true]);
});

it('is begun by admins alone', async () => {
  for (const as of ['member', 'guest'] as const) expect((await t.call(`${path}/drill`, { as, method: 'POST' })).status).toBe(403);
  expect((await t.call(`${path}/${id}/drill`, { as: 'guest' })).status).toBe(403);
  expect((await t.call(`${path}/${id}/drill`, { as: 'stranger' })).status).toBe(404);
});
