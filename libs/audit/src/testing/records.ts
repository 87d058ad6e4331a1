import { randomUUID } from 'node:crypto';
import type { AuditRecord } from '../audit.types';
import { recordId } from '../record-id';

export const anOrganization = (): string => randomUUID();

export function aRecord(change: Partial<AuditRecord> = {}): AuditRecord {
  const startedAt = change.startedAt ?? '2026-01-15T10:30:15.123Z';
  return {
    id: recordId(new Date(startedAt)),
    organizationId: '00000000-0000-4000-8000-000000000001',
    kind: 'request',
    startedAt,
    durationMs: 12.5,
    clientRequestId: null,
    method: 'GET',
    path: '/v1/invoices',
    query: { status: 'open' },
    route: '/v1/invoices',
    status: 200,
    outcome: 'completed',
    reason: null,
    actorType: 'apiKey',
    actorId: '00000000-0000-4000-8000-0000000000aa',
    actorName: 'Production API',
    apiKeyId: '00000000-0000-4000-8000-0000000000aa',
    apiKeyName: 'Production API',
    apiKeyLast4: 'x7f2',
    apiKeyState: 'active',
    keyFingerprint: null,
    service: 'checkout',
    team: null,
    environment: 'production',
    ip: '192.0.2.7',
    peerIp: '10.0.0.1',
    country: null,
    userAgent: 'curl/8.5.0',
    requestBytes: 0,
    responseBytes: 312,
    authMs: 0.25,
    handlerMs: 10.5,
    error: null,
    traceId: null,
    marks: [],
    gap: null,
    ...change,
  };
}
