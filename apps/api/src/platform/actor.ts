import type { Permission, Role, Scope } from '@pinebill/contract';

/** Who acts, in which organization: the first parameter of every service method. Ids are uuids; TypeIDs exist only at the HTTP edge. */
export type Actor = UserActor | ApiKeyActor | SystemActor;

type From = {
  organizationId: string;
  /** The caller's address; null for jobs. */
  ip: string | null;
  /** uuid of the request's record; null for jobs. */
  requestId: string | null;
};
export type UserActor = From & {
  type: 'user';
  id: string;
  name: string;
  email: string;
  role: Role;
  sessionId: string;
  mustChangePassword: boolean;
  /** An admin of an organization that requires a second factor of its admins, without one. */
  mustEnrolSecondFactor: boolean;
  /** What the door asked the role for. Asked again where a change ends (activity.service.ts): whoever is demoted meanwhile changes nothing. */
  admittedFor?: Permission;
};
export type ApiKeyActor = From & { type: 'apiKey'; id: string; name: string; scopes: readonly Scope[] };
export type SystemActor = From & { type: 'system'; id: null; name: string };

export const systemActor = (job: string, organizationId: string): SystemActor => ({
  type: 'system',
  id: null,
  name: job,
  organizationId,
  ip: null,
  requestId: null,
});

/** Who may call a route. `permission` is for people, `scope` for programs; without a scope only people get in. */
export type AccessRule =
  | { kind: 'declared'; permission: Permission | 'signed-in'; scope: Scope | null }
  /** Anyone, without credentials. The reason is read by people and asserted by a test. */
  | { kind: 'public'; reason: string };

/** What the edge is told of a route. `mayNotWait`: goes on during maintenance and beyond the session's limit. */
export type RouteAccess = AccessRule & { mayNotWait: boolean };
