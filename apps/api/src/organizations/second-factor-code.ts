/**
 * The codes of a second factor, without a database: TOTP (RFC 6238: SHA-1, 6 digits, 30 seconds, one step of tolerance to each side) and
 * recovery codes (80 random bits, so a fast hash is enough). And how long a guesser has to wait.
 */
import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

const PERIOD_SECONDS = 30;
const SECRET_BYTES = 20; // RFC 4226 recommends 160 bits
export const RECOVERY_CODES = 10;
const RECOVERY_CODE_LENGTH = 16;
/** Base32 in lower case: nothing that is mistaken for another sign. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

const totpOf = (secret: Buffer, label = ''): TOTP =>
  new TOTP({
    issuer: 'PineBill',
    label,
    algorithm: 'SHA1',
    digits: 6,
    period: PERIOD_SECONDS,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
  });

export const newSecret = (): Buffer => randomBytes(SECRET_BYTES);

/** What an authenticator app is given: as text to type, and as the URL that its camera reads. */
export function enrolmentOf(secret: Buffer, email: string): { secret: string; otpauthUrl: string } {
  const totp = totpOf(secret, email);
  return { secret: totp.secret.base32, otpauthUrl: totp.toString() };
}

/** The step that the code belongs to, when it is later than `lastStep`: each code is good for once. Null: it is not accepted. */
export function acceptedStep(secret: Buffer, code: string, { lastStep, now }: { lastStep: number; now: Date }): number | null {
  // Six signs may be more than six bytes, at which a comparison in constant time throws.
  if (!isTotp(code)) return null;
  const timestamp = now.getTime();
  const delta = totpOf(secret).validate({ token: code, timestamp, window: 1 });
  if (delta === null) return null;
  const step = Math.floor(timestamp / 1_000 / PERIOD_SECONDS) + delta;
  return step > lastStep ? step : null;
}

const isTotp = (code: string): boolean => /^\d{6}$/.test(code);

export type ReadCode = { kind: 'totp' | 'recovery' | 'nonsense'; code: string };

/** As people type codes: with blanks or hyphens between the groups, in any case. */
export function readCode(text: string): ReadCode {
  const code = text.replace(/[\s-]/g, '').toLowerCase();
  if (isTotp(code)) return { kind: 'totp', code };
  return { kind: /^[a-z2-7]{16}$/.test(code) ? 'recovery' : 'nonsense', code };
}

/** `abcd-efgh-ijkl-mnop` */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    // 32 signs divide 256: each is equally likely.
    const code = Array.from(randomBytes(RECOVERY_CODE_LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]).join('');
    return code.replace(/(.{4})(?=.)/g, '$1-');
  });
}

export const hashRecoveryCode = (code: string): Buffer => createHash('sha256').update(readCode(code).code).digest();

const FREE_FAILURES = 5;
const FIRST_WAIT_MS = 15 * 60_000;
const LONGEST_WAIT_MS = 24 * 3_600_000;

/** How long a code is not even looked at, after that many failures in a row. Doubles with every five: some 40 guesses in the first week. */
export function waitAfterMs(failures: number): number {
  const rounds = Math.floor(failures / FREE_FAILURES);
  return rounds === 0 ? 0 : Math.min(FIRST_WAIT_MS * 2 ** (rounds - 1), LONGEST_WAIT_MS);
}
