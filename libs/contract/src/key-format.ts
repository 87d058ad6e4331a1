/**
 * The format of API keys: `pbk_` + 30 random base62 characters + 6 base62 characters of their CRC32. Secret scanners and we ourselves can tell
 * a key from a typo without asking a database. The checksum protects against mistakes, not against forgery: 30 characters are 178 bits.
 */
export const keyPrefix = 'pbk_';
export const keyBodyLength = 30;
const CHECKSUM_LENGTH = 6;

export const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const shape = new RegExp(`^${keyPrefix}([0-9A-Za-z]{${keyBodyLength}})([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`);

// CRC-32 as in zip and PNG (reflected 0xEDB88320). A table of our own: browsers have no zlib, and older Node 20 has no zlib.crc32.
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
  return remainder;
});

function crc32(ascii: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < ascii.length; index++) crc = (crc >>> 8) ^ (table[(crc ^ ascii.charCodeAt(index)) & 0xff] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** The 6 characters that follow the 30: `zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ` -> `0mLq17`. */
export function keyChecksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let place = 0; place < CHECKSUM_LENGTH; place++) {
    text = base62.charAt(rest % 62) + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

export const keySecret = (body: string): string => `${keyPrefix}${body}${keyChecksum(body)}`;

export type KeyShape = 'valid' | 'malformed' | 'badChecksum';

/** Whether a text can be one of our keys at all. */
export function keyShape(text: string): KeyShape {
  const match = shape.exec(text);
  if (!match) return 'malformed';
  return keyChecksum(match[1] ?? '') === match[2] ? 'valid' : 'badChecksum';
}

/** How a key is shown wherever it is not the one time of its creation. */
export const maskedKey = (last4: string): string => `${keyPrefix}...${last4}`;
