/**
 * Who may do what, over every route of the product: design section 5, written down once more here, apart from the decorators, so that
 * loosening one of them fails. Each route is then called by everybody over HTTP.
 */
import { can, scopes, type Scope } from '@pinebill/contract';
import { AuditRoutes } from '@pinebill/nestjs-audit';
import type { AccessRule } from './platform/actor';
import { newId, typeId, type IdPrefix } from './platform/ids';
import { startTestApp, type Answer, type Call, type Person, type TestApp } from './testing/test-app';

const everyone = ['admin', 'member', 'guest'] as const;
const insiders = ['admin', 'member'] as const;
const admins = ['admin'] as const;
type Rights = { people: readonly Person[] | 'public'; scope?: Scope };
const open: Rights = { people: 'public' };

const table: Record<string, Rights> = {
  'GET /v1/customers': { people: everyone, scope: 'customers:read' },
  'GET /v1/customers/{id}': { people: everyone, scope: 'customers:read' },
  'POST /v1/customers': { people: insiders, scope: 'customers:write' },
  'PATCH /v1/customers/{id}': { people: insiders, scope: 'customers:write' },
  'PUT /v1/customers/{id}': { people: insiders, scope: 'customers:write' },
  'DELETE /v1/customers/{id}': { people: insiders, scope: 'customers:write' },
  'GET /v1/invoices': { people: everyone, scope: 'invoices:read' },
  'GET /v1/invoices/{id}': { people: everyone, scope: 'invoices:read' },
  'POST /v1/invoices': { people: insiders, scope: 'invoices:write' },
  'PATCH /v1/invoices/{id}': { people: insiders, scope: 'invoices:write' },
  'PUT /v1/invoices/{id}': { people: insiders, scope: 'invoices:write' },
  'DELETE /v1/invoices/{id}': { people: insiders, scope: 'invoices:write' },
  'POST /v1/invoices/{id}/finalize': { people: insiders, scope: 'invoices:write' },
  'POST /v1/invoices/{id}/pay': { people: insiders, scope: 'invoices:write' },
  'POST /v1/invoices/{id}/void': { people: insiders, scope: 'invoices:write' },
  'GET /v1/audit-logs': { people: insiders, scope: 'audit:read' },
  'GET /v1/audit-logs/{id}': { people: insiders, scope: 'audit:read' },
  'GET /v1/activity': { people: insiders },
  'GET /v1/api-keys': { people: insiders },
  'GET /v1/api-keys/{id}': { people: insiders },
  'POST /v1/api-keys': { people: admins },
  'PATCH /v1/api-keys/{id}': { people: admins },
  'POST /v1/api-keys/{id}/revoke': { people: admins },
  'GET /v1/api-keys/hygiene': { people: insiders },
  'POST /v1/api-keys/revoke': { people: admins },
  'GET /v1/services': { people: insiders },
  'POST /v1/services': { people: admins },
  'PATCH /v1/services/{id}': { people: admins },
  'POST /v1/services/{id}/merge': { people: admins },
  'GET /v1/teams': { people: insiders },
  'POST /v1/teams': { people: admins },
  'PATCH /v1/teams/{id}': { people: admins },
  'POST /v1/teams/{id}/merge': { people: admins },
  'POST /v1/api-keys/{id}/rotate': { people: admins },
  'POST /v1/api-keys/{id}/disable': { people: admins },
  'POST /v1/api-keys/{id}/enable': { people: admins },
  'POST /v1/api-keys/{id}/quarantine': { people: admins },
  'GET /v1/api-keys/{id}/usage': { people: insiders },
  'GET /v1/api-keys/{id}/cutover': { people: insiders },
  'GET /v1/members': { people: insiders },
  'POST /v1/members': { people: admins },
  'PATCH /v1/members/{id}': { people: admins },
  'DELETE /v1/members/{id}': { people: admins },
  'POST /v1/members/{id}/invitation': { people: admins },
  'POST /v1/members/{id}/password-reset': { people: admins },
  'DELETE /v1/members/{id}/second-factor': { people: admins },
  'GET /v1/organization': { people: insiders },
  'PATCH /v1/organization': { people: admins },
  'POST /v1/organizations': { people: admins },
  'GET /v1/access-review': { people: insiders },
  'GET /v1/reviews': { people: insiders },
  'GET /v1/reviews/{id}': { people: insiders },
  'POST /v1/reviews': { people: admins },
  'GET /v1/plan': { people: insiders },
  'GET /v1/restrictions': { people: insiders },
  'PUT /v1/restrictions': { people: admins },
  'POST /v1/restrictions/preview': { people: admins },
  'GET /v1/system': { people: admins },
  'GET /v1/system/quarantine': { people: admins },
  'POST /v1/system/test-mail': { people: admins },
  'GET /v1/session': { people: everyone },
  'DELETE /v1/session': { people: everyone },
  'PUT /v1/session/organization': { people: everyone },
  'PATCH /v1/me': { people: everyone },
  'PUT /v1/me/password': { people: everyone },
  'GET /v1/me/second-factor': { people: everyone },
  'POST /v1/me/second-factor': { people: everyone },
  'POST /v1/me/second-factor/confirm': { people: everyone },
  'DELETE /v1/me/second-factor': { people: everyone },
  'POST /v1/me/second-factor/recovery-codes': { people: everyone },
  'GET /v1/me/sessions': { people: everyone },
  'DELETE /v1/me/sessions/{id}': { people: everyone },
  'POST /v1/session': open,
  'GET /v1/session/oidc/start': open,
  'GET /v1/session/oidc/callback': open,
  'POST /v1/session/oidc/code': open,
  'POST /v1/invitations/{token}/accept': open,
  'POST /v1/password-resets': open,
  'POST /v1/password-resets/{token}/complete': open,
  'GET /v1/reference/status-codes': open,
  'GET /v1/maintenance': open,
};
/** Outside /v1: probes. */
const probes: Record<string, Rights> = { 'GET /healthz': open, 'GET /readyz': open, 'GET /metrics': open };
const rows = Object.entries(table).map(([name, rights]) => {
  const [method, template] = name.split(' ') as [string, string];
  return { name, method, template, ...rights };
});
const protectedRows = rows.filter(({ people }) => people !== 'public');

const prefixes: Record<string, IdPrefix> = {
  customers: 'cus',
  invoices: 'inv',
  'audit-logs': 'log',
  'api-keys': 'key',
  members: 'mem',
  sessions: 'ses',
  services: 'svc',
  teams: 'team',
  reviews: 'rvw',
};
const kindOf = (template: string): string => /\/([a-z-]+)\/\{id\}/.exec(template)?.[1] ?? '';

let t: TestApp;
/** Secrets: with every scope, with every scope but one, and revoked. */
const keys: { all: string; revoked: string; without: Map<Scope, string> } = { all: '', revoked: '', without: new Map() };
/** TypeIDs of what the home organization owns, by the word in the path. */
const owned: Record<string, string> = {};

async function mint(name: string, granted: readonly Scope[]): Promise<{ id: string; secret: string }> {
  const answer = await t.call('/v1/api-keys', { as: 'admin', body: { name, scopes: granted } });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json;
}

beforeAll(async () => {
  t = await startTestApp(__filename);
  const all = await mint('all scopes', scopes);
  keys.all = all.secret;
  for (const scope of scopes)
    keys.without.set(
      scope,
      (
        await mint(
          `without ${scope}`,
          scopes.filter((one) => one !== scope),
        )
      ).secret,
    );
  const revoked = await mint('revoked', scopes);
  keys.revoked = revoked.secret;
  await t.call(`/v1/api-keys/${revoked.id}/revoke`, { as: 'admin', body: { reason: 'matrix' } });
  const customer = (await t.call('/v1/customers', { as: 'admin', body: validBodies['POST /v1/customers'] })).json;
  const lines = [{ description: 'x', quantity: 1, unitAmount: 1 }];
  const invoice = (await t.call('/v1/invoices', { as: 'admin', body: { customerId: customer.id, currency: 'EUR', lines } })).json;
  const { data: members } = (await t.call('/v1/members', { as: 'admin' })).json;
  Object.assign(owned, { customers: customer.id, invoices: invoice.id, 'api-keys': all.id, members: members[0].id });
  for (const list of ['services', 'teams']) owned[list] = (await t.call(`/v1/${list}`, { as: 'admin', body: { name: 'of home' } })).json.id;
  owned['reviews'] = (await t.call('/v1/reviews', { as: 'admin', body: { kind: 'access' } })).json.id;
  owned['audit-logs'] = await aRecordId();
  owned['sessions'] = (await t.call('/v1/me/sessions', { as: 'admin' })).json.data[0].id;
});
afterAll(() => t.close());

/** Records arrive a moment after their answer. */
async function aRecordId(): Promise<string> {
  for (;;) {
    const { json } = await t.call('/v1/audit-logs?actorType=user&limit=1', { as: 'admin' });
    if (json.data.length > 0) return json.data[0].id;
  }
}

/** Bodies with which a call gets as far as looking the id up. */
const validBodies: Record<string, object> = {
  'POST /v1/customers': { name: 'ACME', email: 'a@acme.example' },
  'PATCH /v1/customers/{id}': { name: 'ACME' },
  'PUT /v1/customers/{id}': { name: 'ACME', email: 'a@acme.example' },
  'PATCH /v1/invoices/{id}': { dueAt: null },
  'PATCH /v1/api-keys/{id}': { service: 'x' },
  'POST /v1/api-keys/{id}/revoke': { reason: 'matrix' },
  'POST /v1/api-keys/{id}/rotate': { name: 'matrix', overlapSeconds: 0 },
  'PATCH /v1/members/{id}': { role: 'guest' },
  'POST /v1/restrictions/preview': { rule: {} },
  'PATCH /v1/services/{id}': { name: 'matrix' },
  'POST /v1/services/{id}/merge': { into: typeId('svc', newId()) },
  'PATCH /v1/teams/{id}': { name: 'matrix' },
  'POST /v1/teams/{id}/merge': { into: typeId('team', newId()) },
};
const takesBody = (method: string, name: string): boolean => method !== 'GET' && (method !== 'DELETE' || name in validBodies);

/** A path with an id that nobody has, and a body that no rule accepts: whoever is let in changes nothing. */
const harmless = (template: string): string =>
  template.replace('{id}', typeId(prefixes[kindOf(template)] ?? 'log', newId())).replace('{token}', 'x'.repeat(43));
const call = (row: { name: string; method: string; template: string }, caller: Call, path = harmless(row.template)): Promise<Answer> =>
  t.call(path, { method: row.method, ...(takesBody(row.method, row.name) ? { body: validBodies[row.name] ?? {} } : {}), ...caller });
/** Reaching the work means anything but being turned away at the door, or failing. */
const letIn = ({ status }: Answer): boolean => status !== 401 && status !== 403 && status < 500;

describe('the decorators', () => {
  it('declare exactly what the table says, for every route there is', () => {
    const rightsOf = ({ metadata }: { metadata: unknown }): Rights => {
      const rule = metadata as AccessRule;
      if (rule.kind === 'public') return { people: 'public' };
      const { permission, scope } = rule;
      const people = everyone.filter((role) => permission === 'signed-in' || can(role, permission));
      return { people, ...(scope === null ? {} : { scope }) };
    };
    const declared = t.app.get(AuditRoutes).all();
    const actual = Object.fromEntries(declared.map((route) => [`${route.method} ${route.template}`, rightsOf(route)]));
    expect(actual).toEqual({ ...table, ...probes });
  });

  it('give a reason for every public route', () => {
    for (const { metadata } of t.app.get(AuditRoutes).all()) {
      const rule = metadata as AccessRule;
      if (rule.kind === 'public') expect(rule.reason.length).toBeGreaterThan(20);
    }
  });
});

describe.each(protectedRows)('$name', (row) => {
  it('turns nobody away with 401', async () => {
    const answer = await call(row, {});
    expect([answer.status, answer.json.code]).toEqual([401, 'invalid_api_key']);
  });

  it.each(everyone)('treats a %s as the table says', async (person) => {
    // A session of its own: signing out is one of the routes.
    const cookie = await t.signIn(person);
    const answer = await call(row, { headers: { cookie, origin: t.url } });
    if ((row.people as readonly Person[]).includes(person)) expect({ in: letIn(answer), answer: answer.text }).toMatchObject({ in: true });
    else expect([answer.status, answer.json.code]).toEqual([403, 'insufficient_role']);
  });

  it('lets a key in by its scope only', async () => {
    const [allowed, revoked] = [await call(row, { key: keys.all }), await call(row, { key: keys.revoked })];
    expect([revoked.status, revoked.json.code]).toEqual([401, 'invalid_api_key']);
    if (row.scope === undefined) {
      expect([allowed.status, allowed.json.code]).toEqual([403, 'person_required']);
      return;
    }
    expect({ in: letIn(allowed), answer: allowed.text }).toMatchObject({ in: true });
    const without = await call(row, { key: keys.without.get(row.scope)! });
    expect([without.status, without.json.code]).toEqual([403, 'missing_scope']);
  });
});

describe.each(protectedRows.filter(({ template }) => template.includes('{id}')))("another organization's id at $name", (row) => {
  it('is answered like one that does not exist, even to an admin', async () => {
    const id = owned[kindOf(row.template)]!;
    const body = row.method === 'PUT' && row.template.includes('invoices') ? { body: await aStrangersInvoice() } : {};
    const foreign = await call(row, { as: 'stranger', ...body }, row.template.replace('{id}', id));
    const absent = await call(row, { as: 'stranger', ...body });
    expect([foreign.status, foreign.json.code]).toEqual([404, 'resource_not_found']);
    // Word for word: an answer that differs tells which ids exist elsewhere.
    expect({ ...foreign.json, requestId: null }).toEqual({ ...absent.json, requestId: null });
  });
});

async function aStrangersInvoice(): Promise<object> {
  const customer = (await t.call('/v1/customers', { as: 'stranger', body: validBodies['POST /v1/customers'] })).json;
  return { customerId: customer.id, currency: 'EUR', lines: [{ description: 'x', quantity: 1, unitAmount: 1 }] };
}

describe.each(protectedRows.filter(({ method, template }) => method === 'GET' && template.includes('{id}')))(
  'the own id at $name',
  (row) => {
    it('is found by those who may', async () => {
      const path = row.template.replace('{id}', owned[kindOf(row.template)]!);
      expect((await t.call(path, { as: 'admin' })).status).toBe(200);
      if (row.scope !== undefined) expect((await t.call(path, { key: keys.all })).status).toBe(200);
    });
  },
);

describe.each(rows.filter(({ people }) => people === 'public'))('$name', (row) => {
  it('needs no credentials', async () => {
    const answer = await call(row, { headers: { origin: t.url } });
    expect([401, 404].includes(answer.status) ? answer.json.code : 'in').not.toBe('invalid_api_key');
    expect(answer.status).not.toBe(403);
  });
});

it('is about every list: a stranger sees nothing of home', async () => {
  const seen: string[] = [];
  for (const path of [
    '/v1/customers',
    '/v1/invoices',
    '/v1/audit-logs',
    '/v1/activity',
    '/v1/api-keys',
    '/v1/members',
    '/v1/services',
    '/v1/teams',
    '/v1/reviews',
    '/v1/me/sessions',
  ]) {
    const answer = await t.call(path, { as: 'stranger' });
    expect(answer.status).toBe(200);
    seen.push(...(answer.json.data as { id: string }[]).map(({ id }) => id));
  }
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter((id) => Object.values(owned).includes(id))).toEqual([]);
});
