/**
 * What the search box offers for what is being typed: names of fields, and values of a field where some are known. Of the term that the caret stands
 * in alone; what is taken replaces that term up to the caret, and nothing behind it.
 */
import { logFields, reasons, type LogField } from '@pinebill/contract';
import type { ApiKey, LogRecord } from '../api-types';
import { escapeValue } from './log-query';
import { nameOf } from './search-text';

export type Offer = { text: string; hint: string; /** The whole text with it, and where the caret goes. */ result: string; caret: number };
export type KnownValues = Partial<Record<LogField, readonly string[]>>;

const MOST = 8;
const hints: Record<LogField, string> = {
  method: 'HTTP method',
  status: 'A code or a class: 4xx',
  apiKeyId: 'Name of an API key',
  keyFingerprint: 'An unknown key',
  service: 'Service of the key',
  team: 'Team of the key',
  environment: 'Environment of the key',
  actorType: 'Who called',
  path: 'Endpoint; /v1/invoices* begins so',
  route: 'Template of the endpoint',
  ip: 'Address or network',
  country: 'Two letters',
  userAgent: 'Contains',
  reason: 'Why it did not succeed',
  requestId: 'One request',
  incidentId: 'Evidence of an incident',
  findingId: 'Rows of a finding',
};
const fixed: KnownValues = {
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'],
  status: ['2xx', '3xx', '4xx', '5xx', '200', '201', '204', '400', '401', '403', '404', '409', '422', '429', '500', '502', '503'],
  actorType: ['apiKey', 'user', 'anonymous'],
  reason: Object.values(reasons).flat(),
};

/** Of the keys of the organization, and of the rows in view: what can be found. */
export function knownValues(
  keys: readonly Pick<ApiKey, 'name' | 'service' | 'team' | 'environment'>[],
  rows: readonly LogRecord[],
): KnownValues {
  const distinct = (values: readonly (string | null | undefined)[]): string[] => [...new Set(values.flatMap((value) => value || []))];
  return {
    ...fixed,
    apiKeyId: distinct(keys.map(({ name }) => name)),
    service: distinct(keys.map(({ service }) => service)),
    team: distinct(keys.map(({ team }) => team)),
    environment: distinct(keys.map(({ environment }) => environment)),
    path: distinct(rows.map(({ path }) => path)),
    route: distinct(rows.map(({ route }) => route)),
    ip: distinct(rows.map(({ ip }) => ip)),
    country: distinct(rows.map(({ country }) => country)),
    userAgent: distinct(rows.map(({ userAgent }) => userAgent)),
  };
}

type Term = { start: number; negated: boolean; field: LogField | null; typed: string; valueStart: number };

/** The term before the caret: from the last space that no quote holds. */
function termAt(text: string, caret: number): Term {
  let [start, quoted] = [0, false];
  for (let at = 0; at < caret; at++) {
    if (text[at] === '"') quoted = !quoted;
    else if (/\s/.test(text.charAt(at)) && !quoted) start = at + 1;
  }
  const term = text.slice(start, caret);
  const found = /^(-?)([A-Za-z]+):/.exec(term);
  const field = logFields.find((name) => [name, nameOf(name)].some((one) => one.toLowerCase() === found?.[2]?.toLowerCase())) ?? null;
  if (!found || field === null)
    return { start, negated: term.startsWith('-'), field: null, typed: term.replace(/^-/, ''), valueStart: caret };
  const list = term.slice(found[0].length);
  // Of a list of values the last one.
  const valueStart = start + found[0].length + lastValue(list);
  return { start, negated: found[1] === '-', field, typed: text.slice(valueStart, caret).replaceAll('"', ''), valueStart };
}
function lastValue(list: string): number {
  let [begin, quoted] = [0, false];
  for (let at = 0; at < list.length; at++) {
    if (list[at] === '"') quoted = !quoted;
    else if (list[at] === ',' && !quoted && list[at - 1] !== '\\') begin = at + 1;
  }
  return begin;
}

/** Names are always quoted, so that a comma or a space in them means nothing. */
function written(field: LogField, value: string): string {
  const escaped = escapeValue(value);
  return field === 'apiKeyId' || /[\s",]/.test(value)
    ? `"${(field === 'apiKeyId' ? value : escaped.replaceAll('\\,', ',')).replaceAll('"', '""')}"`
    : escaped;
}

const fits = (value: string, typed: string): boolean => value.toLowerCase().includes(typed.toLowerCase()) && value !== typed;
/** What begins so comes first. */
const byFit =
  (typed: string) =>
  (a: string, b: string): number =>
    Number(b.toLowerCase().startsWith(typed.toLowerCase())) - Number(a.toLowerCase().startsWith(typed.toLowerCase()));

export function completions(text: string, caret: number, known: KnownValues): Offer[] {
  const { start, negated, field, typed, valueStart } = termAt(text, caret);
  const behind = text.slice(caret);
  if (field === null) {
    if (typed.includes('"')) return [];
    const sign = negated ? '-' : '';
    const names = logFields.filter(
      (name) => nameOf(name).toLowerCase().startsWith(typed.toLowerCase()) || name.toLowerCase().startsWith(typed.toLowerCase()),
    );
    return names.slice(0, typed === '' ? logFields.length : MOST).map((name) => {
      const result = `${text.slice(0, start)}${sign}${nameOf(name)}:`;
      return { text: `${sign}${nameOf(name)}:`, hint: hints[name], result: result + behind, caret: result.length };
    });
  }
  const values = (known[field] ?? []).filter((value) => fits(value, typed)).sort(byFit(typed));
  return values.slice(0, MOST).map((value) => {
    const result = `${text.slice(0, valueStart)}${written(field, value)}`;
    return { text: value, hint: hints[field], result: result + (behind === '' ? ' ' : behind), caret: result.length + 1 };
  });
}
