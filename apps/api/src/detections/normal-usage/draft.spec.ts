/** What is proposed as normal. */
import { hoursOfWeek } from '../detection-profile';
import { draftOf, type Seen, type Use } from './draft';

const seen = (value: string, requests = 100, days = 5): Seen => ({ value, requests, days });
const use = (fields: Partial<Use> = {}): Use => ({
  ...{ hours: [], networks: [], agents: [], endpoints: [], countries: [], mostPerHour: 0, requests: 1_000, days: 28 },
  ...fields,
});

it('names the hours by days that are alike, passes over one free hour, and says nothing of what runs around the clock', () => {
  const office = [0, 1, 2].flatMap((day) => [8, 9, 11].map((hour) => seen(String(day * 24 + hour))));
  const { hours } = draftOf(use({ hours: [...office, seen(String(6 * 24 + 3))] }));
  expect(hours).toEqual([
    { days: [1, 2, 3], fromHour: 8, toHour: 12 },
    { days: [7], fromHour: 3, toHour: 4 },
  ]);
  expect(hoursOfWeek(hours ?? [])).toEqual([8, 9, 10, 11, 32, 33, 34, 35, 56, 57, 58, 59, 147]);
  // One call in four weeks is no hour of it, and one week says nothing of hours.
  const stray = [...office, seen('100', 1, 1)];
  expect([draftOf(use({ hours: stray })).hours?.length, draftOf(use({ hours: office, days: 9 })).hours]).toEqual([1, null]);
  const always = Array.from({ length: 168 }, (_, hour) => seen(String(hour)));
  expect([draftOf(use({ hours: always })).hours, draftOf(use()).hours]).toEqual([null, null]);
});

it('leaves out what came once and hardly at all, the most frequent first', () => {
  const networks = [seen('10.0.0.0/24', 20, 1), seen('10.0.1.0/24', 500), seen('10.0.2.0/24', 3, 1), seen('10.0.3.0/24', 2, 2)];
  expect(draftOf(use({ networks })).networks).toEqual(['10.0.1.0/24', '10.0.0.0/24', '10.0.3.0/24']);
  expect(draftOf(use({ networks: [seen('10.0.2.0/24', 3, 1)] })).networks).toBeNull();
});

it('leaves out what open findings are about, however frequent it is', () => {
  const draft = draftOf(
    use({ networks: [seen('10.0.0.0/24'), seen('103.1.1.0/24', 900), seen('2001:db8:1:2::/64')], countries: [seen('ID')] }),
    {
      networks: ['103.1.1.0/24', '2001:db8:1::/48'],
      countries: ['ID'],
    },
  );
  expect([draft.networks, draft.countries]).toEqual([['10.0.0.0/24'], null]);
});

it.each([
  [0, null],
  [7, 7],
  [1_187, 1_200],
  [96, 96],
  [101, 110],
])('proposes for %s requests in the busiest hour %s', (mostPerHour, perHour) => {
  expect(draftOf(use({ mostPerHour })).perHour).toBe(perHour);
});
