/**
 * The six patterns that a reader of the log must learn to see (the guide's "Common monitoring patterns"), each on days that every window
 * of four weeks contains. The live traffic plays the same six (scenes.ts).
 */
import { dayStart } from './breach-times';
import { finder, guesser } from './cast';
import { draftOf, type Call, type Draft, type HistoryKey, type HistoryOrganization } from './history-records';
import { invalid, type Ending } from './operations';
import type { Random } from './random';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export type Stage = { organization: HistoryOrganization; random: Random; now: number; country: (ip: string) => string | null };
type Pattern = (stage: Stage) => Draft[];
type Part = Omit<Call, 'organizationId' | 'country'>;

export const say = (stage: Stage, part: Part): Draft =>
  draftOf({ ...part, organizationId: stage.organization.id, country: stage.country(part.caller.ip) }, stage.random, stage.now);

export function keyNamed(stage: Pick<Stage, 'organization'>, handle: string): HistoryKey {
  const key = stage.organization.keys.find((candidate) => candidate.handle === handle);
  if (!key) throw new Error(`The cast has no key ${handle}`);
  return key;
}

function callerOf(key: HistoryKey, index = 0) {
  const caller = key.callers[index];
  if (!caller) throw new Error(`The key ${key.handle} has no caller`);
  return caller;
}

export const refusedKey = (reason: string): Ending => ({
  weight: 1,
  status: 401,
  reason,
  code: 'invalid_api_key',
  detail: 'This API key cannot be used.',
});
/** By the limit of a key on the enterprise plan, while the others had room. */
const limited: Ending = {
  weight: 1,
  status: 429,
  reason: 'key_limit',
  code: 'rate_limited',
  detail:
    "The limit of 6,000 requests a minute of this API key is used up. Wait 1 s, then go on with growing pauses. The organization's other keys had room for 18,340 more.",
  figures: { policy: 'per-key', perMinute: 6_000, retryAfterSeconds: 1, otherKeysRoom: 18_340 },
};
export const ok: Ending = { weight: 1, status: 200, reason: null };

/** Somebody guesses keys: hundreds of 401s from one address within minutes; the last time they hold the contractor's revoked key. */
const unauthorizedBurst: Pattern = (stage) => {
  const { random, now } = stage;
  return [23, 11, 3].flatMap((daysAgo) => {
    const start = dayStart(now, daysAgo) + 2 * HOUR + random.integer(0, 50) * MINUTE;
    const contractor = daysAgo === 3 ? keyNamed(stage, 'contractor') : null;
    return Array.from({ length: random.integer(320, 460) }, () => {
      const leaked = contractor !== null && random.chance(0.3);
      const reason = leaked ? 'revoked_key' : random.pick(['unknown_key', 'bad_checksum', 'bad_checksum', 'malformed_key']);
      const path = random.pick(['/v1/invoices', '/v1/customers', '/v1/api-keys']);
      const fingerprint = reason === 'unknown_key' ? random.hex(12) : null;
      const at = start + random.between(0, 9 * MINUTE);
      return say(stage, {
        at, key: leaked ? contractor : null, fingerprint, caller: guesser, method: 'GET', path, route: path, ending: refusedKey(reason), medianMs: 1,
      }); // prettier-ignore
    });
  });
};

/** A retry without an end: one machine asks the same thing two or three times a second for ten minutes. */
const runawayLoop: Pattern = (stage) => {
  const { random, now, organization } = stage;
  const key = keyNamed(stage, 'mobile');
  return [17, 6].flatMap((daysAgo) => {
    const path = `/v1/invoices/${random.pick(organization.invoices)}`;
    const start = dayStart(now, daysAgo) + 10 * HOUR + random.integer(0, 240) * MINUTE;
    return Array.from(
      { length: 1_150 },
      (_, index) =>
      say(stage, {
        at: start + index * 520 + random.between(0, 200), key, caller: callerOf(key), method: 'GET', path, route: '/v1/invoices/{id}', ending: ok,
        medianMs: 4, responseBytes: 842,
      }), // prettier-ignore
    );
  });
};

/** A key that is more than a year old is suddenly used from another continent, at night, to read every customer. */
const newAddress: Pattern = (stage) => {
  const { random, now } = stage;
  const key = keyNamed(stage, 'importer');
  return [2, 1].flatMap((daysAgo) => {
    const start = dayStart(now, daysAgo) + 3 * HOUR + random.integer(0, 30) * MINUTE;
    return Array.from(
      { length: random.integer(90, 150) },
      () =>
      say(stage, {
        at: start + random.between(0, 14 * MINUTE), key, caller: finder, method: 'GET', path: '/v1/customers', route: '/v1/customers',
        query: { limit: '200' }, ending: ok, medianMs: 9, responseBytes: random.integer(20_000, 48_000),
      }), // prettier-ignore
    );
  });
};

/** An integration that was wrong from its first day on: unit prices as decimals, every call 400. */
const alwaysInvalid: Pattern = (stage) => {
  const { random, now } = stage;
  const key = keyNamed(stage, 'erp');
  const ending = invalid('/lines/0/unitAmount', 'isInt', 'must be an integer number');
  return Array.from({ length: 19 }, (_, daysAgo) => daysAgo + 1).flatMap((daysAgo) =>
    Array.from(
      { length: random.integer(60, 90) },
      () =>
      say(stage, {
        at: dayStart(now, daysAgo) + random.between(7 * HOUR, 18 * HOUR), key, caller: callerOf(key), method: 'POST', path: '/v1/invoices',
        route: '/v1/invoices', ending, medianMs: 2.1, requestBytes: random.integer(260, 700),
      }), // prettier-ignore
    ),
  );
};

/** The warehouse reads faster than its limit for a few minutes of every night: now and then a 429. */
const rateLimited: Pattern = (stage) => {
  const { random, now } = stage;
  const key = keyNamed(stage, 'warehouse');
  return Array.from({ length: 26 }, (_, daysAgo) => daysAgo + 1).flatMap((daysAgo) => {
    const start = dayStart(now, daysAgo) + HOUR + random.integer(0, 20) * MINUTE;
    return Array.from(
      { length: random.integer(25, 60) },
      () =>
      say(stage, {
        at: start + random.between(0, 6 * MINUTE), key, caller: callerOf(key), method: 'GET', path: '/v1/invoices', route: '/v1/invoices',
        query: { limit: '200', order: 'asc' }, ending: limited, medianMs: 1,
      }), // prettier-ignore
    );
  });
};

/** Staging was set up from an old example: it asks for a version of the API that does not exist. */
const wrongVersion: Pattern = (stage) => {
  const { random, now } = stage;
  const key = keyNamed(stage, 'staging');
  const ending: Ending = {
    weight: 1, status: 404, reason: 'wrong_version', code: 'wrong_version', detail: 'There is no such version of the API. Call /v1.',
  }; // prettier-ignore
  return Array.from({ length: 14 }, (_, daysAgo) => daysAgo + 1).flatMap((daysAgo) =>
    Array.from(
      { length: random.integer(8, 20) },
      () =>
      say(stage, {
        at: dayStart(now, daysAgo) + random.between(8 * HOUR, 17 * HOUR), key, caller: callerOf(key), method: 'GET',
        path: random.pick(['/v2/invoices', '/v2/customers']), route: null, ending, medianMs: 1,
      }), // prettier-ignore
    ),
  );
};

export const historyPatterns = { unauthorizedBurst, runawayLoop, newAddress, alwaysInvalid, rateLimited, wrongVersion } as const;
