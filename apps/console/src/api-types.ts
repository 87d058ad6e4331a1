/**
 * The shapes the console reads, named once. They follow the HTTP contract (`/openapi.json`); the server's classes are their source.
 */
import type { FieldIssue, KeyState, Permission, PlanName, Role, Scope } from '@pinebill/contract';

export type Problem = {
  type?: string;
  title: string;
  status: number;
  detail?: string;
  code?: string;
  requestId?: string;
  issues?: FieldIssue[];
};

export type Session = {
  user: { id: string; name: string; email: string; mustChangePassword?: boolean };
  organization: { id: string; name: string };
  organizations?: { id: string; name: string; role: Role }[];
  role: Role;
  permissions: Permission[];
};

export type LogRecord = {
  id: string;
  kind: 'request' | 'gap' | 'mode';
  sequence: number;
  requestId: string;
  clientRequestId: string | null;
  startedAt: string;
  durationMs: number | null;
  method: string | null;
  path: string | null;
  query: Record<string, unknown> | null;
  route: string | null;
  status: number | null;
  outcome: 'completed' | 'aborted' | 'unknown' | 'protocolError';
  reason: string | null;
  actor: { type: 'apiKey' | 'user' | 'anonymous'; id: string | null; name: string | null };
  apiKey: { id: string; name: string; masked: string; state: KeyState; currentState: KeyState | null } | null;
  keyFingerprint: string | null;
  service: string | null;
  team: string | null;
  environment: string | null;
  ip: string | null;
  country: string | null;
  userAgent: string | null;
  requestBytes: number | null;
  responseBytes: number | null;
  timing: { authMs?: number | null; handlerMs?: number | null } | null;
  error: { code: string; detail?: string | null; issues?: FieldIssue[] } | null;
  traceId: string | null;
  marks: string[];
  expiresAt: string | null;
  /** Of a gap: what is missing and why. */
  gap?: { from: string; to: string; count: number | null; atMost: number | null; cause: string } | null;
};

export type ApiKey = {
  id: string;
  name: string;
  masked: string;
  scopes: Scope[];
  state: KeyState;
  service: string | null;
  team: string | null;
  environment: string | null;
  expiresAt: string | null;
  createdAt: string;
  createdBy: { id: string; name: string } | null;
  lastUsedAt: string | null;
  revokedAt: string | null;
  revokeReason: string | null;
  replaces: string | null;
  rotationDue: boolean;
  idle: boolean;
  allowedCidrs: string[] | null;
  allowedCountries: string[] | null;
};
/** `secret` comes with the answer that created the key, and never again. */
export type MintedKey = ApiKey & { secret: string | null };

export type RevokeResult = {
  revokedAt: string;
  effectiveAt: string | null;
  lastAcceptedAt: string | null;
  processes: { id: string; confirmedAt: string | null }[];
};

export type Member = {
  id: string;
  name: string;
  email: string;
  role: Role;
  state?: 'active' | 'suspended' | 'invited';
  userId?: string | null;
  createdAt?: string | null;
  lastSeenAt?: string | null;
  /** Only in the answer to an invitation. */
  invitationUrl?: string | null;
};

export type ActivityEntry = {
  id: string;
  at?: string;
  createdAt?: string;
  actor: { type: string; id: string | null; name: string | null };
  action: string;
  target: { type: string; id: string; name?: string | null } | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  ip: string | null;
};

export type Limits = { perKeyPerMinute: number; perOrganizationPerMinute: number };
export type PlanView = {
  plan?: PlanName;
  name?: PlanName;
  retentionDays: number;
  alerts?: boolean;
  geographicRestrictions?: boolean;
  limits?: Limits;
} & Partial<Limits>;
export type OrganizationView = { id: string; name: string; limits: Limits };
export type OwnSession = {
  id: string;
  current: boolean;
  createdAt: string;
  lastSeenAt: string | null;
  ip: string | null;
  userAgent: string | null;
};
