/**
 * The two walls between organizations, over HTTP: everything that can be read of the served OpenAPI, by the admin of one organization, with what
 * the other one owns in its tables. Either wall alone hides all of it; without both it shows, or this would prove nothing.
 */
import { Client } from 'pg';
import { scopes } from '@pinebill/contract';
import { newId, parseId, typeId } from '../platform/ids';
import { ExportWorker } from '../exports/export-worker.jobs';
import { organizations, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';
import { walledTables } from '../testing/walled-tables';
import { takeFiltersOut } from '../testing/without-filters';

type Document = {
  paths: Record<string, { get?: { responses: Record<string, { content?: { 'application/json': { schema: { $ref?: string } } } }> } }>;
  components: { schemas: Record<string, { properties?: Record<string, { type?: string }> }> };
};
type Operation = { path: string; isList: boolean; ofOne: boolean };
let t: TestApp;
let operations: Operation[];
let without: ReturnType<typeof takeFiltersOut>;
/** What only the other organization has: its uuids, as they are and as ids of the API end. */
let foreign: string[];
/** Ids of the other organization, by the template that takes them. */
const theirs: Record<string, string> = {};

/** Of a person or of the installation: what they ask has no filter to take out. */
const ofNoOrganization = [
  ...['/v1/session', '/v1/session/oidc/start', '/v1/session/oidc/callback', '/v1/me/sessions', '/v1/me/second-factor'],
  ...['/v1/system', '/v1/system/quarantine', '/v1/maintenance', '/v1/reference/status-codes', '/v1/exports/signing-keys'],
];
/** One row about the own organization, or sums, which do not say whose they are. */
const hasNoIds = new Set([
  '/v1/plan',
  '/v1/archive-setting',
  '/v1/detection',
  '/v1/restrictions',
  '/v1/audit-logs/stats',
  '/v1/support-contact',
  '/v1/incident-template',
]);
/** That somebody took it is written down beside the incident, which the database refuses beside one of another organization: 500, and nothing shows. */
const writtenDown = new Set(['/v1/incidents/{id}/report', '/v1/incidents/{id}/support-packet']);
/** Goes on for ever: tail.db.spec.ts looks at what it shows. */
const endless = ['/v1/audit-logs/stream'];

async function fillBoth(): Promise<void> {
  for (const as of ['admin', 'stranger'] as const) {
    const organization = organizations[as === 'admin' ? 'home' : 'other'];
    const send = async (path: string, body: object): Promise<{ id: string; secret: string }> => {
      const answer = await t.call(path, { as, body });
      if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`);
      return answer.json;
    };
    const customer = await send('/v1/customers', { name: 'ACME', email: 'a@acme.example' });
    const lines = [{ description: 'x', quantity: 1, unitAmount: 1 }];
    const invoice = await send('/v1/invoices', { customerId: customer.id, currency: 'EUR', lines });
    const key = await send('/v1/api-keys', { name: 'Key', scopes });
    for (const path of ['/v1/nowhere', '/v1/invoices']) await t.call(path, { key: key.secret });
    await send(`/v1/api-keys/${key.id}/rotate`, { name: 'Next key', overlapSeconds: 3600 });
    // As a report of a scanner leaves it: none is believed here.
    await t.sql(
      `insert into leak_report (organization_id, id, api_key_id, token_type, place_sha256, reported_at, last_reported_at, next_at, handled_at, policy, action)
       values ($1, $2, $3, 'x', '', now(), now(), now(), now(), 'alert', 'alerted')`,
      [organization, newId(), parseId('key', key.id)],
    );
    // As detection leaves it: nobody's log is looked at here.
    const finding = newId();
    await t.sql(
      `insert into finding (organization_id, id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at,
         count, facts, filter, samples)
       values ($1, $2, 'silence', 'key', $3, '', 'low', 'open', now(), now(), now(), now(), 1, '{"seen":{},"normal":{},"threshold":{}}', '{}', '{}')`,
      [organization, finding, key.id],
    );
    const baseline = await send('/v1/baselines', { apiKeyId: key.id });
    const service = await send('/v1/services', { name: 'checkout' });
    const team = await send('/v1/teams', { name: 'payments' });
    const member = await send('/v1/members', { email: `new-of-${as}@example.com`, name: 'New', role: 'guest' });
    const review = await send('/v1/reviews', { kind: 'access' });
    // What is in its file, and whose, both walls have a say in; made before anybody asks for it.
    const exported = await send('/v1/exports', { format: 'json', source: 'evidence' });
    await send('/v1/export-schedules', { name: 'For the auditor', every: 'month', format: 'csv' });
    const view = await send('/v1/saved-views', { name: 'Refused', shared: true });
    const recipients = [typeId('usr', people[as].id)];
    const channel = await send('/v1/channels', { name: 'On call', kind: 'mail', recipients });
    await t.sql(
      `insert into notification (organization_id, id, channel_id, event, data, created_at, state, next_attempt_at)
       values ($1, $2, $3, 'alert.opened', '{"title":"x","link":"x"}', now(), 'delivered', now())`,
      [organization, newId(), parseId('chn', channel.id)],
    );
    const hold = await send('/v1/holds', { reason: 'A case' });
    const week = newId();
    await t.sql(
      `insert into weekly_review (organization_id, id, week, digest, attention, made_at, due_at) values ($1, $2, '2025-12-01', '{"attention":[],"findings":{"list":[]},"incidents":{}}', 0, now(), now())`,
      [organization, week],
    );
    const incident = await anIncident(as);
    const rule = await send('/v1/alert-rules', { name: 'Refused', kind: 'filter', filter: { path: '/nowhere' }, threshold: 1 });
    const alert = await anAlert(as, rule.id);
    await t.app.get(ExportWorker).look();
    await t.sql(
      `insert into archive (organization_id, id, created_at, state, to_at, up_to_sequence, destination, location, file)
       values ($1, $2, now(), 'failed', now(), 0, 'directory', 'here', 'a')`,
      [organization, newId()],
    );
    // As a purge leaves it; after the export, which is one file without it.
    await t.sql(
      `insert into purge_certificate (organization_id, id, began_at, ended_at, how, cutoff_at, policy, rows, others, by_name)
       values ($1, $2, now(), now(), 'deleted', now(), '{"plan":"starter"}', 0, '{}', 'retention')`,
      [organization, newId()],
    );
    if (as !== 'admin') continue;
    const created = {
      customers: customer,
      invoices: invoice,
      'api-keys': key,
      services: service,
      teams: team,
      members: member,
      reviews: review,
      exports: exported,
      'saved-views': view,
      incidents: incident,
      'alert-rules': rule,
      alerts: alert,
      channels: channel,
      'weekly-reviews': { id: typeId('wkr', week) },
      findings: { id: typeId('fnd', finding) },
      baselines: baseline,
      holds: hold,
    };
    for (const [kind, { id }] of Object.entries(created)) theirs[kind] = id;
  }
}

/** About no key: who calls with one would be written down by whoever looks. */
async function anIncident(as: 'admin' | 'stranger'): Promise<{ id: string }> {
  const { json } = await t.call('/v1/incidents', { as, body: { logIds: [await untilRecorded(as, 'user')], note: 'odd', drill: true } });
  await t.call(`/v1/incidents/${json.id}/services`, { as, body: { label: 'The nightly import' } });
  await t.call(`/v1/incidents/${json.id}/follow-ups`, { as, body: { title: 'Scan' } });
  return json;
}

/** As the runner leaves one. */
async function anAlert(as: 'admin' | 'stranger', ruleId: string): Promise<{ id: string }> {
  const id = newId();
  await t.sql(
    `insert into alert (organization_id, id, rule_id, rule_name, rule_version, rule, state, severity, title, group_key, window_from, window_to, minute, count, filter,
       samples, opened_at) values ($1, $2, $3, 'Refused', 1, '{}', 'open', 'high', 'Refused', '', now(), now(), 1, 1, '{}', '{}', now())`,
    [organizations[as === 'admin' ? 'home' : 'other'], id, parseId('rul', ruleId)],
  );
  return { id: typeId('alr', id) };
}

/** Records arrive a moment after their answer. */
async function untilRecorded(as: 'admin' | 'stranger', actorType = 'apiKey'): Promise<string> {
  for (;;) {
    const { json } = await t.call(`/v1/audit-logs?limit=1&actorType=${actorType}`, { as });
    if (json.data.length > 0) return json.data[0].id;
  }
}

/** Every uuid in the rows of home that is in no row of the other organization. */
async function onlyAtHome(): Promise<string[]> {
  const client = new Client({ connectionString: t.db.url, options: '-c search_path=app' });
  await client.connect();
  const of = { home: '', other: '' };
  for (const { name, owner } of await walledTables(client)) {
    for (const side of ['home', 'other'] as const) {
      const whose = owner === 'organization_id' || name === 'organization' ? `= '${organizations[side]}'`
        : `in (select user_id from membership where organization_id = '${organizations[side]}')`; // prettier-ignore
      const { rows } = await client.query<{ text: string | null }>(
        `select string_agg(to_jsonb(t)::text, ' ') as text from ${name} t where ${owner} ${whose}`,
      );
      of[side] += ` ${rows[0]!.text ?? ''}`;
    }
  }
  await client.end();
  const uuids = (text: string) => new Set(text.match(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g));
  const shared = uuids(of.other);
  return [...uuids(of.home)].filter((uuid) => !shared.has(uuid)).flatMap((uuid) => [uuid, typeId('log', uuid).slice('log_'.length)]);
}

async function readable(): Promise<Operation[]> {
  const { paths, components } = (await t.call('/openapi.json')).json as Document;
  expect(ofNoOrganization.filter((path) => !paths[path]?.get)).toEqual([]);
  const isList = (schema: string): boolean => components.schemas[schema]?.properties?.['data']?.type === 'array';
  const found = Object.entries(paths).filter(([path, { get }]) => get && ![...ofNoOrganization, ...endless].includes(path));
  return found.map(([path, { get }]) => {
    const schema = get?.responses['200']?.content?.['application/json'].schema.$ref?.split('/').at(-1) ?? '';
    return { path, ofOne: path.includes('{id}'), isList: isList(schema) };
  });
}

beforeAll(async () => {
  t = await startTestApp(__filename);
  await fillBoth();
  await untilRecorded('stranger');
  theirs['audit-logs'] = await untilRecorded('admin');
  foreign = await onlyAtHome();
  operations = await readable();
  without = takeFiltersOut(t.app.getHttpServer());
});
afterAll(async () => {
  without.undo();
  await t.close();
});

/** A path is what the caller wrote, ids of others included: the own log shows it back. */
const foreignIn = ({ json }: Answer): number => {
  const text = JSON.stringify(json, (key, value: unknown) => (key === 'path' ? undefined : value));
  return foreign.filter((id) => text.includes(id)).length;
};
/** This spec's own calls are records too: of the newest 50 they would soon be all. */
const wide: Record<string, string> = { '/v1/audit-logs': '?limit=200' };
const read = ({ path }: Operation) =>
  t.call(path.replace('{id}', theirs[path.split('/')[2]!] ?? 'nothing of theirs').replace('{ip}', '127.0.0.1') + (wide[path] ?? ''), {
    as: 'stranger',
  });
const readUnfiltered = (operation: Operation) => without.unfiltered(() => read(operation));
const hidden = (answer: Answer) => ({ status: answer.status, foreign: foreignIn(answer) });
const all = async <T>(work: (operation: Operation) => Promise<T>): Promise<Record<string, T>> => {
  const results: Record<string, T> = {};
  for (const operation of operations) results[operation.path] = await work(operation);
  return results;
};
const expected = <T>(of: (operation: Operation) => T): Record<string, T> =>
  Object.fromEntries(operations.map((operation) => [operation.path, of(operation)]));

it('is about everything that can be read, and about enough to be seen', () => {
  expect(foreign.length).toBeGreaterThan(40);
  expect(operations.filter(({ isList }) => isList).length).toBeGreaterThanOrEqual(9);
  for (const { path, ofOne } of operations) expect([path, ofOne && !(path.split('/')[2]! in theirs)]).toEqual([path, false]);
});

it('policies alone hide what is foreign, when every filter by organization is taken out of the statements', async () => {
  const read = await all(async (operation) => {
    const { answer, rewritten } = await readUnfiltered(operation);
    // Nothing to take out: either the list forgets its filter, or it is written in a way that `withoutFilters` does not know.
    return { ...hidden(answer), filtered: rewritten.length > 0 };
  });
  expect(read).toEqual(expected(({ ofOne }) => ({ status: ofOne ? 404 : 200, foreign: 0, filtered: true })));
});

describe('without policies', () => {
  beforeAll(async () => {
    const tables = await t.sql<{ name: string }>(
      `select relname as name from pg_class where relrowsecurity and relnamespace = 'app'::regnamespace`,
    );
    for (const { name } of tables) await t.sql(`alter table ${name} disable row level security`);
  });

  it('filters alone hide what is foreign', async () => {
    expect(await all(async (operation) => hidden(await read(operation)))).toEqual(
      expected(({ ofOne }) => ({ status: ofOne ? 404 : 200, foreign: 0 })),
    );
  });

  it('and without filters everything shows', async () => {
    const shown = await all(async (operation) => foreignIn((await readUnfiltered(operation)).answer) > 0);
    expect(shown).toEqual(expected(({ path }) => !hasNoIds.has(path) && !writtenDown.has(path)));
  });
});
