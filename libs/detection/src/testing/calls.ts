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

/** Two days of one organization in which everything goes wrong by chance, after a month of quiet: as a seed brings it back. */
export function traffic(seed: number): Call[] {
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const calls: Call[] = [];
  const add = (at: number, over: Partial<Call>): void => void calls.push(aCall(0, { at, ...over }));
  const keys = ['key_a', 'key_b'];
  for (let at = 0; at < 30 * day; at += 30 * minute) {
    const isOffice = (at % day) / hour >= 8 && (at % day) / hour < 18;
    add(at + random() * 1_000, { keyId: 'key_a', responseBytes: Math.floor(random() * 900) });
    if (isOffice)
      for (let n = 0; n < 6; n++) add(at + n * 60_000, { keyId: 'key_b', ip: '192.0.2.77', responseBytes: Math.floor(random() * 900) });
  }
  for (let trouble = 0; trouble < 8; trouble++) troubleOf({ from: 30 * day + random() * 2 * day, random, pick, add, keyId: pick(keys) });
  calls.sort((a, b) => a.at - b.at);
  return calls.map((call, n) => ({ ...call, id: `r${n}`, sequence: n + 1 }));
}

type Chance = {
  from: number;
  random: () => number;
  pick: <T>(list: readonly T[]) => T;
  add: (at: number, over: Partial<Call>) => void;
  keyId: string;
};

function troubleOf({ from, random, pick, add, keyId }: Chance): void {
  const ip = `203.0.${Math.floor(random() * 9)}.9`;
  const over = pick<Partial<Call>>([
    { actor: 'anonymous', keyId: null, status: 401, reason: 'unknown_key', ip, keyFingerprint: '0123456789ab' },
    { keyId, status: 401, reason: 'revoked_key' },
    { keyId, ip, country: 'BR' },
    { keyId, ip },
    { keyId, route: '/v1/exports', method: 'POST', path: '/v1/exports' },
    { keyId, requestBytes: 300, method: 'POST' },
    { keyId, status: 400, reason: 'invalid_field', cause: '/a required', method: 'POST' },
    { keyId, status: 429, reason: 'key_limit', retryAfterS: 30 },
    { keyId, status: 404, reason: 'route_not_found', route: null, path: '/v1/none' },
    { keyId, status: 404, reason: 'resource_not_found', route: '/v1/invoices/{id}', path: '*' },
    { keyId, status: 500, reason: 'handler_error' },
  ]);
  const every = pick([800, 3_000, 40_000]);
  for (let n = 0; n < 200; n++)
    add(from + n * every * (0.8 + random() * 0.4), { ...over, ...(over.path === '*' ? { path: `/v1/invoices/${n}` } : {}) });
}
