/**
 * Every route with which a person changes something writes an entry when it succeeds. Driven from the route table: a new route fails here
 * until it says how it is called, or why it leaves no entry.
 */
import { AuditRoutes } from '@pinebill/nestjs-audit';
import { Secret, TOTP } from 'otpauth';
import type { AccessRule } from '../platform/actor';
import { newId, parseId, typeId } from '../platform/ids';
import { organizations, PASSWORD, people, startTestApp, type Answer, type TestApp } from '../testing/test-app';

let t: TestApp;
beforeAll(async () => {
  t = await startTestApp(__filename);
});
afterAll(() => t.close());

let count = 0;
const name = (): string => `Thing ${(count += 1)}`;
type Request = { path: string; body?: object; cookie?: string };
const made = async (path: string, body: object): Promise<string> => (await send('POST', { path, body })).json.id;
const aKey = (): Promise<string> => made('/v1/api-keys', { name: name(), scopes: ['invoices:read'] });
const anInvitation = (): Promise<string> =>
  made('/v1/members', { email: `${name().replace(' ', '')}@example.com`, name: name(), role: 'member' });

const aView = (): Promise<string> => made('/v1/saved-views', { name: name() });
const aSchedule = () => ({ name: name(), every: 'week', format: 'csv' });

const codeOf = (secret: string): string => new TOTP({ secret: Secret.fromBase32(secret) }).generate();
/** From the beginning: who has a second factor needs it to sign in. */
async function guestEnrolling(): Promise<{ cookie: string; secret: string }> {
  await t.sql('delete from recovery_code');
  await t.sql('delete from second_factor');
  const cookie = await t.signIn('guest');
  const { json } = await send('POST', { path: '/v1/me/second-factor', cookie });
  return { cookie, secret: (json as { secret: string }).secret };
}
/** Proves itself by a recovery code. */
async function guestWithFactor(): Promise<Pick<Request, 'cookie' | 'body'>> {
  const { cookie, secret } = await guestEnrolling();
  const confirmed = await send('POST', { path: '/v1/me/second-factor/confirm', cookie, body: { code: codeOf(secret) } });
  const [code] = (confirmed.json as { recoveryCodes: string[] }).recoveryCodes;
  return { cookie: confirmed.headers.getSetCookie()[0]!.split(';')[0]!, body: { code } };
}

const ownerCalls = (list: string): Record<string, () => Request | Promise<Request>> => {
  const one = (): Promise<string> => made(`/v1/${list}`, { name: name() });
  return {
    [`POST /v1/${list}`]: () => ({ path: `/v1/${list}`, body: { name: name() } }),
    [`PATCH /v1/${list}/{id}`]: async () => ({ path: `/v1/${list}/${await one()}`, body: { name: name() } }),
    [`POST /v1/${list}/{id}/merge`]: async () => ({ path: `/v1/${list}/${await one()}/merge`, body: { into: await one() } }),
  };
};

const anIncident = (body: object = { title: name() }): Promise<string> => made('/v1/incidents', body);
const incidentPath = async (rest: string): Promise<string> => `/v1/incidents/${await anIncident()}${rest}`;
async function aClosedIncident(): Promise<string> {
  const path = await incidentPath('');
  const waived = ['contained', 'replaced', 'servicesUpdated', 'scoped'];
  for (const step of waived) await send('POST', { path: `${path}/steps/${step}/not-needed`, body: { because: 'x' } });
  await send('POST', { path: `${path}/close`, body: { rootCause: 'x', impact: 'x', lessons: 'x' } });
  return path;
}
async function aRecord(): Promise<string> {
  for (;;) {
    const { data } = (await t.call('/v1/audit-logs?limit=1', { as: 'admin' })).json as { data: { id: string }[] };
    if (data[0]) return data[0].id;
  }
}

const aServicePath = async (): Promise<string> => {
  const path = await incidentPath('/services');
  return `${path}/${await made(path, { label: name() })}`;
};

/** As detection leaves it. */
async function aFinding(): Promise<string> {
  const id = newId();
  await t.sql(
    `insert into finding (organization_id, id, detector, subject_kind, subject_ref, episode, severity, state, opened_at, began_at, ended_at, last_seen_at, count,
       facts, filter, samples)
     values ($1, $2, 'silence', 'organization', '', gen_random_uuid()::text, 'low', 'open', now(), now(), now(), now(), 1, '{"seen":{},"normal":{},"threshold":{}}', '{}', '{}')`,
    [organizations.home, id],
  );
  return `/v1/findings/${typeId('fnd', id)}`;
}
const aDraft = async (): Promise<string> => `/v1/baselines/${await made('/v1/baselines', { apiKeyId: await aKey() })}`;

const aRuleBody = () => ({ name: name(), kind: 'filter', filter: { path: '/nothing' }, threshold: 1, enabled: false });
const aRulePath = async (): Promise<string> => `/v1/alert-rules/${await made('/v1/alert-rules', aRuleBody())}`;
/** As a rule leaves it. */
async function anAlert(): Promise<string> {
  const [id, rule] = [newId(), parseId('rul', (await aRulePath()).slice('/v1/alert-rules/'.length))];
  await t.sql(
    `insert into alert (organization_id, id, rule_id, rule_name, rule_version, rule, state, severity, title, group_key, window_from, window_to, minute, count, filter,
       samples, opened_at) values ($1, $2, $3, 'x', 1, '{}', 'open', 'high', 'x', '', now(), now(), 1, 1, '{}', '{}', now())`,
    [organizations.home, id, rule],
  );
  return `/v1/alerts/${typeId('alr', id)}`;
}
const alertCalls = (): Record<string, () => Request | Promise<Request>> => ({
  'POST /v1/alert-rules': () => ({ path: '/v1/alert-rules', body: aRuleBody() }),
  'PATCH /v1/alert-rules/{id}': async () => ({ path: await aRulePath(), body: { name: name() } }),
  'DELETE /v1/alert-rules/{id}': async () => ({ path: await aRulePath() }),
  'POST /v1/alerts/{id}/acknowledge': async () => ({ path: `${await anAlert()}/acknowledge` }),
  'POST /v1/alerts/{id}/resolve': async () => ({ path: `${await anAlert()}/resolve`, body: {} }),
  'POST /v1/alerts/{id}/assign': async () => ({ path: `${await anAlert()}/assign`, body: { assigneeId: typeId('usr', people.member.id) } }),
  'POST /v1/alerts/{id}/incident': async () => ({ path: `${await anAlert()}/incident` }),
});

const detectionCalls = (): Record<string, () => Request | Promise<Request>> => ({
  'POST /v1/findings/{id}/normal': async () => ({ path: `${await aFinding()}/normal`, body: { because: 'x' } }),
  'DELETE /v1/findings/{id}/normal': async () => {
    const path = `${await aFinding()}/normal`;
    await send('POST', { path, body: { because: 'x' } });
    return { path };
  },
  'POST /v1/findings/{id}/incident': async () => ({ path: `${await aFinding()}/incident` }),
  'PATCH /v1/detection': () => ({ path: '/v1/detection', body: { includesPeople: true } }),
  'POST /v1/baselines': async () => ({ path: '/v1/baselines', body: { apiKeyId: await aKey() } }),
  'PATCH /v1/baselines/{id}': async () => ({ path: await aDraft(), body: { perHour: 100 } }),
  'POST /v1/baselines/{id}/approve': async () => ({ path: `${await aDraft()}/approve` }),
  'DELETE /v1/baselines/{id}': async () => ({ path: await aDraft() }),
});

const incidentCalls = (): Record<string, () => Request | Promise<Request>> => ({
  'POST /v1/incidents': () => ({ path: '/v1/incidents', body: { title: name() } }),
  'POST /v1/incidents/drill': () => ({ path: '/v1/incidents/drill' }),
  'PATCH /v1/incidents/{id}': async () => ({ path: await incidentPath(''), body: { title: name() } }),
  'PUT /v1/incidents/{id}/extent': async () => ({ path: await incidentPath('/extent'), body: { from: '2025-12-01T00:00:00Z' } }),
  'POST /v1/incidents/{id}/contain': async () => ({ path: await incidentPath('/contain'), body: { apiKeyIds: [await aKey()] } }),
  'POST /v1/incidents/{id}/replace': async () => {
    const key = await aKey();
    return { path: `/v1/incidents/${await anIncident({ apiKeyIds: [key] })}/replace`, body: { apiKeyId: key, name: name() } };
  },
  'POST /v1/incidents/{id}/steps/{step}/not-needed': async () => ({
    ...{ path: await incidentPath('/steps/scoped/not-needed'), body: { because: 'x' } },
  }),
  'DELETE /v1/incidents/{id}/steps/{step}/not-needed': async () => ({ path: await incidentPath('/steps/scoped/not-needed') }),
  'POST /v1/incidents/{id}/close': async () => {
    const path = await aClosedIncident();
    await send('POST', { path: `${path}/reopen`, body: { because: 'x' } });
    return { path: `${path}/close`, body: {} };
  },
  'POST /v1/incidents/{id}/reopen': async () => ({ path: `${await aClosedIncident()}/reopen`, body: { because: 'x' } }),
  'POST /v1/incidents/{id}/release-hold': async () => ({ path: `${await aClosedIncident()}/release-hold` }),
  'POST /v1/incidents/{id}/services': async () => ({ path: await incidentPath('/services'), body: { label: name() } }),
  'PATCH /v1/incidents/{id}/services/{callerId}': async () => ({ path: await aServicePath(), body: { comment: 'x' } }),
  'DELETE /v1/incidents/{id}/services/{callerId}': async () => ({ path: await aServicePath() }),
  'POST /v1/incidents/{id}/notes': async () => ({ path: await incidentPath('/notes'), body: { text: 'x' } }),
  'POST /v1/incidents/{id}/evidence': async () => ({ path: await incidentPath('/evidence'), body: { logIds: [await aRecord()] } }),
  'POST /v1/incidents/{id}/follow-ups': async () => ({ path: await incidentPath('/follow-ups'), body: { title: name() } }),
  'PATCH /v1/incidents/{id}/follow-ups/{followUpId}': async () => {
    const path = await incidentPath('/follow-ups');
    return { path: `${path}/${await made(path, { title: name() })}`, body: { done: true } };
  },
});

const aChannel = (): Promise<string> => made('/v1/channels', { name: name(), kind: 'webhook', url: 'https://receiver.example/hook' });
const channelCalls = (): Record<string, () => Request | Promise<Request>> => ({
  'POST /v1/channels': () => ({ path: '/v1/channels', body: { name: name(), kind: 'mail', recipients: [typeId('usr', people.admin.id)] } }),
  'PATCH /v1/channels/{id}': async () => ({ path: `/v1/channels/${await aChannel()}`, body: { name: name() } }),
  'DELETE /v1/channels/{id}': async () => ({ path: `/v1/channels/${await aChannel()}` }),
  'POST /v1/channels/{id}/disable': async () => ({ path: `/v1/channels/${await aChannel()}/disable` }),
  'POST /v1/channels/{id}/enable': async () => {
    const path = `/v1/channels/${await aChannel()}`;
    await send('POST', { path: `${path}/disable` });
    return { path: `${path}/enable` };
  },
  'POST /v1/channels/{id}/rotate-secret': async () => ({ path: `/v1/channels/${await aChannel()}/rotate-secret`, body: {} }),
  // It leads nowhere, which is an answer as well.
  'POST /v1/channels/{id}/test': async () => ({ path: `/v1/channels/${await aChannel()}/test` }),
  'POST /v1/channels/{id}/deliveries/{deliveryId}/replay': async () => {
    const channel = await aChannel();
    const id = newId();
    await t.sql(
      `insert into notification (organization_id, id, channel_id, event, data, created_at, state, next_attempt_at)
       values ($1, $2, $3, 'alert.opened', '{"title":"x","link":"x"}', now(), 'failed', now())`,
      [organizations.home, id, parseId('chn', channel)],
    );
    return { path: `/v1/channels/${channel}/deliveries/${typeId('ntf', id)}/replay` };
  },
  'POST /v1/weekly-reviews/{id}/sign': async () => {
    const id = newId();
    await t.sql(
      `insert into weekly_review (organization_id, id, week, digest, attention, made_at, due_at) values ($1, $2, '2025-12-01', '{"attention":[],"findings":{"list":[]},"incidents":{}}', 0, now(), now())`,
      [organizations.home, id],
    );
    return { path: `/v1/weekly-reviews/${typeId('wkr', id)}/sign`, body: {} };
  },
});

/** How each is called so that it succeeds. What it needs is made first, by other calls. */
const calls: Record<string, () => Request | Promise<Request>> = {
  'POST /v1/api-keys': () => ({ path: '/v1/api-keys', body: { name: name(), scopes: ['invoices:read'] } }),
  'PATCH /v1/api-keys/{id}': async () => ({ path: `/v1/api-keys/${await aKey()}`, body: { team: 'payments' } }),
  'POST /v1/api-keys/{id}/revoke': async () => ({ path: `/v1/api-keys/${await aKey()}/revoke`, body: { reason: 'x' } }),
  'POST /v1/api-keys/revoke': async () => ({ path: '/v1/api-keys/revoke', body: { ids: [await aKey()], reason: 'x', dryRun: false } }),
  'POST /v1/leak-checks': () => ({ path: '/v1/leak-checks', body: { text: 'pbk_' } }),
  'POST /v1/api-keys/{id}/rotate': async () => ({
    path: `/v1/api-keys/${await aKey()}/rotate`,
    body: { name: name(), overlapSeconds: 60 },
  }),
  'POST /v1/api-keys/{id}/disable': async () => ({ path: `/v1/api-keys/${await aKey()}/disable`, body: {} }),
  'POST /v1/api-keys/{id}/quarantine': async () => ({ path: `/v1/api-keys/${await aKey()}/quarantine`, body: {} }),
  'POST /v1/api-keys/{id}/enable': async () => {
    const id = await aKey();
    await send('POST', { path: `/v1/api-keys/${id}/disable`, body: {} });
    return { path: `/v1/api-keys/${id}/enable`, body: {} };
  },
  'PUT /v1/incident-template': () => ({ path: '/v1/incident-template', body: { text: `# ${name()}: {{title}}` } }),
  'PUT /v1/restrictions': () => ({ path: '/v1/restrictions', body: { allowedCidrs: ['127.0.0.0/8'] } }),
  ...ownerCalls('services'),
  ...ownerCalls('teams'),
  'POST /v1/members': () => ({ path: '/v1/members', body: { email: 'x@example.com', name: 'x', role: 'guest' } }),
  'PATCH /v1/members/{id}': async () => ({ path: `/v1/members/${await anInvitation()}`, body: { role: 'guest' } }),
  'DELETE /v1/members/{id}': async () => ({ path: `/v1/members/${await anInvitation()}` }),
  'POST /v1/members/{id}/invitation': async () => ({ path: `/v1/members/${await anInvitation()}/invitation` }),
  'POST /v1/members/{id}/password-reset': () => ({ path: `/v1/members/${typeId('mem', people.guest.id)}/password-reset` }),
  'DELETE /v1/members/{id}/second-factor': async () => {
    await guestWithFactor();
    return { path: `/v1/members/${typeId('mem', people.guest.id)}/second-factor` };
  },
  'POST /v1/me/second-factor/confirm': async () => {
    const { cookie, secret } = await guestEnrolling();
    return { path: '/v1/me/second-factor/confirm', cookie, body: { code: codeOf(secret) } };
  },
  'POST /v1/me/second-factor/recovery-codes': async () => ({
    path: '/v1/me/second-factor/recovery-codes',
    ...(await guestWithFactor()),
  }),
  'DELETE /v1/me/second-factor': async () => ({
    path: '/v1/me/second-factor',
    ...(await guestWithFactor()),
  }),
  'POST /v1/exports': () => ({ path: '/v1/exports', body: { format: 'csv' } }),
  'DELETE /v1/exports/{id}': async () => ({ path: `/v1/exports/${await made('/v1/exports', { format: 'csv' })}` }),
  'POST /v1/saved-views': () => ({ path: '/v1/saved-views', body: { name: name() } }),
  'PATCH /v1/saved-views/{id}': async () => ({ path: `/v1/saved-views/${await aView()}`, body: { name: name() } }),
  'DELETE /v1/saved-views/{id}': async () => ({ path: `/v1/saved-views/${await aView()}` }),
  'PUT /v1/saved-views/{id}/default': async () => ({ path: `/v1/saved-views/${await aView()}/default` }),
  'DELETE /v1/saved-views/{id}/default': async () => {
    const path = `/v1/saved-views/${await aView()}/default`;
    await send('PUT', { path });
    return { path };
  },
  'POST /v1/exports/{id}/deliver': async () => {
    const id = await made('/v1/exports', { format: 'csv' });
    await t.sql(
      `insert into export_delivery (organization_id, export_id, schedule_id, created_by, created_at, destination, folder, state, next_at)
       values ($1, $2, $2, $3, now(), 's3', '', 'failed', now())`,
      [organizations.home, parseId('exp', id), people.admin.id],
    );
    return { path: `/v1/exports/${id}/deliver` };
  },
  'POST /v1/export-schedules': () => ({ path: '/v1/export-schedules', body: aSchedule() }),
  'DELETE /v1/export-schedules/{id}': async () => ({ path: `/v1/export-schedules/${await made('/v1/export-schedules', aSchedule())}` }),
  ...incidentCalls(),
  ...detectionCalls(),
  'PUT /v1/archive-setting': async () => {
    await t.sql(`update organization set archive_to = 'directory'`);
    return { path: '/v1/archive-setting', body: { archiveTo: null } };
  },
  'POST /v1/holds': () => ({ path: '/v1/holds', body: { reason: name() } }),
  'POST /v1/holds/{id}/release': async () => ({
    path: `/v1/holds/${await made('/v1/holds', { reason: name() })}/release`,
    body: { reason: 'x' },
  }),
  ...alertCalls(),
  ...channelCalls(),
  'PATCH /v1/organization': () => ({ path: '/v1/organization', body: { name: name() } }),
  'POST /v1/organizations': () => ({ path: '/v1/organizations', body: { name: name() } }),
  'POST /v1/reviews': () => ({ path: '/v1/reviews', body: { kind: 'access' } }),
  'PATCH /v1/me': () => ({ path: '/v1/me', body: { name: name() } }),
  'DELETE /v1/me/sessions/{id}': async () => {
    await t.signIn('admin');
    const { data } = (await send('GET', { path: '/v1/me/sessions' })).json as { data: { id: string; current: boolean }[] };
    return { path: `/v1/me/sessions/${data.find(({ current }) => !current)!.id}` };
  },
  'DELETE /v1/session': async () => ({ path: '/v1/session', cookie: await t.signIn('admin') }),
  'PUT /v1/me/password': async () => {
    await t.sql('delete from recovery_code');
    await t.sql('delete from second_factor');
    const cookie = await t.signIn('guest');
    return { path: '/v1/me/password', cookie, body: { currentPassword: PASSWORD, newPassword: `${PASSWORD} 2` } };
  },
  // At the end: alerts are on the plan before.
  'PATCH /v1/plan': () => ({ path: '/v1/plan', body: { plan: 'business', confirm: true } }),
};

const billing = 'The API under audit: its record is the API log, where every call of it stands.';
/** What leaves no entry, and why. */
const exceptions: Record<string, string> = {
  ...Object.fromEntries(
    ['customers', 'invoices'].flatMap((kind) => [
      [`POST /v1/${kind}`, billing],
      ...['PATCH', 'PUT', 'DELETE'].map((method) => [`${method} /v1/${kind}/{id}`, billing]),
    ]),
  ),
  ...Object.fromEntries(['finalize', 'pay', 'void'].map((verb) => [`POST /v1/invoices/{id}/${verb}`, billing])),
  'POST /v1/restrictions/preview': 'Changes nothing: it says what a rule would have refused.',
  'POST /v1/archives/search': 'Changes nothing: it looks into what was archived.',
  'POST /v1/plan/preview': 'Changes nothing: it says what another plan would change.',
  'POST /v1/alert-rules/backtest': 'Changes nothing: it says what a rule would have done.',
  'POST /v1/alert-rules/{id}/backtest': 'Changes nothing: it says what a rule would have done.',
  'POST /v1/incident-template/preview': 'Changes nothing: it shows a template with an incident that never was.',
  'POST /v1/me/second-factor': 'Only begins: nothing is protected, and nothing changed, until a code is confirmed.',
  'POST /v1/system/test-mail': 'Sends a mail to oneself; nothing is changed.',
  'PUT /v1/session/organization': 'Changes what the person looks at, and nothing else.',
};

const send = async (method: string, { path, body, cookie }: Request): Promise<Answer> =>
  t.call(path, { method, ...(body ? { body } : {}), ...(cookie ? { headers: { cookie, origin: t.url } } : { as: 'admin' }) });

const unsafe = (): string[] =>
  t.app
    .get(AuditRoutes)
    .all()
    .filter(({ method, metadata }) => !['GET', 'HEAD'].includes(method) && (metadata as AccessRule).kind === 'declared')
    .map(({ method, template }) => `${method} ${template}`);

it('knows every route with which a person changes something', () => {
  expect([...Object.keys(calls), ...Object.keys(exceptions)].sort()).toEqual(unsafe().sort());
});

it.each(Object.entries(calls))('%s leaves an entry of who did it, from where, by which request', async (route, prepare) => {
  const request = await prepare();
  const answer = await send(route.split(' ')[0]!, request);
  expect({ done: [200, 201, 202, 204].includes(answer.status), text: answer.text }).toMatchObject({ done: true });
  const { data } = (await t.call('/v1/activity?limit=200', { as: 'member' })).json as { data: Record<string, unknown>[] };
  const own = data.filter(({ requestId }) => requestId === answer.headers.get('request-id'));
  expect(own.length).toBeGreaterThan(0);
  for (const entry of own)
    expect(entry).toMatchObject({
      actor: { type: 'user', id: expect.stringMatching(/^usr_/) },
      ip: '127.0.0.1',
      action: expect.stringMatching(/^[a-z_]+\.[a-z_]+$/),
      target: { id: expect.any(String), name: expect.any(String) },
    });
});

it('says of a key that its secret was shown, and to whom; a replay shows and says nothing', async () => {
  const options = { as: 'admin' as const, body: { name: name(), scopes: ['invoices:read'] }, headers: { 'idempotency-key': 'shown' } };
  const [first, replay] = [await t.call('/v1/api-keys', options), await t.call('/v1/api-keys', options)];
  expect([first.json.secret, replay.json.secret]).toEqual([expect.stringMatching(/^pbk_/), null]);
  const { data } = (await t.call(`/v1/activity?targetId=${first.json.id}`, { as: 'member' })).json;
  expect(data).toMatchObject([{ actor: { id: typeId('usr', people.admin.id) }, after: { secretShown: true } }]);
});

it('keeps who signed in, who failed to, and who joined, although nobody was signed in before', async () => {
  const invited = await send('POST', { path: '/v1/members', body: { email: 'joins@example.com', name: 'Joins', role: 'guest' } });
  const token = String(invited.json.invitationUrl).split('/').pop()!;
  const headers = { origin: t.url };
  await t.call(`/v1/invitations/${token}/accept`, { body: { name: 'Joins', password: PASSWORD }, headers });
  await t.call('/v1/session', { body: { email: 'joins@example.com', password: 'wrong' }, headers });
  const entries = await t.sql<{ action: string; ip: string }>(
    `select action, host(ip) as ip from activity where organization_id = $1 and target_name = 'joins@example.com' order by id`,
    [organizations.home],
  );
  expect(entries.map(({ action }) => action)).toEqual(['member.invited', 'session.started', 'member.joined', 'session.failed']);
  expect(new Set(entries.map(({ ip }) => ip))).toEqual(new Set(['127.0.0.1']));
});
