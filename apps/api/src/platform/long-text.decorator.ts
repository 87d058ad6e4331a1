/** What people write in several lines. Line breaks and tabs are kept; any other control character is refused, as in text.decorator.ts. */
import { buildMessage, ValidateBy } from 'class-validator';

const storable = /^(?:[^\p{Cc}\p{Cs}]|[\n\r\t])*$/u;

/** 1 to `max` characters (Unicode code points), not only blanks. */
export const IsLongText = (max: number): PropertyDecorator =>
  ValidateBy({
    name: 'text',
    constraints: [max],
    validator: {
      validate: (value) => typeof value === 'string' && storable.test(value) && value.trim().length > 0 && Array.from(value).length <= max,
      defaultMessage: buildMessage(() => `must be text of 1 to ${max} characters`),
    },
  });
