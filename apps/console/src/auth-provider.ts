/**
 * Who is signed in. The session is a cookie that scripts cannot read, so the server is asked once and the answer kept until it ends; where
 * nobody has signed in it is not asked at all.
 * `getPermissions` gives the whole session: role, organization, person; null where nobody has signed in.
 */
import { can, type Permission } from '@pinebill/contract';
import { HttpError, type AuthProvider } from 'react-admin';
import type { Session } from './api-types';
import { session as api } from './data-provider';
import { preferencesOf } from './elements/preferences';
import { browserMark, type SignInMark } from './session/sign-in-mark';

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

function mayAccess(session: Session, resource: string, action: string): boolean {
  const permission = needed[`${resource}.${action}`];
  return permission !== undefined && can(session.role, permission);
}

type SessionSource = Pick<typeof api, 'current' | 'start' | 'end'> & Partial<Pick<typeof api, 'finish'>>;
/** By password; or after the provider, with the code that is still missing, or with nothing: the session is there. */
type Credentials = { email: string; password: string; code?: string } | { code?: string };

/**
 * react-admin sends a visitor to the sign-in page and, in the same moment, forgets every answer it had: it asks again before the page has
 * changed, is refused again, and goes on like that, thousands of times, for the change never gets its turn. A refusal that comes right after
 * another waits, in milliseconds.
 */
const REFUSED_AGAIN_MS = 1_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function patientRefusal(): (error: unknown) => Promise<never> {
  let refusedAt = -Infinity;
  return async (error) => {
    const again = performance.now() - refusedAt < REFUSED_AGAIN_MS;
    refusedAt = performance.now();
    if (again) await pause(REFUSED_AGAIN_MS);
    throw error;
  };
}

const isSignedOut = (error: unknown): boolean => error instanceof HttpError && error.status === 401;

export type ConsoleAuthProvider = AuthProvider & {
  /** The server has just said who this is: nobody needs to ask again. */
  adopt: (session: Session) => void;
  /** After a change of name or password: ask again. */
  refresh: () => void;
};

function greet({ user }: Session, mark: SignInMark): void {
  mark.set();
  preferencesOf(user.id);
}

export function createAuthProvider(source: SessionSource = api, mark: SignInMark = browserMark): ConsoleAuthProvider {
  let known: Promise<Session> | null = null;
  const forget = (): void => void (known = null);
  const adopt = (session: Session): void => {
    greet(session, mark);
    known = Promise.resolve(session);
  };
  const ask = async (): Promise<Session> => {
    if (!mark.isSet()) throw new HttpError('Sign in first', 401);
    try {
      const session = await source.current();
      greet(session, mark);
      return session;
    } catch (error) {
      if (isSignedOut(error)) mark.clear();
      throw error;
    }
  };
  const current = (): Promise<Session> => {
    if (known !== null) return known;
    const asked = ask();
    known = asked;
    asked.catch(() => known === asked && forget()); // a failure is not an answer to keep
    return asked;
  };
  const refuse = patientRefusal();
  return {
    login: async (credentials: Credentials) => {
      if ('email' in credentials) adopt(await source.start(credentials));
      else adopt(await (credentials.code === undefined ? source.current() : (source.finish ?? api.finish)(credentials.code)));
    },
    logout: async () => {
      forget();
      if (!mark.isSet()) return;
      mark.clear();
      await source.end().catch(() => undefined); // gone already: signed out all the same
    },
    checkAuth: async () => {
      try {
        await current();
      } catch (error) {
        // A server that cannot say who this is has not ended the session: the frame says so, and asks again.
        if (isSignedOut(error)) await refuse(error);
      }
    },
    checkError: (error: { status?: number }) => {
      if (error.status !== 401) return Promise.resolve(); // 403 is shown where it happened
      forget();
      mark.clear();
      return Promise.reject(new Error('Your session has ended. Sign in again.'));
    },
    getIdentity: async () => {
      const { user } = await current();
      return { id: user.id, fullName: user.name };
    },
    // Nobody is no failure: react-admin asks on the pages before the sign-in too, and would send who is joining to the sign-in page.
    getPermissions: () => (mark.isSet() ? current() : Promise.resolve(null)),
    canAccess: async ({ resource, action }) => mayAccess(await current(), resource, action),
    adopt,
    refresh: forget,
  };
}
