/** The secret of a key: made here, shown once, stored as a SHA-256 hash. 178 random bits need no salt and no slow hash. */
import { hash, randomInt } from 'node:crypto';
import { base62, keyBodyLength, keySecret } from '@pinebill/contract';

export const newKeySecret = (): string => keySecret(Array.from({ length: keyBodyLength }, () => base62.charAt(randomInt(62))).join(''));

/** Hexadecimal, and in one step: it is made for every call of a program. */
export const nameOfKeySecret = (secret: string): string => hash('sha256', secret, 'hex');

export const hashKeySecret = (secret: string): Buffer => Buffer.from(nameOfKeySecret(secret), 'hex');
