/**
 * Values of PostgreSQL's binary format as the characters that a file shows. Hundreds of megabytes are made by these, so each takes where it may write
 * and returns where it has come to, and makes no object on its usual way. Whoever calls has made room.
 */
const [DOT, ZERO] = [0x2e, 0x30];
const TWO_32 = 4_294_967_296;
/** Beyond it a double no longer holds every integer of eight bytes. */
const EXACT_HIGH = 2 ** 21;
const ALPHABET = Buffer.from('0123456789abcdefghjkmnpqrstvwxyz');

export function putBytes(out: Uint8Array, to: number, bytes: Uint8Array): number {
  // A call costs more than a few bytes by hand.
  if (bytes.length > 32) out.set(bytes, to);
  else for (let index = 0; index < bytes.length; index++) out[to + index] = bytes[index] ?? 0;
  return to + bytes.length;
}

export function putAscii(out: Uint8Array, to: number, text: string): number {
  for (let index = 0; index < text.length; index++) out[to + index] = text.charCodeAt(index);
  return to + text.length;
}

export const int32 = (input: Uint8Array, at: number): number =>
  ((input[at] ?? 0) << 24) | ((input[at + 1] ?? 0) << 16) | ((input[at + 2] ?? 0) << 8) | (input[at + 3] ?? 0);

/** A bigint only where a number would not be exact. */
export function integer(input: Uint8Array, at: number, length: number): number | bigint {
  if (length === 2) return int32(input, at) >> 16;
  const high = int32(input, at);
  if (length === 4) return high;
  const low = int32(input, at + 4) >>> 0;
  return high >= -EXACT_HIGH && high < EXACT_HIGH ? high * TWO_32 + low : BigInt(high) * BigInt(TWO_32) + BigInt(low);
}

/** 0 to 2^31 - 1. */
export function putDigits(out: Uint8Array, to: number, value: number): number {
  let end = to + 1;
  for (let limit = 10; value >= limit; limit *= 10) end++;
  for (let at = end - 1, left = value; at >= to; at--) {
    const tenth = (left / 10) | 0;
    out[at] = ZERO + left - tenth * 10;
    left = tenth;
  }
  return end;
}

/** So many digits, with zeros before. */
export function putPadded(out: Uint8Array, to: number, value: number, digits: number): number {
  for (let at = to + digits - 1, left = value; at >= to; at--) {
    const tenth = (left / 10) | 0;
    out[at] = ZERO + left - tenth * 10;
    left = tenth;
  }
  return to + digits;
}

export function putInteger(out: Uint8Array, to: number, value: number | bigint): number {
  return typeof value === 'number' && value >= 0 && value <= 0x7fffffff ? putDigits(out, to, value) : putAscii(out, to, String(value));
}

const bits = new Int32Array(1);
const reals = new Float32Array(bits.buffer);

export function real(input: Uint8Array, at: number): number {
  bits[0] = int32(input, at);
  return reals[0] ?? 0;
}

/** Below it thousandths lie further apart than numbers of four bytes: one that is meant by thousandths is meant by no other. */
const THOUSANDTHS_APART = 8_192;

/** The fewest digits that mean this number of four bytes, written as JavaScript writes numbers. */
export function putReal(out: Uint8Array, to: number, value: number): number {
  const thousandths = Math.round(value * 1_000);
  if (value < 0 || value >= THOUSANDTHS_APART || Math.fround(thousandths / 1_000) !== value)
    return putAscii(out, to, String(shortest(value)));
  const whole = (thousandths / 1_000) | 0;
  let left = thousandths - whole * 1_000;
  let end = putDigits(out, to, whole);
  if (left === 0) return end;
  out[end++] = DOT;
  for (let unit = 100; left > 0; unit /= 10) {
    const digit = (left / unit) | 0;
    out[end++] = ZERO + digit;
    left -= digit * unit;
  }
  return end;
}

/** As PostgreSQL has it: what lies in the middle between two numbers of four bytes means neither. */
function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const near = Number(value.toPrecision(digits));
    const mirrored = 2 * near - value;
    if (Math.fround(near) === value && (near === value || Math.fround(mirrored) !== mirrored)) return near;
  }
  return value;
}

/** The 26 characters of a TypeID, from the 16 bytes of a uuid: 130 bits, the first two of them nothing. */
export function putTypeId(out: Uint8Array, to: number, input: Uint8Array, at: number): number {
  let [count, held, end] = [2, 0, to];
  for (let index = 0; index < 16; index++) {
    held = (held << 8) | (input[at + index] ?? 0);
    count += 8;
    while (count >= 5) {
      count -= 5;
      out[end++] = ALPHABET[(held >> count) & 31] ?? 0;
    }
    held &= (1 << count) - 1;
  }
  return end;
}
