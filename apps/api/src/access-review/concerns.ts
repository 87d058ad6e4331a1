/** What stands out in a review of access. Pure: what the page shows and what is signed are judged alike. */
import type { ReviewConcern, ReviewedKey, ReviewedPerson } from './access-review.dto';

/** An admin who has not signed in for so long has no need to be one. */
export const ABSENT_DAYS = 90;
const DAY_MS = 86_400_000;

type Review = { people: readonly ReviewedPerson[]; keys: readonly ReviewedKey[] };

export function concernsOf({ people, keys }: Review, now: Date): ReviewConcern[] {
  const admins = people.filter(({ access }) => access === 'manage');
  const of = (code: ReviewConcern['code']) => (person: ReviewedPerson) => ({ code, subject: person.name, id: person.userId });
  const madeBy = (code: ReviewConcern['code'], state: ReviewedKey['createdBy']['state']) =>
    keys.filter(({ createdBy }) => createdBy.state === state).map(({ name, id }) => ({ code, subject: name, id }));
  return [
    ...(admins.length === 1 ? admins.map(of('single_admin')) : []),
    ...admins.filter(({ secondFactor }) => secondFactor === false).map(of('admin_without_second_factor')),
    ...admins.filter((admin) => isAbsent(admin, now)).map(of('admin_absent')),
    ...people.filter(({ role, state }) => role === 'admin' && state === 'invited').map(of('admin_invited')),
    ...madeBy('key_of_former_member', 'left'),
    ...madeBy('key_of_suspended_member', 'suspended'),
  ];
}

function isAbsent({ lastSignInAt, memberSince }: ReviewedPerson, now: Date): boolean {
  const last = lastSignInAt ?? memberSince;
  return last !== null && now.getTime() - Date.parse(last) > ABSENT_DAYS * DAY_MS;
}
