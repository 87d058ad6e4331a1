import { duration, lagText, numberOf, percentileText, share, sizeText } from './figures';

it.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_536, '1.5 KiB'],
  [1_073_741_824, '1 GiB'],
  [53_687_091_200, '50 GiB'],
])('%d bytes are %s', (bytes, text) => expect(sizeText(bytes)).toBe(text));

it.each([
  [0, 'none'],
  [119, '119 s'],
  [300, '5 min'],
  [36_000, '10 h'],
])('a lag of %d s is %s', (seconds, text) => expect(lagText(seconds)).toBe(text));

it.each([
  [null, '–', '–'],
  [1.25, '1.3', '1.3 ms'],
  [2_500, '2,500', '2,500 ms'],
  // One request took as long as it took; of a percentile all that is known is that it is not below.
  [10_000, '10,000', '10 s or more'],
])('%d ms are %s; as a percentile %s', (ms, one, percentile) => expect([duration(ms), percentileText(ms)]).toEqual([one, percentile]));

it.each([
  [0, 0, '0 %'],
  [1, 2_000, '< 0.1 %'],
  [19, 1_204, '1.6 %'],
  [1, 2, '50 %'],
])('%d of %d are %s', (part, whole, text) => expect(share(part, whole)).toBe(text));

it('one is not several', () =>
  expect([numberOf(1, 'row'), numberOf(0, 'row'), numberOf(2_048, 'row')]).toEqual(['1 row', '0 rows', '2,048 rows']));
