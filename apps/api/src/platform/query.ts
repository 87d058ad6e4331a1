/**
 * Reading query strings. A parameter that an operation does not know is refused, never ignored: a misspelt filter that shows everything is
 * worse than an error. Values come as the framework parsed them: text, or a list when the name was repeated.
 */
import { parseInstant, type FieldIssue } from '@pinebill/contract';
import { AppError } from './app-error';
import type { CursorBinding } from './cursor';
import { parseId, type IdPrefix } from './ids';

export type Query = Record<string, string | string[] | undefined>;

export const DEFAULT_LIMIT = 50;
export const MAX_LIMIT = 200;

/** The parameters, all of them known; throws `unknown_parameter` otherwise. */
export function readQuery(query: unknown, allowed: readonly string[]): Query {
  const given = (query ?? {}) as Query;
  const unknown = Object.keys(given).filter((name) => !allowed.includes(name));
  if (unknown.length > 0) {
    const known = allowed.length > 0 ? `Known are: ${allowed.join(', ')}.` : 'This operation takes none.';
    throw new AppError('unknown_parameter', {
      detail: `The request carries a parameter that this operation does not know. ${known}`,
      // The name is the caller's text, so it is not repeated: only what is known is said.
      issues: [{ pointer: '?', rule: 'unknown_parameter', expected: allowed.length > 0 ? `one of ${allowed.join(', ')}` : 'no parameter' }],
    });
  }
  return given;
}

export const invalidField = (issue: FieldIssue): AppError =>
  new AppError('invalid_field', { detail: `${issue.pointer} takes ${issue.expected}.`, issues: [issue] });

/** One value or none; throws `invalid_field` when the parameter is repeated. */
export function readText(query: Query, name: string): string | null {
  const value = query[name];
  if (Array.isArray(value)) throw invalidField({ pointer: `?${name}`, rule: 'repeated', expected: 'one value' });
  // PostgreSQL takes no NUL in text; nothing that is stored has one.
  if (value?.includes('\0') === true) throw invalidField({ pointer: `?${name}`, rule: 'format', expected: 'text without NUL characters' });
  return value ?? null;
}

/** The uuid of the id. */
export function readId(query: Query, name: string, prefix: IdPrefix): string | null {
  const text = readText(query, name);
  if (text === null) return null;
  const uuid = parseId(prefix, text);
  if (uuid === null) throw invalidField({ pointer: `?${name}`, rule: 'format', expected: `an id that starts with ${prefix}_` });
  return uuid;
}

/** 1 to 200; 50 when it is not given. */
export function readLimit(query: Query): number {
  const text = readText(query, 'limit');
  if (text === null) return DEFAULT_LIMIT;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT)
    throw invalidField({ pointer: '?limit', rule: 'range', expected: `a whole number from 1 to ${MAX_LIMIT}` });
  return limit;
}

export function readChoice<T extends string>(query: Query, name: string, choices: readonly T[]): T | null {
  const text = readText(query, name);
  if (text === null) return null;
  const choice = choices.find((known) => known === text);
  if (choice === undefined) throw invalidField({ pointer: `?${name}`, rule: 'choice', expected: `one of ${choices.join(', ')}` });
  return choice;
}

/** A comma-separated list of known words, without repetitions, in the order of `choices`; null when not given. */
export function readChoices<T extends string>(query: Query, name: string, choices: readonly T[]): T[] | null {
  const text = readText(query, name);
  if (text === null) return null;
  const words = text.split(',');
  if (words.some((word) => !(choices as readonly string[]).includes(word))) {
    throw invalidField({ pointer: `?${name}`, rule: 'choice', expected: `one or more of ${choices.join(', ')}, separated by commas` });
  }
  return choices.filter((choice) => words.includes(choice));
}

export const readOrder = (query: Query): CursorBinding['order'] => readChoice(query, 'order', ['desc', 'asc']) ?? 'desc';

export function readInstant(query: Query, name: string): Date | null {
  const text = readText(query, name);
  if (text === null) return null;
  try {
    return parseInstant(text);
  } catch {
    throw invalidField({ pointer: `?${name}`, rule: 'instant', expected: 'a time such as 2025-12-02T10:30:15Z' });
  }
}

/** Half-open: from <= time < to. */
export function readPeriod(query: Query): { from: Date | null; to: Date | null } {
  const period = { from: readInstant(query, 'from'), to: readInstant(query, 'to') };
  if (period.from && period.to && period.from >= period.to)
    throw invalidField({ pointer: '?from', rule: 'order', expected: 'a time before `to`' });
  return period;
}
