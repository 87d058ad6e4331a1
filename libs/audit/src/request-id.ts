/** What a caller sees of a record's uuid: the suffix of a TypeID (https://github.com/jetify-com/typeid), 26 characters of Crockford's base32. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

export function typeIdSuffix(uuid: string): string {
  let rest = BigInt(`0x${uuid.replace(/-/g, '')}`);
  let suffix = '';
  for (let at = 0; at < 26; at++) {
    suffix = (alphabet[Number(rest & 31n)] ?? '') + suffix;
    rest >>= 5n;
  }
  return suffix;
}
