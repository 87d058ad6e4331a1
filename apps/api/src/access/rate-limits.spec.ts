import fc from 'fast-check';
import { RateLimits, type Limit } from './rate-limits';

const key = (perMinute: number, id = 'a'): Limit => ({ name: 'per-key', id, perMinute, reason: 'key_limit' });
const organization = (perMinute: number): Limit => ({ name: 'per-organization', id: 'o', perMinute, reason: 'organization_limit' });

it('lets a minute’s worth through at once and refuses the next, with the time to wait', () => {
  const limits = new RateLimits();
  const verdicts = Array.from({ length: 61 }, () => limits.take([key(60)], 0));
  expect(verdicts.filter(({ exceeded }) => exceeded === null)).toHaveLength(60);
  expect(verdicts[60]?.exceeded).toMatchObject({ reason: 'key_limit', retryAfterSeconds: 1 });
});

it('writes the headers of the current draft', () => {
  const { headers } = new RateLimits().take([key(6_000), organization(30_000)], 0);
  expect(headers['ratelimit-policy']).toBe('"per-key";q=6000;w=60, "per-organization";q=30000;w=60');
  expect(headers['ratelimit']).toBe('"per-key";r=5999;t=60, "per-organization";r=29999;t=60');
});

it('names the organization’s limit when that is the one used up, and takes nothing from the key', () => {
  const limits = new RateLimits();
  limits.take([key(10, 'a'), organization(2)], 0);
  limits.take([key(10, 'b'), organization(2)], 0);
  expect(limits.take([key(10, 'a'), organization(2)], 0).exceeded?.reason).toBe('organization_limit');
  expect(limits.take([key(10, 'a')], 0).headers['ratelimit']).toContain('r=8');
});

it('follows a limit that was changed', () => {
  const limits = new RateLimits();
  for (let n = 0; n < 100; n++) limits.take([key(100)], 0);
  expect(limits.take([key(2)], 60_000).headers['ratelimit']).toContain('r=1');
});

it('never lets more through in any time than a full bucket and what refilled', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 400 }), (perMinute, pauses) => {
      const limits = new RateLimits();
      let now = 0;
      let accepted = 0;
      for (const pause of pauses) {
        now += pause;
        if (limits.take([key(perMinute)], now).exceeded === null) accepted++;
      }
      expect(accepted).toBeLessThanOrEqual(perMinute + (now * perMinute) / 60_000 + 1e-6);
    }),
  );
});

it('accepts again after the time it named', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (perMinute) => {
      const limits = new RateLimits();
      for (let n = 0; n < perMinute; n++) limits.take([key(perMinute)], 0);
      const { exceeded } = limits.take([key(perMinute)], 0);
      expect(exceeded).not.toBeNull();
      expect(limits.take([key(perMinute)], (exceeded?.retryAfterSeconds ?? 0) * 1_000).exceeded).toBeNull();
    }),
  );
});
