import type { AuditRecord } from './audit.types';

/** What a record says where it says nothing. */
export const blank = {
  durationMs: null, clientRequestId: null, method: null, path: null, query: null, route: null, status: null, outcome: 'completed', reason: null,
  actorType: 'system', actorId: null, actorName: null, apiKeyId: null, apiKeyName: null, apiKeyLast4: null, apiKeyState: null, keyFingerprint: null,
  service: null, team: null, environment: null, ip: null, peerIp: null, country: null, userAgent: null, requestBytes: null, responseBytes: null,
  authMs: null, handlerMs: null, error: null, traceId: null, marks: [], gap: null,
} as const satisfies Partial<AuditRecord>; // prettier-ignore
