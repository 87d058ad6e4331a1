/** What a caller sees of a record's uuid: the suffix of a TypeID (https://github.com/jetify-com/typeid), 26 characters of Crockford's base32. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Two characters for ten bits. */
const pairs = Array.from({ length: 1_024 }, (_, bits) => `${alphabet[bits >> 5] ?? ''}${alphabet[bits & 31] ?? ''}`);
const pair = (bits: number): string => pairs[bits & 1_023] ?? '';

const number = (uuid: string, from: number, to: number): number => Number.parseInt(uuid.slice(from, to), 16);

/** Made for every request, so without BigInt: 128 bits behind two zero bits, ten at a time. */
export function typeIdSuffix(uuid: string): string {
  const [a, b, c, d] = [number(uuid, 0, 8), (number(uuid, 9, 13) << 16) | number(uuid, 14, 18), (number(uuid, 19, 23) << 16) | number(uuid, 24, 28), number(uuid, 28, 36)]; // prettier-ignore
  return (
    pair(a >>> 24) +
    pair(a >>> 14) +
    pair(a >>> 4) +
    pair((a << 6) | (b >>> 26)) +
    pair(b >>> 16) +
    pair(b >>> 6) +
    pair((b << 4) | (c >>> 28)) +
    pair(c >>> 18) +
    pair(c >>> 8) +
    pair((c << 2) | (d >>> 30)) +
    pair(d >>> 20) +
    pair(d >>> 10) +
    pair(d)
  );
}
