/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of every journal entry. */
const table = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** The checksum of `bytes`; pass the checksum of what came before to go on from there. Unsigned. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  // An index below 256 is always in the table; `?? 0` only satisfies the compiler, and costs nothing measurable.
  for (let at = 0; at < bytes.length; at++) crc = (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
}
