/** What a new password must be. Length is what counts; rules about kinds of characters only make people write it down. Source: NIST SP 800-63B. */
import { buildMessage, ValidateBy } from 'class-validator';

export const MIN_PASSWORD = 12;
/** Argon2 takes more, but hashing must not be work without a bound. */
export const MAX_PASSWORD = 128;

function isPassword(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const length = Array.from(value).length;
  return length >= MIN_PASSWORD && length <= MAX_PASSWORD;
}

export const IsPassword = (): PropertyDecorator =>
  ValidateBy({
    name: 'password',
    validator: {
      validate: isPassword,
      defaultMessage: buildMessage(() => `must be ${MIN_PASSWORD} to ${MAX_PASSWORD} characters long`),
    },
  });
