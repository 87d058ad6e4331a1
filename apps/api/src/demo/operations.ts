/** What the cast's programs do on an ordinary day, for the history: the call, how it usually ends, and the few ways in which it does not. */
import type { RecordedError, RecordedIssue } from '@pinebill/nestjs-audit';
import type { Random } from './random';

export type Ending = {
  weight: number;
  status: number;
  reason: string | null;
  code?: string;
  detail?: string;
  issues?: RecordedIssue[];
  figures?: NonNullable<RecordedError['figures']>;
};
export type Operation = {
  weight: number;
  method: string;
  route: string;
  /** Which id fills `{id}`. */
  id?: 'invoice' | 'customer';
  query?: (random: Random) => Record<string, string>;
  medianMs: number;
  requestBytes: readonly [number, number];
  responseBytes: readonly [number, number];
  endings: readonly Ending[];
};

const ok = (status: number, weight = 1_000): Ending => ({ weight, status, reason: null });
const failed: Ending = {
  weight: 0.4,
  status: 500,
  reason: 'handler_error',
  code: 'internal_error',
  detail: 'Something failed on our side.',
};
const away: Ending = {
  weight: 0.5,
  status: 503,
  reason: 'database_unavailable',
  code: 'database_unavailable',
  detail: 'The database cannot be reached. Try again in a few seconds.',
};
const missing: Ending = {
  weight: 12,
  status: 404,
  reason: 'resource_not_found',
  code: 'resource_not_found',
  detail: 'There is no such resource, or it belongs to another organization.',
};
const transition: Ending = {
  weight: 25,
  status: 409,
  reason: 'illegal_transition',
  code: 'illegal_transition',
  detail: 'The invoice is not in a state that allows this.',
};
export const invalid = (pointer: string, rule: string, expected: string, weight = 14): Ending => ({
  weight,
  status: 400,
  reason: 'invalid_field',
  code: 'invalid_field',
  detail: `${pointer} ${expected}. Correct the request and send it again.`,
  issues: [{ pointer, rule, expected }],
});
const noScope = (scope: string): Ending => ({
  weight: 1,
  status: 403,
  reason: 'missing_scope',
  code: 'missing_scope',
  detail: `The API key lacks the scope ${scope}.`,
});
export const brokenJson: Ending = {
  weight: 3,
  status: 400,
  reason: 'malformed_json',
  code: 'malformed_json',
  detail: 'The request body is not valid JSON.',
};

const none = [0, 0] as const;
const list = (route: string, weight: number, query?: (random: Random) => Record<string, string>): Operation => ({
  weight, method: 'GET', route, query, medianMs: 9, requestBytes: none, responseBytes: [1_800, 26_000], endings: [ok(200), failed, away],
}); // prettier-ignore
const get = (route: string, id: 'invoice' | 'customer', weight: number): Operation => ({
  weight, method: 'GET', route, id, medianMs: 4.5, requestBytes: none, responseBytes: [420, 1_400], endings: [ok(200), missing, failed],
}); // prettier-ignore
const act = (action: string, weight: number): Operation => ({
  weight, method: 'POST', route: `/v1/invoices/{id}/${action}`, id: 'invoice', medianMs: 12, requestBytes: none, responseBytes: [520, 1_400],
  endings: [ok(200), transition, away],
}); // prettier-ignore

const openInvoices = (random: Random): Record<string, string> => ({ state: random.pick(['open', 'paid', 'draft']), limit: '50' });

/** By what a key `does` (cast.ts). */
export const operations: Readonly<Record<string, readonly Operation[]>> = {
  read: [
    list('/v1/invoices', 5, openInvoices),
    get('/v1/invoices/{id}', 'invoice', 8),
    get('/v1/customers/{id}', 'customer', 4),
    list('/v1/customers', 1, () => ({ limit: '50' })),
  ],
  checkout: [
    { weight: 5, method: 'POST', route: '/v1/invoices', medianMs: 18, requestBytes: [180, 900], responseBytes: [620, 1_600],
      endings: [ok(201), invalid('/lines/0/quantity', 'min', 'must not be less than 1'), invalid('/currency', 'isISO4217CurrencyCode', 'must be a valid ISO4217 currency code', 4), brokenJson, failed, away] },
    { weight: 2, method: 'POST', route: '/v1/customers', medianMs: 14, requestBytes: [70, 260], responseBytes: [310, 520],
      endings: [ok(201), invalid('/email', 'isEmail', 'must be an email'), failed] },
    act('finalize', 4),
    act('pay', 3),
    act('void', 0.3),
    { weight: 0.8, method: 'PATCH', route: '/v1/invoices/{id}', id: 'invoice', medianMs: 13, requestBytes: [30, 240], responseBytes: [620, 1_600], endings: [ok(200), transition, failed] },
    { weight: 0.5, method: 'PATCH', route: '/v1/customers/{id}', id: 'customer', medianMs: 11, requestBytes: [30, 160], responseBytes: [310, 520], endings: [ok(200), failed] },
    { weight: 0.3, method: 'DELETE', route: '/v1/invoices/{id}', id: 'invoice', medianMs: 10, requestBytes: none, responseBytes: none, endings: [ok(204, 300), transition] },
  ],
  export: [
    list('/v1/invoices', 6, () => ({ limit: '200', order: 'asc' })),
    list('/v1/customers', 3, () => ({ limit: '200', order: 'asc' })),
  ],
  auditing: [list('/v1/audit-logs', 1, () => ({ status: '4xx', limit: '200' }))],
  overreach: [{ weight: 0.4, method: 'POST', route: '/v1/customers', medianMs: 1.2, requestBytes: [60, 120], responseBytes: [330, 360], endings: [noScope('customers:write')] }],
}; // prettier-ignore

/** What people do in the console. */
export const consoleOperations: readonly Operation[] = [
  list('/v1/audit-logs', 6, () => ({ actorType: 'apiKey,anonymous', limit: '50' })),
  list('/v1/api-keys', 2),
  list('/v1/invoices', 2, openInvoices),
  { ...list('/v1/members', 0.5), responseBytes: [600, 1_200] },
  { ...list('/v1/session', 3), responseBytes: [420, 560] },
];
