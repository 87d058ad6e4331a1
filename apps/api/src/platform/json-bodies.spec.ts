import fc from 'fast-check';
import { isTooDeep, MAX_DEPTH } from './json-bodies';

const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));

it('takes what is as deep as it may be, and nothing deeper', () => {
  expect(isTooDeep(nested(MAX_DEPTH))).toBe(false);
  expect(isTooDeep(nested(MAX_DEPTH + 1))).toBe(true);
  expect(isTooDeep({ a: [{ b: nested(MAX_DEPTH - 2) }] })).toBe(true);
});

it('needs no stack: half a million brackets are answered', () => {
  expect(isTooDeep(nested(500_000))).toBe(true);
});

it('agrees with counting by recursion', () => {
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0;
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => isTooDeep(value, 4) === depth(value) > 4));
});
