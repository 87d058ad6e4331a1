import { RevokedKeys, type KeyForAuth } from '../api-keys';
import { Clock } from '../platform/clock';
import { KnownKeys } from './known-keys';

const aKey = (id: string) => ({ id, name: 'A' }) as KeyForAuth;
const hash = Buffer.from('aa', 'hex');
let revoked: RevokedKeys;
let known: KnownKeys;
beforeEach(() => {
  revoked = new RevokedKeys(new Clock());
  known = new KnownKeys(revoked);
});

it('remembers a key for 30 seconds by the monotonic clock', () => {
  const now = jest.spyOn(performance, 'now').mockReturnValue(1_000);
  known.remember(hash, aKey('1'));
  now.mockReturnValue(31_000);
  expect(known.recall(hash)?.id).toBe('1');
  now.mockReturnValue(31_001);
  expect(known.recall(hash)).toBeNull();
  now.mockRestore();
});

it('forgets a key that is revoked, and does not learn it again from a look-up that was under way', () => {
  known.remember(hash, aKey('1'));
  revoked.confirm('1', new Date(), null);
  expect(known.recall(hash)).toBeNull();
  known.remember(hash, aKey('1'));
  expect(known.recall(hash)).toBeNull();
});

it('keeps the other keys', () => {
  known.remember(hash, aKey('1'));
  revoked.confirm('2', new Date(), null);
  expect(known.recall(hash)?.id).toBe('1');
});
