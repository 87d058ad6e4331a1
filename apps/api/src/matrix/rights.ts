/**
 * Who may do what: design section 5, written down once more here, apart from the decorators, so that loosening one of them fails. A new
 * operation gets its row here.
 */
import type { Role, Scope } from '@pinebill/contract';

export type Rights = {
  people: readonly Role[] | 'public';
  /** What lets a key in; without one no key gets in. */
  scope?: Scope;
  /** The business of the organization that the installation belongs to. */
  homeOnly?: true;
};

const everyone = ['admin', 'member', 'guest'] as const;
const insiders = ['admin', 'member'] as const;
const admins = ['admin'] as const;
const open: Rights = { people: 'public' };

export const rights: Readonly<Record<string, Rights>> = {
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
  'GET /v1/audit-logs/errors': { people: insiders, scope: 'audit:read' },
  'GET /v1/audit-logs/{id}/help': { people: insiders, scope: 'audit:read' },
  'GET /v1/audit-logs/{id}/support-bundle': { people: insiders, scope: 'audit:read' },
  'GET /v1/audit-logs/stats': { people: insiders, scope: 'audit:read' },
  'GET /v1/audit-logs/addresses/{ip}': { people: insiders, scope: 'audit:read' },
  'GET /v1/audit-logs/stream': { people: insiders, scope: 'audit:read' },
  'GET /v1/saved-views': { people: insiders },
  'POST /v1/saved-views': { people: insiders },
  'GET /v1/saved-views/{id}': { people: insiders },
  'PATCH /v1/saved-views/{id}': { people: insiders },
  'DELETE /v1/saved-views/{id}': { people: insiders },
  'PUT /v1/saved-views/{id}/default': { people: insiders },
  'DELETE /v1/saved-views/{id}/default': { people: insiders },
  'POST /v1/exports': { people: insiders, scope: 'audit:export' },
  'GET /v1/exports': { people: insiders, scope: 'audit:export' },
  'GET /v1/exports/signing-keys': open,
  'GET /v1/exports/{id}': { people: insiders, scope: 'audit:export' },
  'GET /v1/exports/{id}/download': { people: insiders, scope: 'audit:export' },
  'POST /v1/exports/{id}/deliver': { people: insiders, scope: 'audit:export' },
  'DELETE /v1/exports/{id}': { people: insiders, scope: 'audit:export' },
  'GET /v1/export-schedules': { people: insiders },
  'POST /v1/export-schedules': { people: insiders },
  'DELETE /v1/export-schedules/{id}': { people: insiders },
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
  'POST /v1/organizations': { people: admins, homeOnly: true },
  'GET /v1/access-review': { people: insiders },
  'GET /v1/reviews': { people: insiders },
  'GET /v1/reviews/{id}': { people: insiders },
  'POST /v1/reviews': { people: admins },
  'POST /v1/incidents': { people: insiders },
  'GET /v1/incidents': { people: insiders },
  'GET /v1/incidents/{id}': { people: insiders },
  'PATCH /v1/incidents/{id}': { people: admins },
  'GET /v1/plan': { people: insiders },
  'GET /v1/restrictions': { people: insiders },
  'PUT /v1/restrictions': { people: admins },
  'POST /v1/restrictions/preview': { people: admins },
  'GET /v1/system': { people: admins, homeOnly: true },
  'GET /v1/system/quarantine': { people: admins, homeOnly: true },
  'POST /v1/system/test-mail': { people: admins, homeOnly: true },
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
/** Outside /v1, and outside of the description: probes. */
export const probes: Readonly<Record<string, Rights>> = { 'GET /healthz': open, 'GET /readyz': open, 'GET /metrics': open };
/** What else the router has: it comes with the page of the description. */
export const ofThePage = /^(GET|HEAD) \/(openapi\.json|docs(-yaml|\/.*)?)$/;

/** Operations that people may call whatever else is asked of them first: a password of their own, a second factor. */
export const ofOneself = (name: string): boolean => / \/v1\/(me|session)(\/|$)/.test(name);
