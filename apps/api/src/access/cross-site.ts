/** Whether a call that a browser sent with somebody's cookie, or a sign-in, was made by a page of another site. */
import type { IncomingHttpHeaders } from 'node:http';

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);
/** `none`: the person did it in the browser itself. */
const ownSites = new Set(['same-origin', 'none']);

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
  // What is not known to be ours is foreign: `cross-site`, `same-site` (a neighbouring subdomain), and whatever may be invented next.
  if (site !== undefined && !ownSites.has(site)) return true;
  return origin !== undefined && !ownOrigins(host?.toLowerCase(), publicOrigin).includes(origin.toLowerCase());
}

/** The host of this very machine, as a browser on it writes it: nobody on the way can answer in its name. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;

function ownOrigins(host: string | undefined, publicOrigin: string | null): string[] {
  const own = publicOrigin === null ? [] : [publicOrigin];
  // Where people use https, a page that came over plain http may have been written by whoever sits on the line.
  const overHttp = host !== undefined && (publicOrigin?.startsWith('https:') !== true || loopback.test(host));
  return overHttp ? [...own, `http://${host}`] : own;
}
