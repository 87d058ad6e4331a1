import type { LogRecord } from '../api-types';
import { limitAdvice } from './limit-advice';

type Limit = NonNullable<NonNullable<LogRecord['error']>['limit']>;
const advice = (limit: Partial<Limit> | null) =>
  limitAdvice({
    error: {
      code: 'rate_limited',
      detail: null,
      issues: [],
      ...(limit ? { limit: { policy: 'per-key', perMinute: 600, retryAfterSeconds: 3, otherKeysRoom: 0, ...limit } } : {}),
    },
  });

it('advises to distribute the load only for the limit of a key, and only where other keys had room', () => {
  expect(advice({ otherKeysRoom: 1_200 })).toMatch(/\(3 s\).*distribute the load: .* room for 1,200 more/);
  expect(advice({ otherKeysRoom: 0 })).toMatch(/would not have helped/);
  expect(advice({ policy: 'per-organization' })).toMatch(/more keys do not help/);
  expect(advice({ policy: 'per-session', otherKeysRoom: null })).not.toMatch(/keys/);
});

it('says nothing of its own about a record that does not tell, and about none', () => {
  expect(advice(null)).toBeNull();
  expect(limitAdvice({ error: null })).toBeNull();
});
