/** What a caller sees of a record's uuid: the suffix of a TypeID (https://github.com/jetify-com/typeid), 26 characters of Crockford's base32. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Made for every request, so without BigInt: 128 bits behind two zero bits, five at a time. */
export function typeIdSuffix(uuid: string): string {
  let suffix = '';
  let value = 0;
  let bits = 2;
  for (const digit of uuid) {
    if (digit === '-') continue;
    value = ((value << 4) | Number.parseInt(digit, 16)) & 0xff;
    bits += 4;
    if (bits < 5) continue;
    bits -= 5;
    suffix += alphabet[(value >> bits) & 31] ?? '';
  }
  return suffix;
}
