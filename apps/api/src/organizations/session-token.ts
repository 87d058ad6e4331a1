/** The session cookie: its name, and the token in it, of which only the SHA-256 is stored. */
import { createHash, randomBytes } from 'node:crypto';
import { parseCookie } from 'cookie';

/** `__Host-` binds the cookie to this host over https; browsers refuse it over plain http. */
export const sessionCookieName = (https: boolean): string => (https ? '__Host-pinebill_session' : 'pinebill_session');

export const newSessionToken = (): string => randomBytes(32).toString('base64url');
export const hashSessionToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** The token as the caller sent it; null without a session cookie. */
export function readSessionToken(cookieHeader: string | undefined, https: boolean): string | null {
  if (!cookieHeader) return null;
  return parseCookie(cookieHeader)[sessionCookieName(https)] ?? null;
}

/** How long a session lives: without use, and at most. */
export const SESSION_IDLE_MS = 12 * 3_600_000;
export const SESSION_ABSOLUTE_MS = 7 * 24 * 3_600_000;
