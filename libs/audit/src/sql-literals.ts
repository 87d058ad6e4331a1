/** A statement without parameters, for COPY takes none: each placeholder becomes the literal of its value, quoted as PostgreSQL quotes it. */
import { escapeLiteral } from 'pg';

/** `sql` holds `$1`, `$2` ... of `values`, as `Parameters` hands them out, and no other dollar sign before a digit. */
export function withLiterals(sql: string, values: readonly unknown[]): string {
  return sql.replace(/\$(\d+)/g, (_, place: string) => literal(values[Number(place) - 1]));
}

function literal(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'number' && Number.isFinite(value)) return `'${value}'`;
  if (typeof value === 'string') return escapeLiteral(value);
  if (value instanceof Date) return `'${value.toISOString()}'`;
  if (Array.isArray(value)) return `array[${value.map(literal).join(', ')}]`;
  throw new TypeError(`A ${typeof value} has no literal in SQL`);
}
