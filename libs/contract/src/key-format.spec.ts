import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { base62, keyBodyLength, keyChecksum, keySecret, keyShape, maskedKey } from './key-format';

const letter = fc.integer({ min: 0, max: 61 }).map((n) => base62.charAt(n));
const body = fc.array(letter, { minLength: keyBodyLength, maxLength: keyBodyLength }).map((letters) => letters.join(''));

describe('key format', () => {
  it('has the checksum of the published test vector', () => {
    expect(keyChecksum('zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ')).toBe('0mLq17');
    expect(keyShape('pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17')).toBe('valid');
  });

  it('computes the CRC-32 that zlib computes', () => {
    fc.assert(
      fc.property(body, (text) => {
        const value = keyChecksum(text)
          .split('')
          .reduce((sum, digit) => sum * 62 + base62.indexOf(digit), 0);
        expect(value).toBe(crc32(text));
      }),
    );
  });

  it('takes every key it makes, and no key with one character changed', () => {
    fc.assert(
      fc.property(body, fc.integer({ min: 4, max: 39 }), letter, (text, index, other) => {
        const secret = keySecret(text);
        expect(keyShape(secret)).toBe('valid');
        const changed = secret.slice(0, index) + other + secret.slice(index + 1);
        fc.pre(changed !== secret);
        expect(keyShape(changed)).toBe('badChecksum');
      }),
    );
  });

  it.each([
    '',
    'pbk_',
    `pbk_${'a'.repeat(35)}`,
    `pbk_${'a'.repeat(37)}`,
    `PBK_${'a'.repeat(36)}`,
    `pbk_${'-'.repeat(36)}`,
    `pbk_${'a'.repeat(36)}\n`,
  ])('calls %j malformed', (text) => {
    expect(keyShape(text)).toBe('malformed');
  });

  it('shows the last four characters only', () => {
    expect(maskedKey('x7f2')).toBe('pbk_...x7f2');
  });
});
