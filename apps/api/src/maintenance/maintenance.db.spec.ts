/** The operator's order, the routes that it stops and those that go on, the record of what was refused. */
import { setTimeout as delay } from 'node:timers/promises';
import { AuditRoutes, AuditWriter } from '@pinebill/nestjs-audit';
import { readConfig, type Config } from '../config';
import { newId, typeId, type IdPrefix } from '../platform/ids';
import { people, startTestApp, type Answer, type TestApp } from '../testing/test-app';
import { operateMaintenance } from './maintenance-command';
import { Maintenance } from './maintenance.service';

/** What changes something and goes on. Written once more here, apart from the decorators. */
const goesOn = [
  'POST /v1/session',
  'DELETE /v1/session',
  'PUT /v1/session/organization',
  'PUT /v1/me/password',
  'DELETE /v1/me/sessions/{id}',
  'PATCH /v1/members/{id}',
  'POST /v1/api-keys/{id}/revoke',
  'POST /v1/api-keys/{id}/disable',
  'POST /v1/api-keys/{id}/quarantine',
  'POST /v1/api-keys/revoke',
  'POST /v1/session/oidc/code',
  'POST /v1/me/second-factor',
  'POST /v1/me/second-factor/confirm',
  'POST /v1/incidents',
  'POST /v1/incidents/{id}/contain',
  'POST /v1/incidents/{id}/replace',
  'POST /v1/incidents/{id}/notes',
  'POST /v1/findings/{id}/incident',
  'POST /v1/alerts/{id}/incident',
  'POST /v1/leak-checks',
  'POST /v1/leak-reports',
];
/** What of it goes on. */
const bodies: Record<string, unknown> = { 'PATCH /v1/members/{id}': { suspended: true } };
const prefixes: Record<string, IdPrefix> = { customers: 'cus', invoices: 'inv', 'api-keys': 'key', members: 'mem', sessions: 'ses' };

let t: TestApp;
let config: Config;
beforeAll(async () => {
  t = await startTestApp(__filename);
  config = readConfig({ DATABASE_URL: t.db.url });
});
afterAll(() => t.close());

const order = (...words: string[]): Promise<string> => operateMaintenance(config, words);
const shown = async () => (await t.call('/v1/maintenance')).json as { active: boolean; endsAt: string | null; message: string | null };
/** The processes look once a second. */
async function until(active: boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; (await shown()).active !== active;) {
    if (Date.now() > deadline) throw new Error(`maintenance did not become ${active}`);
    await delay(20);
  }
}
async function during(words: string[], work: () => Promise<void>): Promise<void> {
  await order('start', ...words);
  await until(true);
  try {
    await work();
  } finally {
    await order('end');
    await until(false);
  }
}
const kindOf = (template: string): string => /\/([a-z-]+)\/\{id\}/.exec(template)?.[1] ?? '';
const harmless = (template: string): string =>
  template.replace('{id}', typeId(prefixes[kindOf(template)] ?? 'log', newId())).replace('{token}', 'x'.repeat(43));

it('refuses every operation that changes something but those of the list, and says when to come back', async () => {
  const routes = t.app.get(AuditRoutes).all().filter(({ method }) => method !== 'GET' && method !== 'HEAD'); // prettier-ignore
  const wentOn: string[] = [];
  const refused: Answer[] = [];
  await during(['--minutes', '30', '--message', 'Moving house'], async () => {
    for (const { method, template } of routes) {
      const cookie = await t.signIn('admin'); // of its own: signing out is one of them
      const answer = await t.call(harmless(template), {
        method,
        headers: { cookie, origin: t.url, 'user-agent': 'walk' },
        ...(method === 'DELETE' ? {} : { body: bodies[`${method} ${template}`] ?? {} }),
      });
      if (answer.json?.code === 'maintenance') refused.push(answer);
      else wentOn.push(`${method} ${template}`);
    }
  });
  expect(wentOn.sort()).toEqual([...goesOn].sort());
  expect(refused).toHaveLength(routes.length - goesOn.length);
  for (const { status, json, headers } of refused) {
    expect([status, headers.get('content-type')]).toEqual([503, 'application/problem+json; charset=utf-8']);
    expect(json.detail).toMatch(/^Changes are refused until about \d{4}-.* UTC; .* The operator says: Moving house$/);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(28 * 60);
    expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(30 * 60);
  }
  await t.app.get(AuditWriter).flush();
  const rows = await t.sql(`select status, reason, outcome from audit_record where user_agent = 'walk' and reason = 'maintenance'`);
  expect(rows).toEqual(refused.map(() => ({ status: 503, reason: 'maintenance', outcome: 'completed' })));
});

it('gives a reason beside every operation that goes on', async () => {
  const { paths } = (await t.call('/openapi.json')).json as { paths: Record<string, Record<string, Record<string, unknown>>> };
  const marked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => {
      const reason = operation['x-works-during-maintenance'];
      return typeof reason === 'string' && reason.length > 40 ? [`${method.toUpperCase()} ${path}`] : [];
    }),
  );
  expect(marked.sort()).toEqual([...goesOn].sort());
});

it('lets the log be read and a leaked key be revoked, and a 401, 403 and 404 be what they are', async () => {
  const made = async (scope: string) =>
    (await t.call('/v1/api-keys', { as: 'admin', body: { name: `For ${scope}`, scopes: [scope] } })).json as { id: string; secret: string };
  const [reader, leaked, writer] = [await made('audit:read'), await made('invoices:read'), await made('customers:write')];
  const customer = { name: 'ACME', email: 'a@acme.example' };
  await during([], async () => {
    expect((await t.call('/v1/audit-logs', { key: reader.secret })).status).toBe(200);
    expect((await t.call('/v1/audit-logs', { as: 'admin' })).status).toBe(200);
    expect((await t.call(`/v1/api-keys/${leaked.id}/revoke`, { as: 'admin', body: { reason: 'leaked' } })).status).toBe(200);
    expect((await t.call('/v1/invoices', { key: leaked.secret })).status).toBe(401);
    expect((await t.call('/v1/customers', { method: 'POST', key: leaked.secret, body: customer })).status).toBe(401);
    expect((await t.call('/v1/customers', { key: reader.secret, body: customer })).json.code).toBe('missing_scope');
    expect((await t.call('/v1/customers', { as: 'guest', body: customer })).json.code).toBe('insufficient_role');
    expect((await t.call('/v1/nowhere', { as: 'admin', body: {} })).status).toBe(404);
    // Without an announced end, and before the body is looked at.
    const answer = await t.call('/v1/customers', { key: writer.secret, body: { nonsense: true } });
    expect([answer.status, answer.json.code, answer.headers.get('retry-after')]).toEqual([503, 'maintenance', '30']);
  });
  expect((await t.call('/v1/customers', { key: writer.secret, body: customer })).status).toBe(201);
});

it('keeps an Idempotency-Key of a refused request free', async () => {
  const send = () =>
    t.call('/v1/customers', { as: 'admin', body: { name: 'Once', email: 'o@o.example' }, headers: { 'idempotency-key': 'kept' } });
  await during([], async () => expect((await send()).status).toBe(503));
  const answer = await send();
  expect([answer.status, answer.headers.get('idempotency-replayed')]).toEqual([201, null]);
});

it('lets a member be suspended, and nothing else be changed about one', async () => {
  const member = `/v1/members/${typeId('mem', people.guest.id)}`;
  const change = (body: unknown) => t.call(member, { method: 'PATCH', as: 'admin', body });
  await during([], async () => {
    for (const body of [{ role: 'admin' }, { role: 'admin', suspended: true }, { suspended: false }, {}, [true]])
      expect([body, (await change(body)).json.code]).toEqual([body, 'maintenance']);
    expect(await change({ suspended: true })).toMatchObject({ status: 200, json: { state: 'suspended', role: 'guest' } });
  });
  expect((await change({ suspended: false })).json).toMatchObject({ state: 'active', role: 'guest' });
});

it('holds what was read last while the state cannot be read', async () => {
  const maintenance: unknown = t.app.get(Maintenance);
  const looks = jest.spyOn(maintenance as { look: () => Promise<void> }, 'look');
  await order('start');
  await until(true);
  try {
    await t.sql('revoke select on maintenance from pinebill_app');
    await order('end'); // nobody can see that now
    const failed = async () => {
      const all = await Promise.allSettled(looks.mock.results.map(({ value }) => value));
      return all.filter(({ status }) => status === 'rejected').length;
    };
    for (const deadline = Date.now() + 10_000; (await failed()) < 2;) {
      expect(Date.now()).toBeLessThan(deadline);
      await delay(20);
    }
    expect((await shown()).active).toBe(true);
  } finally {
    await t.sql('grant select on maintenance to pinebill_app');
    looks.mockRestore();
  }
  await until(false);
});

it('shows the order to everyone, and goes on beyond the announced end until it is ended', async () => {
  expect(await shown()).toEqual({ active: false, startedAt: null, endsAt: null, message: null });
  await during(['--minutes', '5', '--message', 'Soon'], async () => {
    const { endsAt, message } = await shown();
    expect(message).toBe('Soon');
    expect(Date.parse(endsAt ?? '') - Date.now()).toBeGreaterThan(4 * 60_000);
    await t.sql(`update maintenance set ends_at = now() - interval '1 minute'`);
    for (const deadline = Date.now() + 10_000; Date.parse((await shown()).endsAt ?? '') > Date.now();) {
      expect(Date.now()).toBeLessThan(deadline);
      await delay(20);
    }
    const answer = await t.call('/v1/customers', { as: 'admin', body: {} });
    expect([answer.json.code, answer.headers.get('retry-after')]).toEqual(['maintenance', '30']);
  });
});

it('leaves start, change and end in the activity of the home organization, and nothing where nothing changed', async () => {
  await t.sql('delete from activity');
  await order('start', '--message', 'One');
  await order('start', '--minutes', '10', '--message', 'Two');
  expect(await order('status')).toMatch(/^There is maintenance since .* UTC; announced until .* UTC\. Message: Two$/);
  expect(await order('end')).toContain('Maintenance is over.');
  expect(await order('end')).toBe('There was no maintenance; nothing was changed.');
  expect(await order('status')).toBe('There is no maintenance.');
  const { data } = (await t.call('/v1/activity?order=asc', { as: 'admin' })).json as { data: { action: string }[] };
  const ours = data.filter(({ action }) => action.startsWith('maintenance.'));
  expect(ours).toMatchObject([
    { action: 'maintenance.started', actor: { type: 'system', name: 'maintenance' }, before: { active: false }, after: { active: true, message: 'One' } },
    { action: 'maintenance.changed', before: { endsAt: null, message: 'One' }, after: { endsAt: expect.any(String), message: 'Two' } },
    { action: 'maintenance.ended', target: { type: 'organization', name: 'Home' }, after: { active: false, endsAt: null, message: null } },
  ]); // prettier-ignore
  expect((await t.call('/v1/activity', { as: 'stranger' })).text).not.toContain('maintenance.');
  await until(false);
});

it.each([
  [[], 'Say what to do'],
  [['begin'], 'Say what to do'],
  [['start', 'now'], 'Say what to do'],
  [['end', '--minutes', '3'], 'belong to start'],
  [['start', '--minutes', '0'], '--minutes: got "0"'],
  [['start', '--minutes', 'soon'], '--minutes: got "soon"'],
  [['start', '--message', 'two\nlines'], '--message: takes'],
  [['start', '--until', 'noon'], 'Unknown option'],
])('refuses %j, and says what it takes', async (words, message) => {
  await expect(order(...words)).rejects.toThrow(message);
  expect((await shown()).active).toBe(false);
});
