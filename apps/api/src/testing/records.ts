/** Records of the log for specs, stored by the real store. */
import { PostgresStore, recordId, type AuditRecord } from '@pinebill/nestjs-audit';
import { newId } from '../platform/ids';
import { organizations, type TestApp } from './test-app';

/** A successful call by nobody; say what matters. */
export function aRecord(fields: Partial<AuditRecord> & { startedAt: string }): AuditRecord {
  return {
    id: recordId(new Date(fields.startedAt)),
    organizationId: organizations.home,
    kind: 'request',
    durationMs: 12.4,
    clientRequestId: null,
    method: 'GET',
    path: '/v1/invoices',
    query: null,
    route: '/v1/invoices',
    status: 200,
    outcome: 'completed',
    reason: null,
    actorType: 'anonymous',
    actorId: null,
    actorName: null,
    apiKeyId: null,
    apiKeyName: null,
    apiKeyLast4: null,
    apiKeyState: null,
    keyFingerprint: null,
    service: null,
    team: null,
    environment: null,
    ip: null,
    peerIp: null,
    country: null,
    userAgent: null,
    requestBytes: 0,
    responseBytes: 312,
    authMs: 0.3,
    handlerMs: 10.2,
    error: null,
    traceId: null,
    marks: [],
    gap: null,
    ...fields,
  };
}

/** In this order, in one batch. */
export async function storeRecords({ db }: Pick<TestApp, 'db'>, records: readonly AuditRecord[]): Promise<void> {
  const store = new PostgresStore({ url: db.url });
  try {
    const entries = records.map((record, index) => ({ offset: BigInt(index), record }));
    await store.append({ journalId: newId(), entries, upTo: BigInt(records.length) });
  } finally {
    await store.close();
  }
}
