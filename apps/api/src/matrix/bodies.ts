/**
 * What an operation is called with. Whoever must be refused sends what would do it, and whoever may sends what does nothing: so a caller that is
 * let in by mistake changes the world, and nobody else does.
 */
import type { IdPrefix } from '../platform/ids';

/** One id of each kind that an organization has. */
export type Ids = Readonly<Partial<Record<IdPrefix, string>>>;

const name = 'made by the matrix';
const lines = [{ description: 'x', quantity: 1, unitAmount: 1 }];
const customer = { name, email: 'a@acme.example' };
const password = 'a few unrelated words';

const alertRule = ({ chn }: Ids): object => ({
  ...{ name, kind: 'filter', filter: { status: '401' }, threshold: 20, channelIds: [chn] },
  escalation: { afterMinutes: 30, channelIds: [chn] },
});

/** What does it, for somebody whose organization has these. */
export const effective: Readonly<Record<string, (own: Ids) => object>> = {
  'POST /v1/customers': () => customer,
  'PATCH /v1/customers/{id}': () => ({ name }),
  'PUT /v1/customers/{id}': () => customer,
  'POST /v1/invoices': ({ cus }) => ({ customerId: cus, currency: 'EUR', lines }),
  'PATCH /v1/invoices/{id}': () => ({ dueAt: '2099-01-01T00:00:00.000Z' }),
  'PUT /v1/invoices/{id}': ({ cus }) => ({ customerId: cus, currency: 'EUR', lines }),
  'POST /v1/api-keys': () => ({ name, scopes: ['invoices:read'] }),
  'PATCH /v1/api-keys/{id}': () => ({ name }),
  'POST /v1/api-keys/revoke': ({ key }) => ({ ids: [key], reason: name, dryRun: false }),
  'POST /v1/api-keys/{id}/revoke': () => ({ reason: name }),
  'POST /v1/api-keys/{id}/rotate': () => ({ name, overlapSeconds: 0 }),
  'POST /v1/api-keys/{id}/disable': () => ({ reason: name }),
  'POST /v1/api-keys/{id}/enable': () => ({ reason: name }),
  'POST /v1/api-keys/{id}/quarantine': () => ({ reason: name }),
  'POST /v1/leak-checks': () => ({ text: name }),
  'POST /v1/leak-reports': () => [{ token: name, type: name }],
  'POST /v1/saved-views': () => ({ name, shared: true }),
  'PATCH /v1/saved-views/{id}': () => ({ name }),
  'POST /v1/exports': () => ({ format: 'csv' }),
  'POST /v1/export-schedules': () => ({ name, every: 'month', format: 'csv' }),
  'POST /v1/channels': ({ usr }) => ({ name, kind: 'mail', recipients: [usr] }),
  'POST /v1/weekly-reviews/{id}/sign': () => ({ note: name }),
  'PATCH /v1/channels/{id}': ({ usr }) => ({ name, recipients: [usr] }),
  'POST /v1/channels/{id}/rotate-secret': () => ({ overlapSeconds: 0 }),
  'POST /v1/services': () => ({ name }),
  'PATCH /v1/services/{id}': () => ({ name }),
  'POST /v1/services/{id}/merge': ({ svc }) => ({ into: svc }),
  'POST /v1/teams': () => ({ name }),
  'PATCH /v1/teams/{id}': () => ({ name }),
  'POST /v1/teams/{id}/merge': ({ team }) => ({ into: team }),
  'POST /v1/members': () => ({ email: 'matrix@matrix.example', name, role: 'admin' }),
  'PATCH /v1/members/{id}': () => ({ role: 'guest' }),
  'PATCH /v1/organization': () => ({ name }),
  'POST /v1/organizations': () => ({ name }),
  'POST /v1/incidents': ({ key, log, usr }) => ({ title: name, apiKeyIds: [key], logIds: [log], userIds: [usr] }),
  'PATCH /v1/incidents/{id}': () => ({ title: name }),
  'POST /v1/incidents/{id}/contain': ({ key, usr }) => ({ apiKeyIds: [key], userIds: [usr] }),
  'POST /v1/incidents/{id}/replace': ({ key }) => ({ apiKeyId: key, name }),
  'POST /v1/incidents/{id}/steps/{step}/not-needed': () => ({ because: name }),
  'POST /v1/incidents/{id}/close': () => ({ rootCause: name, impact: name, lessons: name }),
  'POST /v1/incidents/{id}/reopen': () => ({ because: name }),
  'PUT /v1/incidents/{id}/extent': () => ({ from: '2025-12-01T00:00:00Z' }),
  'POST /v1/incidents/{id}/services': () => ({ label: name }),
  'PATCH /v1/incidents/{id}/services/{callerId}': () => ({ comment: name }),
  'POST /v1/incidents/{id}/notes': ({ usr }) => ({ text: name, mentions: [usr] }),
  'POST /v1/incidents/{id}/evidence': ({ log }) => ({ logIds: [log] }),
  'POST /v1/incidents/{id}/follow-ups': () => ({ title: name }),
  'PATCH /v1/incidents/{id}/follow-ups/{followUpId}': () => ({ title: name }),
  'POST /v1/alert-rules': alertRule,
  'POST /v1/alert-rules/backtest': (own) => ({ rule: alertRule(own) }),
  'PATCH /v1/alert-rules/{id}': ({ chn }) => ({ name, channelIds: [chn], escalation: { afterMinutes: 30, channelIds: [chn] } }),
  'POST /v1/alert-rules/{id}/backtest': () => ({}),
  'POST /v1/alerts/{id}/resolve': () => ({ resolution: name }),
  'POST /v1/alerts/{id}/assign': ({ usr }) => ({ assigneeId: usr }),
  'POST /v1/findings/{id}/normal': () => ({ because: name }),
  'PATCH /v1/detection': () => ({ includesPeople: false }),
  'POST /v1/baselines': ({ key }) => ({ apiKeyId: key }),
  'PATCH /v1/baselines/{id}': () => ({ perHour: 1 }),
  'POST /v1/reviews': () => ({ kind: 'access', note: name }),
  'PUT /v1/incident-template': () => ({ text: `${name} {{title}}` }),
  'POST /v1/incident-template/preview': () => ({ text: '{{title}}' }),
  'POST /v1/plan/preview': () => ({ plan: 'starter' }),
  'PATCH /v1/plan': () => ({ plan: 'starter', confirm: true }),
  'POST /v1/archives/search': () => ({ status: 401 }),
  'PUT /v1/archive-setting': () => ({ archiveTo: 'directory' }),
  'POST /v1/holds': () => ({ reason: name }),
  'POST /v1/holds/{id}/release': () => ({ reason: name }),
  'PUT /v1/restrictions': () => ({ allowedCidrs: ['192.0.2.0/24'], confirm: true }),
  'POST /v1/restrictions/preview': () => ({ rule: {} }),
  'PATCH /v1/me': () => ({ name }),
  'PUT /v1/me/password': () => ({ currentPassword: password, newPassword: `${password} 2` }),
  'DELETE /v1/me/second-factor': () => ({ code: '000000' }),
  'POST /v1/me/second-factor/confirm': () => ({ code: '000000' }),
  'POST /v1/me/second-factor/recovery-codes': () => ({ code: '000000' }),
  'PUT /v1/session/organization': ({ org }) => ({ organizationId: org }),
  'POST /v1/session': () => ({ email: 'nobody@matrix.example', password }),
  'POST /v1/session/oidc/code': () => ({ code: '000000' }),
  'POST /v1/invitations/{token}/accept': () => ({ name, password }),
  'POST /v1/password-resets': () => ({ email: 'nobody@matrix.example' }),
  'POST /v1/password-resets/{token}/complete': () => ({ password }),
};

/** What is answered to whoever may, when nothing is done. Unless it stands here: an empty body is 400, an absent id 404, and reading 200. */
export const harmless: Readonly<Record<string, { body?: object; verdict: string; once?: true }>> = {
  'POST /v1/incidents': { body: { title: '' }, verdict: '400 invalid_field' },
  // Left out, it is the organization, which has a draft.
  'POST /v1/baselines': { body: { apiKeyId: 1 }, verdict: '400 invalid_field' },
  // One is going on; and the incident of the world is another one.
  'POST /v1/incidents/drill': { verdict: '409 drill_open' },
  'GET /v1/incidents/{id}/drill': { verdict: '404 resource_not_found' },
  // An empty question is one: it finds what there is.
  'POST /v1/archives/search': { body: { status: 1 }, verdict: '400 invalid_field' },
  'PATCH /v1/me': { body: { name: '' }, verdict: '400 invalid_field' },
  'PATCH /v1/organization': { body: { name: '' }, verdict: '400 invalid_field' },
  'PUT /v1/restrictions': { body: { allowedCidrs: 'all' }, verdict: '400 invalid_field' },
  // Who has none begins to set one up: nothing, until it is confirmed.
  'POST /v1/me/second-factor': { verdict: '409 second_factor_exists or 200' },
  // Each has a session for it, and is somebody else afterwards.
  'DELETE /v1/session': { verdict: '204', once: true },
  // No mail server and no provider here.
  'POST /v1/system/test-mail': { verdict: '409 mail_not_configured' },
  // Nobody's reports are believed here.
  'POST /v1/leak-reports': { verdict: '404 leak_reports_off' },
  'GET /v1/session/oidc/start': { verdict: '404 resource_not_found' },
  'GET /v1/session/oidc/callback': { verdict: '404 resource_not_found' },
};

/** What to say besides, to be led another way inside with the same ids. */
export const otherWays: Readonly<Record<string, readonly object[]>> = {
  'POST /v1/api-keys/revoke': [{ dryRun: true }],
};

/** What an id of nobody is answered with in a body; else 404 like in a path. */
export const idsInBodies: Readonly<Record<string, string>> = {
  'POST /v1/invoices': '400 invalid_field',
  'POST /v1/channels': '400 invalid_field',
  'PATCH /v1/channels/{id}': '400 invalid_field',
  'PATCH /v1/invoices/{id}': '400 invalid_field',
  'PUT /v1/invoices/{id}': '400 invalid_field',
  'PATCH /v1/incidents/{id}': '400 invalid_field',
  'POST /v1/alerts/{id}/assign': '400 invalid_field',
  'POST /v1/incidents/{id}/replace': '400 invalid_field',
  'POST /v1/incidents/{id}/notes': '400 invalid_field',
  'POST /v1/incidents/{id}/follow-ups': '400 invalid_field',
  'PATCH /v1/incidents/{id}/follow-ups/{followUpId}': '400 invalid_field',
};
