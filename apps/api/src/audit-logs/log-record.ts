/** The one function that decides what of a stored record leaves. */
import type { KeyState } from '@pinebill/contract';
import type { RecordedError, StoredRecord } from '@pinebill/nestjs-audit';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { LogActor, LogApiKey, LogError, LogLimit, LogRecord } from './audit-logs.dto';

const DAY_MS = 86_400_000;

export type Showing = {
  retentionDays: number;
  /** By uuid; a key that is missing no longer exists. */
  keyStates: ReadonlyMap<string, KeyState>;
};

export function toLogRecord(record: StoredRecord, { retentionDays, keyStates }: Showing): LogRecord {
  return {
    id: typeId('log', record.id),
    kind: record.kind,
    sequence: record.sequence,
    requestId: typeId('req', record.id),
    clientRequestId: record.clientRequestId,
    startedAt: record.startedAt,
    durationMs: record.durationMs,
    method: record.method,
    path: record.path,
    query: record.query,
    route: record.route,
    status: record.status,
    outcome: record.outcome,
    reason: record.reason,
    actor: actorOf(record),
    apiKey: apiKeyOf(record, keyStates),
    keyFingerprint: record.keyFingerprint,
    service: record.service,
    team: record.team,
    environment: record.environment,
    ip: record.ip,
    country: record.country,
    userAgent: record.userAgent,
    requestBytes: record.requestBytes,
    responseBytes: record.responseBytes,
    timing: { authMs: record.authMs, handlerMs: record.handlerMs },
    error: record.error && errorOf(record.error),
    traceId: record.traceId,
    marks: record.marks,
    gap: record.gap,
    expiresAt: new Date(Date.parse(record.startedAt) + retentionDays * DAY_MS).toISOString(),
  };
}

function errorOf({ code, detail, issues, figures }: RecordedError): LogError {
  return { code, detail, issues, ...(figures?.['policy'] === undefined ? {} : { limit: limitOf(figures) }) };
}

/** As rate-limits/rate-limited.ts wrote it. */
const limitOf = ({ policy, perMinute, retryAfterSeconds, otherKeysRoom }: NonNullable<RecordedError['figures']>): LogLimit => ({
  policy: policy as LogLimit['policy'],
  perMinute: Number(perMinute),
  retryAfterSeconds: Number(retryAfterSeconds),
  otherKeysRoom: otherKeysRoom === undefined ? null : Number(otherKeysRoom),
});

const prefixes = { apiKey: 'key', user: 'usr' } as const;

function actorOf({ actorType, actorId, actorName }: StoredRecord): LogActor {
  const id = actorType === 'apiKey' || actorType === 'user' ? typeIdOrNull(prefixes[actorType], actorId) : null;
  return { type: actorType, id, name: actorName };
}

function apiKeyOf({ apiKeyId, apiKeyName, apiKeyLast4, apiKeyState }: StoredRecord, now: ReadonlyMap<string, KeyState>): LogApiKey | null {
  if (apiKeyId === null) return null;
  return {
    id: typeId('key', apiKeyId),
    name: apiKeyName ?? '',
    masked: `pbk_...${apiKeyLast4 ?? ''}`,
    // Written by us from the same list of states, never by a caller.
    state: apiKeyState as KeyState,
    currentState: now.get(apiKeyId) ?? null,
  };
}
