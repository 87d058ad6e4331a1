/** Whether a call that a browser sent with somebody's cookie, or a sign-in, was made by a page of another site. */
import type { IncomingHttpHeaders } from 'node:http';

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

export type CrossSiteQuestion = {
  method: string;
  headers: IncomingHttpHeaders;
  /** Whether a session cookie came with it. */
  withCookie: boolean;
  /** Sign-in and the acceptance of an invitation set a cookie: another site must not be able to do it in our visitor's name. */
  startsSession: boolean;
  /** The origin people use (`PINEBILL_PUBLIC_URL`); null: whatever the Host header says, over http. */
  publicOrigin: string | null;
};

export function isCrossSite({ method, headers, withCookie, startsSession, publicOrigin }: CrossSiteQuestion): boolean {
  if (safe.has(method) || (!withCookie && !startsSession)) return false;
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  // Browsers send at least one of the two with a state-changing request; a cookie without either was not sent by one of ours.
  if (origin === undefined && site === undefined) return withCookie;
  if (site === 'cross-site' || site === 'same-site') return true;
  return origin !== undefined && !ownOrigins(host, publicOrigin).includes(origin.toLowerCase());
}

const ownOrigins = (host: string | undefined, publicOrigin: string | null): string[] => [
  ...(host === undefined ? [] : [`http://${host}`]),
  ...(publicOrigin === null ? [] : [publicOrigin]),
];
