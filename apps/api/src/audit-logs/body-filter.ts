/** The filter of the log as a member of a body: `{ "status": "4xx", "method": "!GET" }`. The grammar is that of the query, parsed in the same place. */
import { logFilterParameters, type RawParameters } from '@pinebill/contract';
import { AppError } from '../platform/app-error';
import { invalidFields } from '../platform/validation';
import { readLogFilter, type LogQuery } from './log-query';

export type BodyFilter = Record<string, string | string[]>;

/** Numbers are taken for what they say: `{ "status": 404 }`. */
export function bodyFilterOf(given: Record<string, unknown>): BodyFilter {
  const text = (name: string, value: unknown): string => {
    if (typeof value === 'string') return value;
    if (typeof value === 'number') return String(value);
    throw invalidFields([
      { pointer: `/filter/${name.slice(0, 60)}`, rule: 'text', expected: 'takes text, or a list of at most two texts' },
    ]);
  };
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [
      name,
      Array.isArray(value) && value.length > 0 && value.length <= 2 ? value.map((one) => text(name, one)) : text(name, value),
    ]),
  );
}

export function onlyParameters(filter: BodyFilter, allowed: readonly string[]): RawParameters {
  const unknown = Object.keys(filter).filter((name) => !allowed.includes(name));
  if (unknown.length > 0)
    throw invalidFields([{ pointer: '/filter', rule: 'unknownField', expected: `knows ${allowed.join(', ')}, and nothing else` }]);
  return filter;
}

/** The grammar speaks of query parameters; here they are members of the body. */
export function inBody<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof AppError) || !error.options.issues) throw error;
    throw invalidFields(
      error.options.issues.map((issue) => ({
        ...issue,
        pointer: issue.pointer.replace(/^\?/, '/filter/'),
        expected: `takes ${issue.expected}`,
      })),
    );
  }
}

/** Throws `invalid_field` with pointers into the body. */
export const readBodyLogFilter = (filter: BodyFilter): Pick<LogQuery, 'filter' | 'from' | 'to'> =>
  inBody(() => readLogFilter(onlyParameters(filter, logFilterParameters)));
