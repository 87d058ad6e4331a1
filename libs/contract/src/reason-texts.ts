/** Why a request did not succeed, in words, and the next step: what a member reads beside a failed row. Exhaustive by its type. */
import type { Reason } from './errors';

export type ReasonText = {
  /** What happened, in one sentence. */
  what: string;
  /** The next step, in one or two sentences. */
  next: string;
};

export const reasonTexts: Readonly<Record<Reason, ReasonText>> = {
  malformed_json: {
    what: 'The body was not valid JSON.',
    next: 'Validate the JSON that the program sends; look for a missing quote, a trailing comma or a body cut short.',
  },
  malformed_request: {
    what: 'What arrived was not valid HTTP.',
    next: 'Check the client library or the proxy between it and the API; a path with a broken % escape is answered like this too.',
  },
  invalid_field: {
    what: 'A field or a parameter was missing or not valid.',
    next: 'The record lists which fields and which rules; correct them and send the request again.',
  },
  unknown_parameter: {
    what: 'The query carried a parameter that the operation does not know.',
    next: 'Look for a misspelt name; the API reference lists what each operation takes.',
  },
  invalid_cursor: {
    what: 'The cursor did not belong to this list, filter or order.',
    next: 'Start again without a cursor, and change neither filter nor order while paging.',
  },
  duplicate_authorization: {
    what: 'The request carried more than one Authorization header.',
    next: 'Send exactly one; a proxy may be adding a second.',
  },
  too_many_rows: {
    what: 'More rows matched than are streamed directly.',
    next: 'Make an export instead (POST /v1/exports); it has no limit. Or narrow the filter.',
  },
  unsigned_report: {
    what: 'A report of leaked keys came without the headers of its signature.',
    next: 'Only signed reports are taken: whoever scans sends Github-Public-Key-Identifier and Github-Public-Key-Signature.',
  },
  invalid_signature: {
    what: 'The signature of a report of leaked keys did not fit its body, or was made with an unknown key.',
    next: 'Check that the body arrives unchanged (a proxy may rewrite it) and that PINEBILL_LEAK_KEYS_URL names the keys of the sender.',
  },
  leak_reports_off: {
    what: 'This installation takes no reports of leaked keys.',
    next: 'Whoever runs it sets PINEBILL_LEAK_KEYS_URL or PINEBILL_LEAK_KEYS_FILE.',
  },
  leak_keys_unavailable: {
    what: 'The public keys that reports of leaked keys are checked with could not be read.',
    next: 'Check that the address of PINEBILL_LEAK_KEYS_URL can be reached from the server; the sender may try again.',
  },
  missing_key: { what: 'The request carried no API key.', next: 'Send the header "Authorization: Bearer" followed by the key.' },
  malformed_key: {
    what: 'What was sent as API key does not look like one.',
    next: 'A key starts with pbk_ and has 36 more characters; check that the variable that holds it is set and not cut.',
  },
  bad_checksum: {
    what: 'The API key was mistyped or cut: its checksum is wrong.',
    next: 'Copy the whole key again. If this comes in numbers, somebody may be guessing keys.',
  },
  unknown_key: {
    what: 'The API key has the right form, but was never issued here.',
    next: 'Check that the key is of this installation. Keys with the same fingerprint are the same key.',
  },
  revoked_key: {
    what: 'The API key is revoked.',
    next: 'Update the service with a new key. If nobody should still be using this key, look where the calls come from: it may have leaked.',
  },
  expired_key: { what: 'The API key has expired.', next: 'Create a new key that replaces it and update the service.' },
  disabled_key: { what: 'The API key is switched off.', next: 'Ask an admin why; an admin can switch it on again.' },
  rotated_out: {
    what: 'The API key was rotated, and the time in which the old one still worked is over.',
    next: 'Update the service with the successor of the key.',
  },
  invalid_credentials: {
    what: 'The e-mail address, the password or the code was not right.',
    next: 'Try again; an admin can invite you anew. Many of these for one account are attempts to guess its password.',
  },
  second_factor_required: {
    what: 'The password was right, and the account has a second factor.',
    next: 'Send the code of the authenticator app, or a recovery code. If it was not you, change the password: somebody knows it.',
  },
  no_session: { what: 'The session has ended or never was.', next: 'Sign in again.' },
  role: { what: 'The role of the person does not allow this.', next: 'Ask an admin to do it, or for another role.' },
  missing_scope: {
    what: 'The API key lacks the scope that the operation needs.',
    next: 'Create a key with that scope; the API reference names it for every operation.',
  },
  person_required: { what: 'Only a signed-in person can do this, not an API key.', next: 'Do it in the console.' },
  ip_not_allowed: {
    what: 'The API key, or the whole organization, is restricted to networks that the call did not come from.',
    next: 'If the address is yours, ask an admin to add its network; if it is not, the key may have leaked.',
  },
  ip_blocked: { what: 'The address is blocked.', next: 'If the address is yours, ask an admin to lift the block.' },
  country_not_allowed: {
    what: 'The call came from a country that is not allowed, or whose country is not known.',
    next: 'If the call is yours, ask an admin to allow the country; if it is not, the key may have leaked.',
  },
  quarantined_key: {
    what: 'The API key is quarantined: it can read, and nothing else.',
    next: 'Ask an admin why; the key is under suspicion until they release or revoke it.',
  },
  plan_required: { what: 'The plan of the organization does not include this.', next: 'Change the plan, or do without.' },
  plan_locked: {
    what: 'Whoever runs PineBill sets the plans of organizations; their admins cannot.',
    next: 'Ask whoever runs it to change the plan.',
  },
  cross_site_request: {
    what: 'The call carried a session, but came from the page of another site.',
    next: 'Use the console at its own address. A program should use an API key instead of a cookie.',
  },
  password_change_required: {
    what: 'The person still has a password that somebody else gave them.',
    next: 'Choose a password of your own first.',
  },
  second_factor_enrolment_required: {
    what: 'The organization asks its admins for a second factor, and the person has none.',
    next: 'Set up a second factor first: the console leads there after the sign-in.',
  },
  route_not_declared: {
    what: 'The endpoint does not say who may call it, so nobody may.',
    next: 'This is an error in the product: contact support.',
  },
  route_not_found: { what: 'There is no such endpoint.', next: 'Verify the endpoint URL in the API reference.' },
  wrong_version: { what: 'There is no such version of the API.', next: 'The path starts with /v1/, with one slash at each place.' },
  resource_not_found: {
    what: 'The organization has nothing with this id.',
    next: 'Ensure that the id exists, was not deleted, and belongs to the organization of the key.',
  },
  method_not_allowed: {
    what: 'The endpoint exists, but does not take this method.',
    next: 'Use one of the methods that the Allow header of the answer names.',
  },
  request_timeout: {
    what: 'The request took too long to arrive.',
    next: 'Check the connection, and that Content-Length is the length of the body; then send it again.',
  },
  name_taken: { what: 'The name is in use.', next: 'Choose another name.' },
  email_taken: { what: 'The e-mail address is in use.', next: 'Use another address, or the member that has this one.' },
  would_lock_out: {
    what: 'The restriction would have refused a program that is calling right now.',
    next: 'Add its network or country to the list, or save again and say that it is meant.',
  },
  last_admin: { what: 'The organization would have been left without an admin.', next: 'Make somebody else admin first.' },
  changed_meanwhile: {
    what: 'Somebody else has changed it since it was read, so nothing was changed.',
    next: 'Read it again, and make your change to what it is now.',
  },
  illegal_transition: {
    what: 'The resource cannot go from its state to that one.',
    next: 'Read the resource again and decide with the state it has now.',
  },
  already_rotated: {
    what: 'The API key has a successor from an earlier rotation.',
    next: 'Rotate the successor, or create another key that replaces this one.',
  },
  key_has_ended: {
    what: 'The API key is rotated out, expired or revoked: nothing brings it back.',
    next: 'Create a key that replaces it: it inherits scopes, networks, service and team.',
  },
  review_outdated: {
    what: 'Access to API keys had changed since the review was looked at, so it was not signed.',
    next: 'Look at the access review again, then sign what it shows now.',
  },
  second_factor_exists: { what: 'The person has a second factor already.', next: 'Remove it first, then set up another one.' },
  customer_in_use: {
    what: 'The customer has invoices, so it cannot be deleted.',
    next: 'Delete the drafts of the customer first; customers with other invoices stay.',
  },
  export_not_ready: {
    what: 'The export had no file to download yet, or it failed.',
    next: 'Wait until its state is ready. If it failed, the export says why; make it again.',
  },
  too_many_alert_rules: {
    what: 'The organization has as many alert rules as it can have.',
    next: 'Delete a rule that is not needed, or let one rule watch more: several status codes, keys or detectors fit into one.',
  },
  too_many_saved_views: {
    what: 'There were as many saved views as a person or an organization can have.',
    next: 'Delete a view that is not needed, then save again.',
  },
  incident_state: {
    what: 'The incident was closed, or still open, so this could not be done to it.',
    next: 'Read the incident: `actions` says what can be done now. A closed one can be reopened.',
  },
  incident_incomplete: {
    what: 'The incident was not closed because steps of it were still open.',
    next: 'Do what `missing` lists, or say why a step is not needed; then close it.',
  },
  too_much_evidence: {
    what: 'The incident already held 1,000 records as evidence, or would have with these.',
    next: 'Add the records that matter most; the extent of the incident counts all of them.',
  },
  drill_open: {
    what: 'A fire drill of the organization was still going on.',
    next: 'Close that incident first; that also ends its key. Then run the next drill.',
  },
  drill_only: {
    what: 'Something real would have been stopped or replaced in a drill.',
    next: 'Choose the key of the drill. If the suspicion is real, open an incident that is no drill.',
  },
  too_many_holds: {
    what: 'The organization has as many legal holds in force as it can.',
    next: 'Release one that nobody needs any more, or make one hold of several.',
  },
  too_many_channels: {
    what: 'The organization has as many channels as it can.',
    next: 'Delete one that is not needed any more, or put several people into one mail channel.',
  },
  finding_has_incident: {
    what: 'An incident had been opened from this finding before.',
    next: 'Go on in that incident; the finding names it.',
  },
  draft_exists: {
    what: 'There was a draft of this normal usage already.',
    next: 'Change and approve that draft, or delete it and draft a new one from the log.',
  },
  plan_change_unconfirmed: {
    what: 'The other plan shows less, or lets through less, and the call did not say that this is meant.',
    next: 'Look at the preview of the change. Send it again with "confirm": true if it is meant.',
  },
  hold_released: {
    what: 'Somebody had released the hold already.',
    next: 'Nothing is left to do. To hold the records again, make a new hold.',
  },
  too_many_exports: {
    what: 'Too many exports of the organization were waiting or running.',
    next: 'Wait until one is ready, or cancel one that is not needed.',
  },
  mail_not_configured: { what: 'No mail server is set.', next: 'Set PINEBILL_SMTP_URL and PINEBILL_MAIL_FROM, restart, and try again.' },
  mail_not_taken: {
    what: 'The mail server did not take the mail.',
    next: 'Read what it said in the answer, and check PINEBILL_SMTP_URL and PINEBILL_MAIL_FROM.',
  },
  idempotency_in_flight: {
    what: 'A request with the same Idempotency-Key was still being worked on.',
    next: 'Wait a moment and repeat it: the answer will be that of the first one.',
  },
  already_accepted: { what: 'The invitation has been used.', next: 'Sign in, or ask an admin for a new invitation.' },
  export_expired: {
    what: 'The files of the export had been deleted: files are kept for 7 days.',
    next: 'Make the export again. Its manifest can still be read.',
  },
  reset_link_over: {
    what: 'The link for a new password has been used or is older than an hour.',
    next: 'Ask for a new one on the sign-in page.',
  },
  invitation_expired: { what: 'The invitation is no longer valid.', next: 'Ask an admin for a new invitation.' },
  payload_too_large: { what: 'The body was larger than 1 MiB.', next: 'Send less at once.' },
  uri_too_long: { what: 'The address of the request was too long.', next: 'Put long values into the body, or use shorter filters.' },
  unsupported_media_type: { what: 'The content type is not supported.', next: 'Send JSON with the header Content-Type: application/json.' },
  range_not_satisfiable: {
    what: 'The part of the file that was asked for lies beyond its end.',
    next: 'The download may have been complete already: compare its size and SHA-256 with the manifest.',
  },
  expectation_failed: { what: 'The Expect header asked for something that the server does not do.', next: 'Leave the Expect header away.' },
  idempotency_key_reused: {
    what: 'The Idempotency-Key was used with another body in the last 24 hours.',
    next: 'Make a new Idempotency-Key for every new request.',
  },
  key_limit: {
    what: 'The API key made more requests a minute than its limit.',
    next: 'Wait as long as Retry-After says, use exponential backoff, look for a loop; distribute load across multiple keys where the organization’s own limit has room.',
  },
  organization_limit: {
    what: 'All keys of the organization together made more requests a minute than its limit.',
    next: 'Find the key with the most requests in the log; an admin can change the limits or the plan.',
  },
  session_limit: {
    what: 'The session made more requests a minute than a person needs.',
    next: 'Wait a moment. A program should use an API key.',
  },
  sign_in_limit: {
    what: 'There were too many failed attempts to sign in.',
    next: 'Wait as long as Retry-After says. If the attempts were not yours, tell an admin.',
  },
  incident_limit: {
    what: 'One person opened more incidents or wrote more notes in an hour than anybody does by hand.',
    next: 'Wait as long as Retry-After says, or add to an incident that is open. If nobody did this on purpose, look whose session it was.',
  },
  headers_too_large: {
    what: 'The header of the request, its URL included, was too large.',
    next: 'Shorten the URL and the headers to less than 32 KiB together.',
  },
  handler_error: { what: 'Something failed on our side.', next: 'Try again; contact support with the request id if it persists.' },
  not_implemented: { what: 'The method is not implemented.', next: 'Use a method that the API reference names.' },
  upstream_error: { what: 'A service that the operation needs gave no valid answer.', next: 'Temporary issue: retry with backoff.' },
  overload: { what: 'The service had too much to do.', next: 'Wait as long as Retry-After says, then repeat the request.' },
  maintenance: { what: 'The service was being maintained.', next: 'Wait as long as Retry-After says, then repeat the request.' },
  database_unavailable: {
    what: 'The database could not be reached.',
    next: 'Repeat the request with backoff; the operator finds the state at /readyz.',
  },
  journal_full: {
    what: 'The request could not be recorded, so it was not accepted.',
    next: 'Repeat the request with backoff; the operator finds the state of the journal at /readyz.',
  },
  export_elsewhere: {
    what: 'The file of the export lies in the data directory of another process.',
    next: 'Ask that process, or let all processes share one folder: PINEBILL_EXPORT_DIR.',
  },
  key_unverifiable: {
    what: 'The API key could not be checked, because the database was away.',
    next: 'The key itself may be fine: wait as long as Retry-After says, then repeat the request.',
  },
  upstream_timeout: {
    what: 'A service that the operation needs did not answer in time.',
    next: 'Retry with backoff and the same Idempotency-Key: the first attempt may have taken effect.',
  },
};
