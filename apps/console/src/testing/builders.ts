/** Records for stories and specs: plausible when nothing is said, exact where something is. */
import { permissionsOf, type Role } from '@pinebill/contract';
import type {
  ActivityEntry,
  ApiKey,
  CutOver,
  ErrorGroup,
  ErrorGroups,
  HygieneItem,
  HygieneSection,
  HygieneView,
  KeyUsage,
  LogHelp,
  LogRecord,
  LogStats,
  Member,
  PlaceView,
  PreviewCaller,
  RestrictionsPreview,
  Session,
  StatsLine,
  SystemView,
} from '../api-types';

export const typeId = (prefix: string, number: number): string => `${prefix}_01jdw2f8qtfvkbh1mv4${String(number).padStart(7, '0')}`;

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
    deniedCountries: null,
    unknownCountry: null,
    expiresAt: null,
    rotatedOutAt: null,
    rotatedBy: null,
    disabledAt: null,
    quarantinedAt: null,
    createdAt: '2025-10-01T08:00:00.000Z',
    createdBy: { id: typeId('usr', 1), name: 'Ada Admin' },
    lastUsedAt: '2025-12-02T10:30:15.123Z',
    lastUsedIp: '192.168.1.1',
    lastUsedUserAgent: 'acme-checkout/2.1',
    lastRefusedAt: null,
    refusedRequests: 0,
    lateUse: null,
    revokedAt: null,
    revokeReason: null,
    replaces: null,
    replacedBy: null,
    ...over,
  };
}

const refOf = ({ id, name, masked, state, createdAt }: ApiKey): CutOver['old'] => ({ id, name, masked, state, createdAt });

/** Of a key that nobody called with. */
export const aCutOver = (old: ApiKey, next: ApiKey | null, over: Partial<CutOver> = {}): CutOver => ({
  old: refOf(old),
  new: next && refOf(next),
  from: '2025-11-25T00:00:00.000Z',
  rotatedAt: next?.createdAt ?? null,
  overlapEndsAt: old.rotatedOutAt,
  movedCallers: 0,
  remainingCallers: 0,
  safeToRevoke: true,
  callers: [],
  lateUse: null,
  complete: true,
  asOf: '2025-12-02T10:31:00.000Z',
  ...over,
});

export const aUsage = (over: Partial<KeyUsage> = {}): KeyUsage => ({
  ...{ requests: 0, clientErrors: 0, serverErrors: 0, bytesOut: 0, p50Ms: null, p95Ms: null, p99Ms: null },
  ...{ from: '2025-11-25T00:00:00.000Z', to: '2025-12-03T00:00:00.000Z', interval: 'day' },
  ...{ statuses: [], history: [], callers: [], lineage: [], complete: true },
  ...{ addresses: [], countries: [], agents: [], countedFrom: '2025-11-25T00:00:00.000Z' },
  ...over,
});

/** The lines of a story for one grouping; those of no grouping have `groupBy: ''`, those of addresses that were asked for by name `ip before`. */
export type StatsOf = { groupBy: string; interval: string; data: Partial<StatsLine>[]; countedFrom?: string };

export function aStats(of: readonly StatsOf[], query: Record<string, string | string[] | undefined>): LogStats {
  const asked = `${String(query['groupBy'] ?? '')}${query['ip'] === undefined ? '' : ' before'}`;
  const found = of.find(({ groupBy, interval }) => groupBy === asked && interval === (query['interval'] ?? ''));
  const from = String(query['from'] ?? '2025-12-01T11:00:00.000Z');
  const none = {
    group: null,
    label: null,
    from,
    requests: 0,
    errors: 0,
    clientErrors: 0,
    serverErrors: 0,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
    bytesOut: 0,
  };
  return {
    data: (found?.data ?? []).map((line) => ({ ...none, ...line })),
    ...{ exact: true, source: 'rollUps', from, to: '2025-12-02T11:00:00.000Z', countedFrom: found?.countedFrom ?? from },
  };
}

/** Nothing is known beyond the record, unless something is given. */
export const aHelp = (id: string, over: Partial<LogHelp> = {}): LogHelp => ({
  id,
  requestId: id.replace(/^log_/, 'req_'),
  ...{ operation: null, scope: null, notFound: null, retry: null, failure: null },
  ...over,
});

export const anErrorGroup = (over: Partial<ErrorGroup> = {}): ErrorGroup => ({
  ...{ method: 'POST', route: '/v1/invoices', status: 400, reason: 'invalid_field', code: 'invalid_field', requests: 42, callers: 1 },
  ...{ firstSeenAt: '2025-12-02T08:00:00.000Z', lastSeenAt: '2025-12-02T10:30:00.000Z' },
  topCallers: [{ type: 'apiKey', apiKeyId: typeId('key', 1), name: 'Production API', requests: 42 }],
  course: Array.from({ length: 24 }, (_, part) => (part > 21 ? 21 : 0)),
  ...over,
});

/** None, unless groups are given. */
export const someErrors = (data: readonly ErrorGroup[] = [], over: Partial<ErrorGroups> = {}): ErrorGroups => {
  const counted = data.reduce((sum, { requests }) => sum + requests, 0);
  const period = { from: '2025-12-01T11:00:00.000Z', to: '2025-12-02T11:00:00.000Z', countedFrom: '2025-12-01T11:00:00.000Z' };
  return { data: [...data], groups: data.length, counted, total: null, exact: true, ...period, ...over };
};

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

export const anOpenPlace = (): PlaceView => ({ allowedCidrs: null, allowedCountries: null, deniedCountries: null, unknownCountry: null });

export const aPreviewCaller = (over: Partial<PreviewCaller> = {}): PreviewCaller => ({
  apiKey: { id: typeId('key', 1), name: 'Production API' },
  network: '198.51.100.0/24',
  ip: '198.51.100.7',
  userAgent: 'checkout',
  country: 'US',
  reason: 'ip_not_allowed',
  requests: 1_204,
  lastSeenAt: '2025-12-02T10:30:15.123Z',
  ...over,
});

/** Refuses nothing. */
export const aPreview = (over: Partial<RestrictionsPreview> = {}): RestrictionsPreview => ({
  from: '2025-11-02T10:31:00.000Z',
  to: '2025-12-02T10:31:00.000Z',
  limitedBy: null,
  accepted: 48_213,
  refused: 0,
  callers: 0,
  topCallers: [],
  lockedOut: [],
  wouldLockOut: false,
  you: { ip: '203.0.113.9', country: 'DE', reason: null },
  ...over,
});

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
    detection: { behind: 0, waiting: 0, oldestWaitingAt: null, failing: 0, lastFailedAt: null, lastError: null },
    mail: { configured: true, queued: 0, oldestQueuedAt: null, failed: 0, lastFailedAt: null, lastError: null },
    jobs: [],
    warnings: [],
    ...over,
  };
}

/** Nothing to do, unless sections are given. */
export function aHygiene(sections: readonly HygieneSection[] = [], keys = 12): HygieneView {
  const inAny = new Set(sections.flatMap(({ items }) => items.map(({ key }) => key.id)));
  const policies = { rotationDays: 90, idleDays: 30, expiringDays: 14 };
  return { asOf: '2025-12-02T10:30:15.123Z', policies, keys, toDo: inAny.size, sections: [...sections] };
}
export function aSection(
  kind: HygieneSection['kind'],
  title: string,
  items: readonly (Partial<HygieneItem> & { key: ApiKey })[],
): HygieneSection {
  const nothing = { dueAt: null, reminderDays: null, advice: 'Do what helps.', refusedUse: null, shared: null };
  const full = items.map((item): HygieneItem => ({ ...nothing, actions: ['revoke'], ...item }));
  return { kind, title, rule: 'What the rule is.', count: full.length, items: full };
}
