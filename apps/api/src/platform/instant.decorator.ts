/** A point in time as text: RFC 3339, with a zone. The same rule for bodies as for query parameters. */
import { parseInstant } from '@pinebill/contract';
import { buildMessage, ValidateBy } from 'class-validator';

// Years 1970 to 9999: what both JavaScript and PostgreSQL write alike.
const EARLIEST = 0;
const LATEST = Date.UTC(9999, 11, 31);

function isInstant(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  try {
    const at = parseInstant(value).getTime();
    return at >= EARLIEST && at <= LATEST;
  } catch {
    return false;
  }
}

export const IsInstant = (): PropertyDecorator =>
  ValidateBy({
    name: 'instant',
    validator: { validate: isInstant, defaultMessage: buildMessage(() => 'must be a time such as 2025-12-02T10:30:15Z') },
  });
