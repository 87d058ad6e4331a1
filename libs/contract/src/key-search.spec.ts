import fc from 'fast-check';
import { base62, keyBodyLength, keySecret } from './key-format';
import { findKeys, keyLength, keyPattern } from './key-search';

const secret = fc.array(fc.nat(61).map((n) => base62.charAt(n)), { minLength: keyBodyLength, maxLength: keyBodyLength }).map((letters) => keySecret(letters.join(''))); // prettier-ignore
const around = fc.string({ maxLength: 20 }).filter((text) => !/pbk_/i.test(`${text}pbk_`.slice(0, -4)));

describe('a text', () => {
  it('gives every whole key that is in it, wherever it stands and whatever it is glued to', () => {
    fc.assert(
      fc.property(around, secret, around, secret, around, (before, first, between, second, after) => {
        fc.pre(!/pbk_/i.test(`${before} ${between} ${after}`));
        const text = `${before}${first}${between}${second}${after}`;
        const valid = findKeys(text).filter(({ shape }) => shape === 'valid');
        expect(valid.map(({ text: found }) => found)).toEqual([first, second]);
        for (const { start, end, text: found } of valid) expect(text.slice(start, end)).toBe(found);
      }),
    );
  });

  it('tells what is mistyped from what is no key', () => {
    const key = keySecret('a'.repeat(30));
    const shapes = (text: string) => findKeys(text).map(({ shape }) => shape);
    const other = key.endsWith('x') ? 'y' : 'x';
    expect(shapes(`${key.slice(0, -1)}${other}`)).toEqual(['badChecksum']);
    for (const text of ['pbk_', 'pbk_...x7f2', key.slice(0, -1), key.toUpperCase(), `pbk_${'a'.repeat(80)}`]) expect([text, shapes(text)]).toEqual([text, ['malformed']]); // prettier-ignore
    expect([shapes('nothing'), findKeys(`${key} `.repeat(300)).length]).toEqual([[], 100]);
  });
});

describe('the pattern for scanners', () => {
  const matches = (text: string): string[] => text.match(new RegExp(keyPattern, 'g')) ?? [];

  it('finds keys as they stand in files, and no longer or shorter run', () => {
    fc.assert(
      fc.property(secret, fc.constantFrom('', ' ', '"', "'", '=', ':', '/', '\n', 'Bearer '), fc.constantFrom('', ' ', '"', '\n', ';', '&'), (key, before, after) => {
        expect(matches(`${before}${key}${after}`)).toEqual([key]);
        expect(matches(`${key}x`)).toEqual([]);
        expect(matches(`x${key}`)).toEqual([]);
        expect(matches(key.slice(0, keyLength - 1))).toEqual([]);
        expect(matches(key.replace('pbk_', 'PBK_'))).toEqual([]);
      }),
    ); // prettier-ignore
  });
});
