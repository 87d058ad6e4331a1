/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of every journal entry. Eight bytes a step: each record passes here. */
const POLYNOMIAL = 0x82f63b78;

/** `tables[n][byte]`: what the byte does to the checksum when n bytes follow it. */
const tables = Array.from({ length: 8 }, () => new Int32Array(256));
const at = (table: Int32Array, index: number): number => table[index] ?? 0;
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array]; // prettier-ignore
for (let byte = 0; byte < 256; byte++) {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1;
  t0[byte] = value;
}
for (let byte = 0; byte < 256; byte++) {
  let value = at(t0, byte);
  for (const table of tables.slice(1)) table[byte] = value = (value >>> 8) ^ at(t0, value & 0xff);
}

/** The checksum of `bytes` from `from` to `end`; pass the checksum of what came before to go on from there. Unsigned. */
export function crc32c(bytes: Uint8Array, before = 0, from = 0, end = bytes.length): number {
  let crc = ~before;
  let place = from;
  // An index within the array is always there; `?? 0` only satisfies the compiler, and costs nothing measurable.
  const byte = (index: number): number => bytes[index] ?? 0;
  for (; place + 8 <= end; place += 8) {
    const first = crc ^ (byte(place) | (byte(place + 1) << 8) | (byte(place + 2) << 16) | (byte(place + 3) << 24));
    crc =
      at(t7, first & 0xff) ^
      at(t6, (first >>> 8) & 0xff) ^
      at(t5, (first >>> 16) & 0xff) ^
      at(t4, first >>> 24) ^
      at(t3, byte(place + 4)) ^
      at(t2, byte(place + 5)) ^
      at(t1, byte(place + 6)) ^
      at(t0, byte(place + 7));
  }
  for (; place < end; place++) crc = at(t0, (crc ^ byte(place)) & 0xff) ^ (crc >>> 8);
  return ~crc >>> 0;
}
