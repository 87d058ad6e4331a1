/** Calls for specs: one of a key, in order, as nothing has happened to it. */
import type { Call } from '../call';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;

export function aCall(n: number, over: Partial<Call> = {}): Call {
  return {
    id: `r${n}`, sequence: n + 1, at: n * 1_000, actor: 'apiKey', keyId: 'key_a', keyFingerprint: null, userId: null, method: 'GET', path: '/v1/invoices',
    route: '/v1/invoices', status: 200, reason: null, ip: '192.0.2.10', country: 'DE', userAgent: 'larkspur/1.0', requestBytes: 0, responseBytes: 500,
    durationMs: 12, retryAfterS: null, cause: null, ...over,
  }; // prettier-ignore
}
