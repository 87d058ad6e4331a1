import type { ReviewedKey, ReviewedPerson } from './access-review.dto';
import { concernsOf } from './concerns';

const now = new Date('2025-12-02T10:00:00Z');
const daysAgo = (days: number): string => new Date(now.getTime() - days * 86_400_000).toISOString();
const aPerson = (name: string, over: Partial<ReviewedPerson> = {}): ReviewedPerson => ({
  ...{ userId: `usr_${name}`, name, email: `${name}@example.com`, role: 'admin', state: 'active', access: 'manage' },
  ...{ memberSince: daysAgo(200), lastSignInAt: daysAgo(1), secondFactor: true, keysMade: 0, keysRotated: 0, keysRevoked: 0 },
  ...over,
});
const aKey = (name: string, state: ReviewedKey['createdBy']['state']): ReviewedKey => ({
  ...{ id: `key_${name}`, name, masked: 'pbk_...x7f2', state: 'active', scopes: [], service: null, team: null, createdAt: daysAgo(1) },
  ...{ createdBy: { id: 'usr_x', name: 'x', state }, replaces: null },
});
const codes = (people: ReviewedPerson[], keys: ReviewedKey[] = []): string[] =>
  concernsOf({ people, keys }, now).map(({ code, id }) => `${code} ${id ?? ''}`);

describe('what stands out', () => {
  it('is nothing with two admins who sign in, with second factors, and keys of members', () => {
    expect(codes([aPerson('a'), aPerson('b')], [aKey('k', 'active')])).toEqual([]);
  });

  it.each<[string, ReviewedPerson[], ReviewedKey[], string[]]>([
    ['an admin who is the only one', [aPerson('a'), aPerson('m', { role: 'member', access: 'read' })], [], ['single_admin usr_a']],
    ['an admin without a second factor', [aPerson('a', { secondFactor: false }), aPerson('b', { secondFactor: null })], [], ['admin_without_second_factor usr_a']],
    ['an admin who has not signed in for 90 days', [aPerson('a', { lastSignInAt: daysAgo(91) }), aPerson('b', { lastSignInAt: daysAgo(90) })], [], ['admin_absent usr_a']],
    ['an admin who never came, counted from joining', [aPerson('a', { lastSignInAt: null, memberSince: daysAgo(3) }), aPerson('b', { lastSignInAt: null })], [], ['admin_absent usr_b']],
    ['somebody who is to become an admin', [aPerson('a'), aPerson('b'), aPerson('i', { userId: null, state: 'invited', access: 'none' })], [], ['admin_invited ']],
    ['keys of who left or is suspended', [aPerson('a'), aPerson('b')], [aKey('k', 'left'), aKey('l', 'suspended')], ['key_of_former_member key_k', 'key_of_suspended_member key_l']],
  ])('is %s', (_, people, keys, expected) => expect(codes(people, keys)).toEqual(expected)); // prettier-ignore

  it('is nothing about a suspended admin: they have no access', () => {
    expect(codes([aPerson('a'), aPerson('b'), aPerson('s', { state: 'suspended', access: 'none', secondFactor: false })])).toEqual([]);
  });
});
