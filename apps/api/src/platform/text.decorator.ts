/** Text that people typed. Control characters and lone surrogates are refused: PostgreSQL stores neither everywhere, and no name needs them. */
import { buildMessage, ValidateBy } from 'class-validator';

const storable = /^[^\p{Cc}\p{Cs}]*$/u;

export const isText = (value: unknown, max: number): boolean =>
  typeof value === 'string' && storable.test(value) && value.trim().length > 0 && Array.from(value).length <= max;

/** 1 to `max` characters (Unicode code points), not only blanks, on one line. */
export const IsText = (max: number): PropertyDecorator =>
  ValidateBy({
    name: 'text',
    constraints: [max],
    validator: {
      validate: (value) => isText(value, max),
      defaultMessage: buildMessage(() => `must be text of 1 to ${max} characters on one line`),
    },
  });
