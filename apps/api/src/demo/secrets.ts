/** Secrets of the demo's keys: made at every start, held in memory, written nowhere. The database gets the hash, as of any key. */
import { randomInt } from 'node:crypto';
import { base62, keyBodyLength, keySecret } from '@pinebill/contract';
import { hashKeySecret } from '../api-keys';

export type FreshSecret = { secret: string; hash: Buffer; last4: string };

const randomBody = (): string => Array.from({ length: keyBodyLength }, () => base62.charAt(randomInt(base62.length))).join('');

export function freshSecret(): FreshSecret {
  const secret = keySecret(randomBody());
  return { secret, hash: hashKeySecret(secret), last4: secret.slice(-4) };
}

/** In the right format and with a right checksum, but nobody's: what a guesser sends. */
export const strangeSecret = (): string => keySecret(randomBody());
