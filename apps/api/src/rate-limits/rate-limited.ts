/**
 * How limits are told: fields by draft-ietf-httpapi-ratelimit-headers-10 (structured fields), the refusal as its problem type `quota-exceeded`. Codes stay
 * ours: a client matches on `rate_limited`.
 */
import { AppError } from '../platform/app-error';
import { WINDOW_MS, type Policy } from './bucket';
import type { Verdict } from './shared-limits';

const WINDOW_SECONDS = WINDOW_MS / 1_000;
const QUOTA_EXCEEDED = 'https://iana.org/assignments/http-problem-types#quota-exceeded';

/** `t`: an empty bucket is full again after a whole window at the latest. How long to wait for one request is Retry-After's to say. */
export const limitHeaders = ({ states }: Verdict): Record<string, string> => ({
  'ratelimit-policy': states.map(({ limit }) => `"${limit.name}";q=${limit.perMinute};w=${WINDOW_SECONDS}`).join(', '),
  ratelimit: states.map(({ limit, remaining }) => `"${limit.name}";r=${remaining};t=${WINDOW_SECONDS}`).join(', '),
});

const whose: Record<Policy, string> = {
  'per-key': 'of this API key',
  'per-organization': 'of the organization',
  'per-session': 'of this session',
  'per-session-reserve': 'of this session for what must not wait',
};

/**
 * Null: it goes on. The record is told what a person needs to judge it: which limit, its size, and how many requests other keys of the organization could
 * have made at that moment; null where that is not known, or there are none.
 */
export function rateLimited({ isAdmitted, states }: Verdict, otherKeysRoom: number | null = null): AppError | null {
  if (isAdmitted) return null;
  const violated = states.filter(({ retryAfterSeconds }) => retryAfterSeconds !== null);
  const [first] = violated;
  if (!first) throw new TypeError('refused, and no limit says why');
  const { name, perMinute, reason } = first.limit;
  const retryAfterSeconds = Math.max(...violated.map((state) => state.retryAfterSeconds ?? 0));
  return new AppError('rate_limited', {
    reason,
    detail: [
      `The limit of ${count(perMinute)} requests a minute ${whose[name]} is used up.`,
      `Wait ${retryAfterSeconds} s, then go on with growing pauses.`,
      ...(otherKeysRoom === null ? [] : [roomText(otherKeysRoom)]),
    ].join(' '),
    headers: { 'retry-after': String(retryAfterSeconds) },
    extensions: { type: QUOTA_EXCEEDED, 'violated-policies': violated.map(({ limit }) => limit.name) },
    figures: { policy: name, perMinute, retryAfterSeconds, ...(otherKeysRoom === null ? {} : { otherKeysRoom }) },
  });
}

const roomText = (room: number): string =>
  room === 0 ? 'No other key of the organization had room.' : `The organization's other keys had room for ${count(room)} more.`;
const count = (requests: number): string => requests.toLocaleString('en-US');
