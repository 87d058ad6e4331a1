import { mostWithin } from './same-failures';

const minute = 60_000;
const count = (minutes: readonly number[], at: number): number =>
  mostWithin(
    minutes.map((one) => one * minute),
    at * minute,
  ).length;

it.each<[string, number[], number, number]>([
  ['alone', [20], 20, 1],
  ['two before it', [12, 16, 20], 20, 3],
  ['one on either side', [15, 20, 25], 20, 3],
  ['exactly ten minutes', [10, 15, 20], 20, 3],
  ['more than ten minutes from the first to the last', [11, 20, 29], 20, 2],
  ['many, of which the densest ten minutes count', [10, 18, 19, 20, 21, 22, 29], 20, 5 + 0],
])('%s', (_, minutes, at, wanted) => {
  expect(count(minutes, at)).toBe(wanted);
});
