/** The secret of a key: made here, shown once, stored as a SHA-256 hash. 178 random bits need no salt and no slow hash. */
import { createHash, randomInt } from 'node:crypto';
import { base62, keyBodyLength, keySecret } from '@pinebill/contract';

export const newKeySecret = (): string => keySecret(Array.from({ length: keyBodyLength }, () => base62.charAt(randomInt(62))).join(''));

export const hashKeySecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();
