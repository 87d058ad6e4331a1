/** Who may see the inside of /readyz and /metrics: somebody on this machine, or who knows the token. */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const loopback = /^(127\.|::1$|::ffff:127\.)/;
/** A foreign name that was made to point at this machine (DNS rebinding) is a web page asking, not an operator. */
const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

export function isOperator({ headers, socket }: Pick<IncomingMessage, 'headers' | 'socket'>, token: string | null): boolean {
  if (token !== null && sameText(headers.authorization ?? '', `Bearer ${token}`)) return true;
  // What a proxy on this machine passes on comes from somewhere else.
  const passedOn = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined || headers.via !== undefined;
  return !passedOn && loopbackHost.test(headers.host ?? 'localhost') && loopback.test(socket.remoteAddress ?? '');
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
