/** One finished record of the demo's history, from the few facts that differ. */
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { DAY, revokedAt } from './breach-times';
import type { Caller, CastKey } from './cast';
import type { Ending } from './operations';
import type { Random } from './random';

export type HistoryKey = CastKey & { id: string; last4: string };
export type HistoryPerson = { id: string; name: string; role: string };
export type HistoryOrganization = {
  id: string;
  requests: number;
  keys: readonly HistoryKey[];
  people: readonly HistoryPerson[];
  /** TypeIDs, as they stand in a path. */
  customers: readonly string[];
  invoices: readonly string[];
  /** Whether strangers knock here, and the rows of nobody arrive here. */
  isHome: boolean;
};

/** All but the id, which is made when the order is known. */
export type Draft = Omit<AuditRecord, 'id'> & { at: number };

export type Call = {
  at: number;
  organizationId: string;
  key?: HistoryKey | null;
  person?: HistoryPerson | null;
  /** Of a key that nobody knows. */
  fingerprint?: string | null;
  caller: Caller;
  country: string | null;
  method: string;
  path: string;
  route: string | null;
  query?: Record<string, string> | null;
  ending: Ending;
  medianMs: number;
  requestBytes?: number;
  responseBytes?: number;
};

function keyState(key: HistoryKey, at: number, now: number): string {
  if (at >= (revokedAt(key, now) ?? Infinity)) return 'revoked';
  if (key.expiresInDays === undefined) return 'active';
  const left = now + key.expiresInDays * DAY - at;
  return left <= 0 ? 'expired' : left <= 7 * DAY ? 'expiring' : 'active';
}

function actorOf(call: Pick<Call, 'key' | 'person'>): Pick<Draft, 'actorType' | 'actorId' | 'actorName'> {
  if (call.key) return { actorType: 'apiKey', actorId: call.key.id, actorName: call.key.name };
  if (call.person) return { actorType: 'user', actorId: call.person.id, actorName: call.person.name };
  return { actorType: 'anonymous', actorId: null, actorName: null };
}

const nothingOfKey = {
  apiKeyId: null,
  apiKeyName: null,
  apiKeyLast4: null,
  apiKeyState: null,
  service: null,
  team: null,
  environment: null,
};

function keyPart(key: HistoryKey | null | undefined, at: number, now: number): Pick<Draft, keyof typeof nothingOfKey> {
  if (!key) return nothingOfKey;
  const { id, name, last4, service, team, environment } = key;
  return { apiKeyId: id, apiKeyName: name, apiKeyLast4: last4, apiKeyState: keyState(key, at, now), service, team, environment };
}

const resultOf = (ending: Ending): Pick<Draft, 'status' | 'reason' | 'error'> => {
  const { status, reason, code, detail, issues, figures } = ending;
  return {
    status,
    reason,
    error: reason === null ? null : { code: code ?? reason, detail: detail ?? null, issues: issues ?? [], ...(figures ? { figures } : {}) },
  };
};

/** Refused at the door: no handler ran. */
const atTheDoor = new Set([401, 429]);

function timingOf({ route, ending, medianMs }: Call, random: Random): Pick<Draft, 'authMs' | 'handlerMs' | 'durationMs'> {
  const authMs = Math.round(random.between(0.15, 0.7) * 100) / 100;
  const handlerMs = route === null || atTheDoor.has(ending.status) ? null : random.latency(medianMs);
  return { authMs, handlerMs, durationMs: Math.round((authMs + (handlerMs ?? 0) + random.between(0.4, 1.1)) * 10) / 10 };
}

export function draftOf(call: Call, random: Random, now: number): Draft {
  const {
    at,
    organizationId,
    caller,
    country,
    method,
    path,
    route,
    query = null,
    fingerprint = null,
    requestBytes = 0,
    responseBytes = 0,
  } = call;
  return {
    at,
    organizationId,
    kind: 'request',
    startedAt: new Date(at).toISOString(),
    clientRequestId: null,
    method,
    path,
    query,
    route,
    outcome: 'completed',
    ...resultOf(call.ending),
    ...timingOf(call, random),
    ...actorOf(call),
    ...keyPart(call.key, at, now),
    keyFingerprint: fingerprint,
    ip: caller.ip,
    peerIp: '127.0.0.1',
    country,
    userAgent: caller.agent,
    requestBytes,
    responseBytes: call.ending.reason === null ? responseBytes : random.integer(290, 420),
    traceId: null,
    marks: [],
    gap: null,
  };
}
