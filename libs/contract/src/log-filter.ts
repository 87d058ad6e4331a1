/**
 * The log filter grammar (api.md, "Filter grammar"): parsed here and nowhere else, for list, stats, stream, export, saved view, alert rule
 * and incident. A value list is comma separated (or); a leading `!` negates the whole list; a parameter may occur once plain and once
 * negated, both hold; `\,` `\*` `\!` escape. Ids stay TypeIDs here.
 */
import ipaddr from 'ipaddr.js';
import type { FieldIssue } from './errors';

export const actorTypes = ['apiKey', 'user', 'anonymous'] as const;

type Matcher =
  | { kind: 'exact'; value: string }
  | { kind: 'prefix'; value: string }
  | { kind: 'contains'; value: string }
  | { kind: 'number'; value: number }
  /** A status class: 4 is every 4xx. */
  | { kind: 'class'; value: number }
  /** Both ends included; addresses as text, mapped IPv4 written as IPv4. */
  | { kind: 'addressRange'; first: string; last: string };
export type LogMatcher = Matcher;

export const logFields = [
  'method', 'status', 'apiKeyId', 'keyFingerprint', 'service', 'team', 'environment', 'actorType', 'path', 'route', 'ip', 'country', 'userAgent', 'reason', 'requestId', 'incidentId',
  'findingId',
] as const; // prettier-ignore
export type LogField = (typeof logFields)[number];

/** What is no field of a record: which records it means stands elsewhere, and is looked up. */
export const lookedUpFields = ['incidentId', 'findingId'] as const satisfies readonly LogField[];
type LookedUpField = (typeof lookedUpFields)[number];
export const isLookedUp = (field: LogField): field is LookedUpField => (lookedUpFields as readonly LogField[]).includes(field);

export type LogCondition = { field: LogField; negated: boolean; anyOf: LogMatcher[] };
export type LogFilter = {
  /** Half-open: from <= startedAt < to. */
  from: Date | null;
  to: Date | null;
  minDurationMs: number | null;
  maxDurationMs: number | null;
  conditions: LogCondition[];
};
export const logFilterParameters: readonly string[] = [...logFields, 'from', 'to', 'minDurationMs', 'maxDurationMs'];

/** A value as it arrives in a query string: once, or repeated. */
export type RawParameters = Record<string, string | string[] | undefined>;
export type ParsedLogFilter = { filter: LogFilter; issues: [] } | { filter: null; issues: FieldIssue[] };

class Invalid extends Error {
  constructor(
    readonly rule: string,
    readonly expected: string,
  ) {
    super(expected);
  }
}

const list = (raw: string | string[] | undefined): string[] => (raw === undefined ? [] : Array.isArray(raw) ? raw : [raw]);

/** Cut at unescaped commas; escapes stay, they are taken away per value. */
function split(text: string): string[] {
  return text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
}
const unescape = (text: string): string => text.replace(/\\([,*!\\])/g, '$1');

/** The network's first and last address, as bytes. */
function bounds(base: ipaddr.IPv4 | ipaddr.IPv6, prefix: number): [first: number[], last: number[]] {
  const first = [...base.toByteArray()];
  const last = [...first];
  for (let bit = prefix; bit < first.length * 8; bit++) {
    const mask = 0x80 >> (bit % 8);
    first[bit >> 3] = (first[bit >> 3] ?? 0) & ~mask;
    last[bit >> 3] = (last[bit >> 3] ?? 0) | mask;
  }
  return [first, last];
}

/** `::ffff:10.0.0.0/104` and `10.0.0.0/8` are the same network. */
function network(text: string): { base: ipaddr.IPv4 | ipaddr.IPv6; prefix: number } {
  // ipaddr.js also takes `1`, `0x7f.1` and `010.0.0.1`: whoever writes these means something else than it would find.
  if (text.includes('%')) throw new Error('a zone id, which no record keeps');
  if (!text.includes(':') && !/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){3}(\/\d+)?$/.test(text)) throw new Error('not four decimal parts');
  const [parsed, bits] = ipaddr.parseCIDR(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`);
  if (!(parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress())) return { base: parsed, prefix: bits };
  if (bits < 96) throw new Error('wider than the mapped range');
  return { base: parsed.toIPv4Address(), prefix: bits - 96 };
}

function address(text: string): LogMatcher {
  try {
    const { base, prefix } = network(text);
    const [first, last] = bounds(base, prefix);
    return { kind: 'addressRange', first: ipaddr.fromByteArray(first).toString(), last: ipaddr.fromByteArray(last).toString() };
  } catch {
    throw new Invalid('address', 'an IPv4 or IPv6 address, or a network such as 10.0.0.0/8');
  }
}

function exact(pattern: RegExp, expected: string, fold: (text: string) => string = (text) => text): (text: string) => LogMatcher {
  return (text) => {
    const value = fold(unescape(text));
    if (!pattern.test(value)) throw new Invalid('format', expected);
    return { kind: 'exact', value };
  };
}
const word = exact(/^[^\0]{1,200}$/s, 'text of 1 to 200 characters');

/** Text that PostgreSQL can compare with: it refuses NUL. */
function plainText(text: string): string {
  if (text.includes('\0') || text.length > 2_048) throw new Invalid('format', 'text of at most 2048 characters');
  return text;
}

/** Exact, or a prefix that ends in a star which is not escaped. */
const starred =
  (what: string) =>
  (text: string): LogMatcher => {
    const prefix = /(?<!\\)(?:\\\\)*\*$/.test(text);
    const value = plainText(unescape(prefix ? text.slice(0, -1) : text));
    if (/(?<!\\)\*/.test((prefix ? text.slice(0, -1) : text).replace(/\\\\/g, ''))) {
      throw new Invalid('format', `${what}, or a prefix that ends in *; write \\* for a star in it`);
    }
    return { kind: prefix ? 'prefix' : 'exact', value };
  };
const typeId = (prefix: string) => exact(new RegExp(`^${prefix}_[0-7][0-9a-hjkmnp-tv-z]{25}$`), `an id that starts with ${prefix}_`);

const parsers: Record<LogField, (text: string) => LogMatcher> = {
  method: exact(/^[!-~]{1,40}$/, 'an HTTP method such as GET', (text) => text.toUpperCase()),
  status: (text) => {
    const byClass = /^([1-5])xx$/i.exec(text);
    if (byClass) return { kind: 'class', value: Number(byClass[1]) };
    if (!/^[1-5]\d\d$/.test(text)) throw new Invalid('format', 'a status code such as 404, or a class such as 4xx');
    return { kind: 'number', value: Number(text) };
  },
  apiKeyId: typeId('key'),
  keyFingerprint: exact(/^[0-9a-f]{12}$/, '12 hexadecimal characters'),
  service: word,
  team: word,
  environment: word,
  actorType: exact(/^(apiKey|user|anonymous)$/, 'apiKey, user or anonymous'),
  path: starred('a path'),
  /** `/*` is every route: `!/*` finds what no route matched. */
  route: starred('the template of a route'),
  ip: (text) => address(unescape(text)),
  country: exact(/^[A-Z]{2}$/, 'a country code of two letters', (text) => text.toUpperCase()),
  userAgent: (text) => ({ kind: 'contains', value: plainText(unescape(text)) }),
  reason: exact(/^[a-z_]{1,60}$/, 'a reason such as revoked_key'),
  incidentId: typeId('inc'),
  findingId: typeId('fnd'),
  requestId: exact(/^(req|log)_[0-7][0-9a-hjkmnp-tv-z]{25}$/, 'a request id that starts with req_'),
};

function conditions(field: LogField, raw: string[]): LogCondition[] {
  const found = raw.map((text): LogCondition => {
    const negated = text.startsWith('!');
    // PostgreSQL takes no NUL in text; no stored value has one either.
    if (text.includes('\0')) throw new Invalid('format', 'text without NUL characters');
    // In a body of JSON one may be written; neither jsonb nor UTF-8 knows it.
    if (/\p{Surrogate}/u.test(text)) throw new Invalid('format', 'text of whole characters, without half of a surrogate pair');
    const values = split(negated ? text.slice(1) : text);
    if (values.length === 0) throw new Invalid('empty', 'at least one value');
    if (values.length > 100) throw new Invalid('length', 'at most 100 values');
    return { field, negated, anyOf: values.map((value) => parsers[field](value)) };
  });
  if (found.filter((c) => c.negated).length > 1 || found.filter((c) => !c.negated).length > 1) {
    throw new Invalid('repeated', 'once plain and once negated at the most; separate values with commas');
  }
  return found;
}

function single<T>(raw: string[], parse: (text: string) => T): T | null {
  if (raw.length > 1) throw new Invalid('repeated', 'one value');
  return raw[0] === undefined ? null : parse(raw[0]);
}

export function parseInstant(text: string): Date {
  const at = new Date(text);
  const day = new Date(text.slice(0, 10)); // 30 February would silently become a day in March
  if (
    !/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ||
    Number.isNaN(at.getTime()) ||
    day.getUTCDate() !== Number(text.slice(8, 10))
  ) {
    throw new Invalid('instant', 'a time such as 2025-12-02T10:30:15Z');
  }
  return at;
}

function milliseconds(text: string): number {
  if (!/^\d{1,9}(\.\d+)?$/.test(text)) throw new Invalid('number', 'milliseconds, 0 or more');
  return Number(text);
}

/** Parse the filter's own parameters; any other name is the caller's to refuse. */
export function parseLogFilter(parameters: RawParameters): ParsedLogFilter {
  const issues: FieldIssue[] = [];
  const read = <T>(name: string, parse: (raw: string[]) => T, fallback: T): T => {
    try {
      return parse(list(parameters[name]));
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      issues.push({ pointer: `?${name}`, rule: error.rule, expected: error.expected });
      return fallback;
    }
  };
  const filter: LogFilter = {
    from: read('from', (raw) => single(raw, parseInstant), null),
    to: read('to', (raw) => single(raw, parseInstant), null),
    minDurationMs: read('minDurationMs', (raw) => single(raw, milliseconds), null),
    maxDurationMs: read('maxDurationMs', (raw) => single(raw, milliseconds), null),
    conditions: logFields.flatMap((field) => read(field, (raw) => conditions(field, raw), [])),
  };
  if (filter.from && filter.to && filter.from >= filter.to)
    issues.push({ pointer: '?from', rule: 'order', expected: 'a time before `to`' });
  return issues.length > 0 ? { filter: null, issues } : { filter, issues: [] };
}
