/**
 * The one catalogue of errors. `code` is what a client matches on; `title` is what a person reads. The `reason` of a record is told apart
 * from the code where an answer must not tell an attacker which check failed (see `reasons`).
 */
export const errors = {
  // 400
  malformed_json: { status: 400, title: 'The request body is not valid JSON' },
  malformed_request: { status: 400, title: 'The request is not valid HTTP' },
  invalid_field: { status: 400, title: 'A field of the request is not valid' },
  unknown_parameter: { status: 400, title: 'The request carries a parameter that this operation does not know' },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this list' },
  duplicate_authorization: { status: 400, title: 'The request carries more than one Authorization header' },
  // 401
  invalid_api_key: { status: 401, title: 'This API key cannot be used' },
  invalid_credentials: { status: 401, title: 'The e-mail address or the password is not right' },
  no_session: { status: 401, title: 'You are not signed in' },
  // 403
  insufficient_role: { status: 403, title: 'Your role does not allow this' },
  missing_scope: { status: 403, title: 'The API key lacks the scope that this operation needs' },
  person_required: { status: 403, title: 'Only a signed-in person can do this' },
  cross_site_request: { status: 403, title: 'The request came from another site' },
  password_change_required: { status: 403, title: 'Choose a password of your own first' },
  ip_not_allowed: { status: 403, title: 'The API key cannot be used from this address' },
  country_not_allowed: { status: 403, title: 'The API key cannot be used from this country' },
  quarantined_key: { status: 403, title: 'The API key is quarantined: it can read, and nothing else' },
  plan_required: { status: 403, title: 'The plan of the organization does not include this' },
  route_not_declared: { status: 403, title: 'This route does not say who may call it, so nobody may' },
  // 404, 405
  route_not_found: { status: 404, title: 'There is no such endpoint' },
  wrong_version: { status: 404, title: 'There is no such version of the API' },
  resource_not_found: { status: 404, title: 'No such resource' },
  method_not_allowed: { status: 405, title: 'The endpoint does not take this method' },
  // 408 - 431
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  name_taken: { status: 409, title: 'The name is in use' },
  email_taken: { status: 409, title: 'The e-mail address is in use' },
  last_admin: { status: 409, title: 'The organization needs an admin' },
  illegal_transition: { status: 409, title: 'The resource cannot go from its state to that one' },
  would_lock_out: { status: 409, title: 'The change would lock out a program that is calling now' },
  review_outdated: { status: 409, title: 'Access has changed since it was looked at' },
  customer_in_use: { status: 409, title: 'The customer has invoices' },
  idempotency_in_flight: { status: 409, title: 'A request with this Idempotency-Key is still being worked on' },
  already_accepted: { status: 410, title: 'The invitation has been used' },
  invitation_expired: { status: 410, title: 'The invitation is no longer valid' },
  payload_too_large: { status: 413, title: 'The request body is too large' },
  uri_too_long: { status: 414, title: 'The address of the request is too long' },
  unsupported_media_type: { status: 415, title: 'The content type is not supported' },
  expectation_failed: { status: 417, title: 'The expectation of the request cannot be met' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key was used with another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The header of the request is too large' },
  // 5xx
  internal_error: { status: 500, title: 'Something failed on our side' },
  not_implemented: { status: 501, title: 'The method is not implemented' },
  upstream_error: { status: 502, title: 'A service that this operation needs gave no valid answer' },
  upstream_timeout: { status: 504, title: 'A service that this operation needs did not answer in time' },
  overload: { status: 503, title: 'The service has too much to do' },
  maintenance: { status: 503, title: 'The service is being maintained' },
  database_unavailable: { status: 503, title: 'The database cannot be reached' },
  recording_unavailable: { status: 503, title: 'The request cannot be recorded, so it is not accepted' },
  authentication_unavailable: { status: 503, title: 'The API key cannot be checked right now' },
} as const satisfies Record<string, { status: number; title: string }>;
export type ErrorCode = keyof typeof errors;

/** Why a request did not succeed, as its record says it. Null on success. */
export const reasons = {
  400: ['malformed_json', 'malformed_request', 'invalid_field', 'unknown_parameter', 'invalid_cursor', 'duplicate_authorization'],
  401: [
    'missing_key',
    'malformed_key',
    'bad_checksum',
    'unknown_key',
    'revoked_key',
    'expired_key',
    'disabled_key',
    'rotated_out',
    'invalid_credentials',
    'no_session',
  ],
  403: [
    'role',
    'missing_scope',
    'person_required',
    'ip_not_allowed',
    'ip_blocked',
    'country_not_allowed',
    'quarantined_key',
    'plan_required',
    'cross_site_request',
    'password_change_required',
    'route_not_declared',
  ],
  404: ['route_not_found', 'wrong_version', 'resource_not_found'],
  405: ['method_not_allowed'],
  408: ['request_timeout'],
  409: [
    'name_taken',
    'email_taken',
    'last_admin',
    'illegal_transition',
    'would_lock_out',
    'review_outdated',
    'customer_in_use',
    'idempotency_in_flight',
  ],
  410: ['already_accepted', 'invitation_expired'],
  413: ['payload_too_large'],
  414: ['uri_too_long'],
  415: ['unsupported_media_type'],
  417: ['expectation_failed'],
  422: ['idempotency_key_reused'],
  429: ['key_limit', 'organization_limit', 'session_limit', 'sign_in_limit'],
  431: ['headers_too_large'],
  500: ['handler_error'],
  501: ['not_implemented'],
  502: ['upstream_error'],
  503: ['overload', 'maintenance', 'database_unavailable', 'journal_full', 'key_unverifiable'],
  504: ['upstream_timeout'],
} as const;
export type Reason = (typeof reasons)[keyof typeof reasons][number];

/** One field that was wrong: where (JSON pointer, or `?name` for a query parameter), which rule, what it takes. Never the value. */
export type FieldIssue = { pointer: string; rule: string; expected: string };
