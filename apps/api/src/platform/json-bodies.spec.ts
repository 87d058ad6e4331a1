import fc from 'fast-check';
import { excessOf, MAX_DEPTH, MAX_VALUES } from './json-bodies';

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

it('takes what is as deep as it may be, and nothing deeper', () => {
  expect(excessOf(nested(MAX_DEPTH))).toBeNull();
  expect(excessOf(nested(MAX_DEPTH + 1))).toBe('depth');
  expect(excessOf({ a: [{ b: nested(MAX_DEPTH - 2) }] })).toBe('depth');
});

it('takes as many values as there may be, and none more, on whatever level', () => {
  expect(excessOf(Array.from({ length: MAX_VALUES - 1 }, () => 1))).toBeNull();
  expect(excessOf(Array.from({ length: MAX_VALUES }, () => 1))).toBe('values');
  expect(excessOf({ a: { b: Array.from({ length: MAX_VALUES }, () => ({})) } })).toBe('values');
});

it('needs no stack: half a million brackets are answered', () => {
  expect(excessOf(nested(500_000))).toBe('depth');
});

it('agrees with counting by recursion', () => {
  const members = (value: unknown): unknown[] => (typeof value === 'object' && value !== null ? Object.values(value) : []);
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...members(value).map(depth)) : 0;
  const count = (value: unknown): number => 1 + members(value).reduce<number>((sum, member) => sum + count(member), 0);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
      expect(excessOf(value, { maxDepth: 4, maxValues: 20 }) === null).toBe(depth(value) <= 4 && count(value) <= 20);
    }),
  );
});
