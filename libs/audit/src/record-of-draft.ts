/** The row that a draft becomes: everything the caller wrote cleaned and redacted, everything we know as it is at this moment. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AuditSettings } from './audit.options';
import type { AuditRecord, Mark, RecordedError } from './audit.types';
import type { Draft, Ending } from './draft';
import { anonymous } from './identity';
import { longHex, looksSecret, redactPath, redactQuery, redactText } from './redact';
import { cleanHeader, cleanText, readClientRequestId, readTraceId } from './sanitize';

const reasonByStatus: Record<number, string> = {
  400: 'malformed_request',
  404: 'route_not_found',
  405: 'method_not_allowed',
  408: 'request_timeout',
  413: 'payload_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  417: 'expectation_failed',
  431: 'headers_too_large',
  500: 'handler_error',
  501: 'not_implemented',
  502: 'upstream_error',
  503: 'overload',
  504: 'upstream_timeout',
};

/** Null on success and for what was not answered; what the application said; else what the status says by itself. */
function reasonOf(draft: Draft, { outcome, status }: Ending): string | null {
  if (status === null || status < 400) return null;
  if (outcome === 'aborted' && status === 499) return draft.reason;
  return draft.reason ?? reasonByStatus[status] ?? null;
}

const maxIssues = 20;
const maxFigures = 10;
const maxDetailLength = 2_048;

/** Details may quote what was sent; they are cleaned like everything that came from outside. */
function cleanError(error: RecordedError, patterns: readonly RegExp[]): RecordedError {
  const clean = (text: string, maxLength: number): string => cleanText(redactText(text, patterns).text, maxLength).text;
  return {
    code: clean(error.code, 100),
    detail: error.detail === null ? null : clean(error.detail, maxDetailLength),
    issues: error.issues
      .slice(0, maxIssues)
      .map(({ pointer, rule, expected }) => ({ pointer: clean(pointer, 500), rule: clean(rule, 100), expected: clean(expected, 500) })),
    ...(error.figures ? { figures: cleanFigures(error.figures, clean) } : {}),
  };
}

function cleanFigures(figures: NonNullable<RecordedError['figures']>, clean: (text: string, maxLength: number) => string) {
  const few = Object.entries(figures).slice(0, maxFigures);
  return Object.fromEntries(few.map(([name, value]) => [clean(name, 50), typeof value === 'string' ? clean(value, 100) : value]));
}

const errorOf = ({ error }: Draft, { status }: Ending, patterns: readonly RegExp[]): RecordedError | null =>
  error !== null && status !== null && status >= 400 ? cleanError(error, patterns) : null;

const noKey = { id: null, name: null, last4: null, state: null };

type Kept = { text: string | null; marks: readonly Mark[] };
const nothing: Kept = { text: null, marks: [] };

/** The agents seen last, cleaned: a caller sends the same one with every request. By the patterns they were cleaned with. */
const agents = new WeakMap<readonly RegExp[], Map<string, Kept>>();
const MAX_AGENTS = 1_000;
const MAX_AGENT_LENGTH = 512;

function userAgent(sent: string | undefined, patterns: readonly RegExp[]): Kept {
  if (sent === undefined) return nothing;
  const known = agents.get(patterns) ?? new Map<string, Kept>();
  const found = known.get(sent);
  if (found) return found;
  const clean = cleanHeader(sent);
  const kept = redactText(clean.text, patterns);
  const agent = { text: kept.text, marks: [...clean.marks, ...kept.marks] };
  if (sent.length > MAX_AGENT_LENGTH) return agent; // memory that a caller chooses the size of
  if (known.size >= MAX_AGENTS) known.clear();
  agents.set(patterns, known.set(sent, agent));
  return agent;
}

/** The caller's request id. A trace id is 32 hexadecimal digits and a fine one; a key is not. */
function clientRequestId(headers: IncomingHttpHeaders, patterns: readonly RegExp[]): Kept {
  const text = readClientRequestId(headers['request-id']) ?? readClientRequestId(headers['x-request-id']);
  if (text === null) return nothing;
  const others = patterns.filter((pattern) => pattern !== longHex);
  return looksSecret(text, others) ? { text: null, marks: ['redacted'] } : { text, marks: [] };
}

/** Mostly there are none. */
function allMarks(...lists: (readonly Mark[])[]): Mark[] {
  return lists.every(({ length }) => length === 0) ? [] : [...new Set(lists.flat())];
}

const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1_000) / 1_000);

/** An answer can be whole before anybody has seen it begin: then it is the time so far. */
function timeInHandler({ handlerMs, handlerStartedAt }: Draft, { status }: Ending): number | null {
  if (handlerMs !== null || handlerStartedAt === null || status === null) return handlerMs;
  return performance.now() - handlerStartedAt;
}

type RouteFacts = { template: string | null; recordedQuery: readonly string[]; secretSegments: ReadonlySet<number> };

/** Of the handler that ran, or else of where the path leads; the application may name another template. */
function routeOf({ matched, edge, route: named }: Draft): RouteFacts {
  const route = matched ? matched.route : edge.route;
  return {
    template: named ?? route?.template ?? null,
    recordedQuery: route?.recordedQuery ?? [],
    secretSegments: matched ? matched.secretSegments : edge.there.secretSegments,
  };
}

let lastInstant = { ms: -1, text: '' };

/** ISO 8601 in UTC, made once a millisecond. */
function instant(ms: number): string {
  if (ms !== lastInstant.ms) lastInstant = { ms, text: new Date(ms).toISOString() };
  return lastInstant.text;
}

/** `home` is whose it is when nobody else's. One flat literal: every request passes here, and spreads cost more than they say. */
export function toRecord(
  draft: Draft,
  ending: Ending,
  { home, settings: { secretPatterns, country } }: { home: string; settings: Pick<AuditSettings, 'secretPatterns' | 'country'> },
): AuditRecord {
  const { edge } = draft;
  const { organizationId, actor, apiKey, keyFingerprint, service, team, environment } = draft.identity ?? anonymous;
  const key = apiKey ?? noKey;
  const { template, recordedQuery, secretSegments } = routeOf(draft);
  const path = redactPath(edge.rawPath, secretSegments, secretPatterns);
  const query = redactQuery(edge.rawQuery, recordedQuery, secretPatterns);
  const agent = userAgent(edge.headers['user-agent'], secretPatterns);
  const requestId = clientRequestId(edge.headers, secretPatterns);
  return {
    id: edge.id,
    organizationId: organizationId ?? home,
    kind: 'request',
    startedAt: instant(edge.startedAtMs),
    durationMs: round(ending.durationMs),
    clientRequestId: requestId.text,
    method: edge.method,
    path: path.text,
    query: query.query,
    route: template,
    status: ending.status,
    outcome: ending.outcome,
    reason: reasonOf(draft, ending),
    actorType: actor.type,
    actorId: actor.id,
    actorName: actor.name,
    apiKeyId: key.id,
    apiKeyName: key.name,
    apiKeyLast4: key.last4,
    apiKeyState: key.state,
    keyFingerprint,
    service,
    team,
    environment,
    ip: edge.ip,
    peerIp: edge.peerIp,
    country: edge.ip === null ? null : country(edge.ip),
    userAgent: agent.text,
    requestBytes: draft.requestBytes,
    responseBytes: ending.responseBytes,
    authMs: round(draft.authMs),
    handlerMs: round(timeInHandler(draft, ending)),
    error: errorOf(draft, ending, secretPatterns),
    traceId: readTraceId(edge.headers.traceparent),
    marks: allMarks(edge.marks, path.marks, query.marks, agent.marks, requestId.marks),
    gap: null,
  };
}
