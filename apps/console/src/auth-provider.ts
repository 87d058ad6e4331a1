/**
 * Who is signed in. The session is a cookie that scripts cannot read, so the server is asked once and the answer kept until it ends.
 * `getPermissions` gives the whole session: role, organization, person.
 */
import { can, type Permission } from '@pinebill/contract';
import type { AuthProvider } from 'react-admin';
import type { Session } from './api-types';
import { session as api } from './data-provider';

/** What a page asks for, by resource and react-admin action; a pair that is missing here is not shown. */
const needed: Record<string, Permission> = {
  'audit-logs.list': 'audit:read',
  'audit-logs.show': 'audit:read',
  'activity.list': 'activity:read',
  'api-keys.list': 'keys:read',
  'api-keys.show': 'keys:read',
  'api-keys.create': 'keys:write',
  'api-keys.edit': 'keys:write',
  'members.list': 'members:read',
  'members.create': 'members:write',
  'members.edit': 'members:write',
  'members.delete': 'members:write',
};

export function mayAccess(session: Session, resource: string, action: string): boolean {
  const permission = needed[`${resource}.${action}`];
  return permission !== undefined && can(session.role, permission);
}

export type SessionSource = Pick<typeof api, 'current' | 'start' | 'end'>;

export function createAuthProvider(source: SessionSource = api): AuthProvider {
  let known: Promise<Session> | null = null;
  const current = (): Promise<Session> => {
    known ??= source.current();
    known.catch(() => (known = null));
    return known;
  };
  const forget = (): void => void (known = null);
  return {
    login: async (credentials: { email: string; password: string }) => {
      known = Promise.resolve(await source.start(credentials));
    },
    logout: async () => {
      const wasSignedIn = known !== null;
      forget();
      if (wasSignedIn) await source.end().catch(() => undefined); // gone already: signed out all the same
    },
    checkAuth: async () => {
      await current();
    },
    checkError: (error: { status?: number }) => {
      if (error.status !== 401) return Promise.resolve(); // 403 is shown where it happened
      forget();
      return Promise.reject(new Error('Your session has ended. Sign in again.'));
    },
    getIdentity: async () => {
      const { user } = await current();
      return { id: user.id, fullName: user.name };
    },
    getPermissions: current,
    canAccess: async ({ resource, action }) => mayAccess(await current(), resource, action),
    /** After a change of name, organization or password. */
    refresh: forget,
  };
}
