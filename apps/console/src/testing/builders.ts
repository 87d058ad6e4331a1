/** Records for stories and specs: plausible when nothing is said, exact where something is. */
import { permissionsOf, type Role } from '@pinebill/contract';
import type { ActivityEntry, ApiKey, LogRecord, Member, Session, SystemView } from '../api-types';

const typeId = (prefix: string, number: number): string => `${prefix}_01jdw2f8qtfvkbh1mv4${String(number).padStart(7, '0')}`;

export function aSession(role: Role, user: Partial<Session['user']> = {}): Session {
  const organization = { id: typeId('org', 1), name: 'ACME GmbH', isHome: true };
  return {
    user: { id: typeId('usr', 1), name: 'Ada Admin', email: 'ada@acme.example', mustChangePassword: false, ...user },
    organization,
    organizations: [{ id: organization.id, name: organization.name, role }],
    role,
    permissions: [...permissionsOf(role)],
    secondFactor: { enrolled: false, enrolmentRequired: false },
  };
}

export function aKey(number: number, over: Partial<ApiKey> = {}): ApiKey {
  return {
    id: typeId('key', number),
    name: `Key ${number}`,
    masked: 'pbk_...x7f2',
    scopes: ['invoices:read'],
    state: 'active',
    rotationDue: false,
    idle: false,
    service: 'checkout',
    team: 'payments',
    environment: 'production',
    allowedCidrs: null,
    allowedCountries: null,
    expiresAt: null,
    createdAt: '2025-10-01T08:00:00.000Z',
    createdBy: { id: typeId('usr', 1), name: 'Ada Admin' },
    lastUsedAt: '2025-12-02T10:30:15.123Z',
    lastUsedIp: '192.168.1.1',
    lastUsedUserAgent: 'acme-checkout/2.1',
    revokedAt: null,
    revokeReason: null,
    replaces: null,
    ...over,
  };
}

export function aRecord(number: number, over: Partial<LogRecord> = {}): LogRecord {
  const key = aKey(1, { name: 'Production API' });
  return {
    id: typeId('log', number),
    kind: 'request',
    sequence: number,
    requestId: typeId('req', number),
    clientRequestId: null,
    startedAt: '2025-12-02T10:30:15.123Z',
    durationMs: 12.4,
    method: 'GET',
    path: '/v1/invoices',
    query: null,
    route: '/v1/invoices',
    status: 200,
    outcome: 'completed',
    reason: null,
    actor: { type: 'apiKey', id: key.id, name: key.name },
    apiKey: { id: key.id, name: key.name, masked: key.masked, state: 'active', currentState: 'active' },
    keyFingerprint: null,
    service: 'checkout',
    team: null,
    environment: 'production',
    ip: '192.168.1.1',
    country: null,
    userAgent: 'acme-checkout/2.1',
    requestBytes: 0,
    responseBytes: 312,
    timing: { authMs: 0.3, handlerMs: 10.2 },
    error: null,
    traceId: null,
    marks: [],
    gap: null,
    expiresAt: '2027-01-06T10:30:15.123Z',
    ...over,
  };
}

export function aMember(number: number, over: Partial<Member> = {}): Member {
  return {
    id: typeId('mem', number),
    userId: typeId('usr', number),
    name: `Person ${number}`,
    email: `person${number}@acme.example`,
    role: 'member',
    state: 'active',
    secondFactor: false,
    createdAt: '2025-10-01T08:00:00.000Z',
    lastSignInAt: null,
    invitationExpiresAt: null,
    ...over,
  };
}

export function anEntry(number: number, over: Partial<ActivityEntry> = {}): ActivityEntry {
  return {
    id: typeId('act', number),
    occurredAt: '2025-12-02T10:31:00.000Z',
    actor: { type: 'user', id: typeId('usr', 1), name: 'Ada Admin' },
    action: 'api_key.revoked',
    target: { type: 'apiKey', id: typeId('key', 1), name: 'Production API' },
    before: { state: 'active' },
    after: { state: 'revoked' },
    ip: '192.168.1.10',
    requestId: typeId('req', number),
    ...over,
  };
}

/** All is well. */
export function aSystem(over: Partial<SystemView> = {}): SystemView {
  const at = '2025-12-02T10:30:15.123Z';
  return {
    ready: true,
    checkedAt: at,
    mode: 'durable',
    modeSince: '2025-10-01T08:00:00.000Z',
    process: { host: 'api-1', pid: 4711, startedAt: '2025-12-01T08:00:00.000Z', state: 'ready' },
    database: {
      reachable: true,
      asOf: at,
      version: '18.4',
      settings: { safe: true, fsync: true, fullPageWrites: true, synchronousCommit: 'on' },
      roles: { separated: true, login: 'ordinary' },
    },
    journal: { entries: 3, intents: 1, bytes: 10_737_418, maxBytes: 1_073_741_824, storage: 'ok' },
    shipper: { lagSeconds: 0, lastError: null, lastBatch: { rows: 37, milliseconds: 6.2, at } },
    partitions: { months: ['2025-11', '2025-12', '2026-01', '2026-02'], strayRows: 0 },
    checkpoints: [
      { part: 'journal', at },
      { part: 'shipper', at },
      { part: 'partitions', at },
      { part: 'postgres', at: null },
    ],
    counts: { unrecordable: 0, overload: 0, coalesced: 0, lost: 0, quarantined: 0, damaged: 0 },
    processes: [],
    jobs: [],
    warnings: [],
    ...over,
  };
}
