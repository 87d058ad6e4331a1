/** A record that is still being written: what the edge saw, what `identify` said, what the framework added. And the row it becomes. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { v7 } from 'uuid';
import type { AuditSettings } from './audit.options';
import type { AuditRecord, EdgeRequest, Identity, Mark, Outcome, RecordedError } from './audit.types';
import { cleanHeader, cleanText, readClientRequestId, readTraceId } from './sanitize';
import type { AuditRoutes, PathRoutes } from './audit.routes';
import { clientAddress, type Address, type Network } from './client-address';
import { anonymous } from './identity';
import { longHex, looksSecret, redactPath, redactQuery, redactText } from './redact';

export type Draft = {
  edge: EdgeRequest;
  /** `performance.now()` at arrival: durations must not follow the wall clock. */
  arrivedAt: number;
  marks: Mark[];
  secretSegments: ReadonlySet<number>;
  identity: Identity | null;
  /** The template of the handler that ran, or of the route that the path leads to. */
  route: string | null;
  reason: string | null;
  error: RecordedError | null;
  authMs: number | null;
  handlerStartedAt: number | null;
  handlerMs: number | null;
  /** Bytes of the body that were read, after transfer encoding. */
  requestBytes: number;
};

export type Ending = Pick<AuditRecord, 'outcome' | 'status' | 'durationMs' | 'responseBytes'>;

/** What the row of a request says until its end is known. */
export const notEnded: Ending = { outcome: 'unknown', status: null, durationMs: null, responseBytes: null };

/** Drafts by raw request: no field on foreign objects, and gone with them. */
const drafts = new WeakMap<IncomingMessage, Draft>();

/** Takes the raw request, or Fastify's or Express's around it. */
export function rawRequest(request: unknown): IncomingMessage {
  return (request as { raw?: IncomingMessage }).raw ?? (request as IncomingMessage);
}
export const findDraft = (request: unknown): Draft | null => drafts.get(rawRequest(request)) ?? null;

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
const maxDetailLength = 2_048;

/** Details may quote what was sent; they are cleaned like everything that came from outside. */
function cleanError(error: RecordedError | null, patterns: readonly RegExp[]): RecordedError | null {
  if (!error) return null;
  const clean = (text: string, maxLength: number): string => cleanText(redactText(text, patterns).text, maxLength).text;
  return {
    code: clean(error.code, 100),
    detail: error.detail === null ? null : clean(error.detail, maxDetailLength),
    issues: error.issues
      .slice(0, maxIssues)
      .map(({ pointer, rule, expected }) => ({ pointer: clean(pointer, 500), rule: clean(rule, 100), expected: clean(expected, 500) })),
  };
}

const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms * 1_000) / 1_000);

type Sent = Pick<AuditRecord, 'method' | 'path' | 'query' | 'clientRequestId' | 'userAgent' | 'traceId' | 'marks'>;

/** Everything that the caller wrote, cleaned and redacted. */
function sentBy({ edge, marks, secretSegments }: Draft, patterns: readonly RegExp[]): Sent {
  const path = redactPath(edge.rawPath, secretSegments, patterns);
  const query = redactQuery(edge.rawQuery, edge.route?.recordedQuery ?? [], patterns);
  const agent = readUserAgent(edge.headers['user-agent'], patterns);
  const requestId = ownRequestId(edge.headers, patterns);
  return {
    method: edge.method,
    path: path.text,
    query: query.query,
    clientRequestId: requestId.text,
    userAgent: agent.text,
    traceId: readTraceId(edge.headers.traceparent),
    marks: [...new Set<Mark>([...marks, ...path.marks, ...query.marks, ...agent.marks, ...requestId.marks])],
  };
}

type CleanedOrNull = { text: string | null; marks: Mark[] };

function readUserAgent(sent: string | undefined, patterns: readonly RegExp[]): CleanedOrNull {
  if (sent === undefined) return { text: null, marks: [] };
  const clean = cleanHeader(sent);
  const kept = redactText(clean.text, patterns);
  return { text: kept.text, marks: [...clean.marks, ...kept.marks] };
}

/** The caller's request id. A trace id is 32 hexadecimal digits and a fine one; a key is not. */
function ownRequestId(headers: IncomingHttpHeaders, patterns: readonly RegExp[]): CleanedOrNull {
  const text = readClientRequestId(headers['request-id']) ?? readClientRequestId(headers['x-request-id']);
  const others = patterns.filter((pattern) => pattern !== longHex);
  return text !== null && looksSecret(text, others) ? { text: null, marks: ['redacted'] } : { text, marks: [] };
}

/** Everything that `identify` found out. */
function calledBy({ actor, apiKey, keyFingerprint, service, team, environment }: Identity) {
  const key = apiKey
    ? { apiKeyId: apiKey.id, apiKeyName: apiKey.name, apiKeyLast4: apiKey.last4, apiKeyState: apiKey.state }
    : { apiKeyId: null, apiKeyName: null, apiKeyLast4: null, apiKeyState: null };
  return { actorType: actor.type, actorId: actor.id, actorName: actor.name, ...key, keyFingerprint, service, team, environment };
}

export const elapsed = (draft: Draft): number => performance.now() - draft.arrivedAt;

/** An answer can be whole before its handler has returned: then it is the time so far. */
function timeInHandler({ handlerMs, handlerStartedAt }: Draft, { status }: Ending): number | null {
  if (handlerMs !== null || handlerStartedAt === null || status === null) return handlerMs;
  return performance.now() - handlerStartedAt;
}

/** The row. `home` is whose it is when nobody else's. */
export function toRecord(
  draft: Draft,
  ending: Ending,
  { home, settings }: { home: string; settings: Pick<AuditSettings, 'secretPatterns' | 'country'> },
): AuditRecord {
  return {
    id: draft.edge.id,
    organizationId: draft.identity?.organizationId ?? home,
    kind: 'request',
    startedAt: draft.edge.startedAt.toISOString(),
    ...sentBy(draft, settings.secretPatterns),
    ...calledBy(draft.identity ?? anonymous),
    route: draft.route,
    ...ending,
    durationMs: round(ending.durationMs),
    reason: reasonOf(draft, ending),
    error: ending.status !== null && ending.status >= 400 ? cleanError(draft.error, settings.secretPatterns) : null,
    ip: draft.edge.ip,
    peerIp: draft.edge.peerIp,
    country: draft.edge.ip === null ? null : settings.country(draft.edge.ip),
    requestBytes: draft.requestBytes,
    authMs: round(draft.authMs),
    handlerMs: round(timeInHandler(draft, ending)),
    gap: null,
  };
}

/** The end of a request, as of now. */
export const ended = (draft: Draft, outcome: Outcome, status: number, responseBytes: number): Ending => ({
  outcome,
  status,
  durationMs: elapsed(draft),
  responseBytes,
});

/** What the edge sees of a request before anybody else does. `peer` is the other end of its socket. */
export function openDraft(
  request: IncomingMessage,
  peer: Address | null,
  { routes, settings }: { routes: AuditRoutes; settings: AuditSettings },
): Draft {
  const { rawPath, rawQuery } = splitUrl(request.url ?? '/');
  const there = routes.at(rawPath);
  const { ip, peerIp, marks } = addresses(request, peer, settings.trustedProxies);
  const draft: Draft = {
    edge: edgeRequest(request, { rawPath, rawQuery, ip, peerIp }, there),
    arrivedAt: performance.now(),
    marks,
    secretSegments: there.secretSegments,
    identity: null,
    route: null,
    reason: null,
    error: null,
    authMs: null,
    handlerStartedAt: null,
    handlerMs: null,
    requestBytes: 0,
  };
  draft.route = draft.edge.route?.template ?? null;
  drafts.set(request, draft);
  return draft;
}

function addresses(
  { headers }: IncomingMessage,
  peer: Address | null,
  trusted: readonly Network[],
): { ip: string | null; peerIp: string | null; marks: Mark[] } {
  if (!peer) return { ip: null, peerIp: null, marks: [] };
  const client = clientAddress(peer, [headers['x-forwarded-for'] ?? []].flat().join(','), trusted);
  return { ip: client.ip, peerIp: peer.ip, marks: client.sanitized || peer.sanitized ? ['sanitized'] : [] };
}

function edgeRequest(
  raw: IncomingMessage,
  where: Pick<EdgeRequest, 'rawPath' | 'rawQuery' | 'ip' | 'peerIp'>,
  there: PathRoutes,
): EdgeRequest {
  const method = raw.method ?? 'GET';
  return {
    ...where,
    id: v7(),
    startedAt: new Date(),
    method,
    headers: raw.headers,
    route: there.find(method),
    allowedMethods: there.allowedMethods(),
    raw,
  };
}

/** A fragment does not belong on the wire; Fastify cuts the path there, and so does the record. */
function splitUrl(url: string): { rawPath: string; rawQuery: string | null } {
  const cut = url.search(/[?#]/);
  return cut < 0 ? { rawPath: url, rawQuery: null } : { rawPath: url.slice(0, cut), rawQuery: url.slice(cut + 1) };
}
