/**
 * The search box: `status:4xx -method:GET path:/v1/invoices* key:"Production API"` to and from the fields of the URL. A word without a
 * field is understood when it can be only one thing (an address, a path, a status, a request id). What is not understood is said, never
 * dropped. Inside quotes a comma belongs to the value and `""` is a quote.
 */
import { logFields, reasons, type LogField } from '@pinebill/contract';
import { escapeValue, splitValues, unescapeValue, type LogQuery, type Selection } from './log-query';

/** Names of keys, both ways; a name may have been used by several keys, of which all but one are revoked. */
export type KeyNames = readonly { id: string; name: string }[];
type Understood = { fields: LogQuery['fields']; trouble: string[] };

const shortNames: Partial<Record<LogField, string>> = {
  apiKeyId: 'key',
  keyFingerprint: 'fingerprint',
  actorType: 'actor',
  userAgent: 'agent',
  requestId: 'request',
  incidentId: 'incident',
  findingId: 'finding',
  environment: 'env',
};
export const nameOf = (field: LogField): string => shortNames[field] ?? field;
const byName = new Map<string, LogField>([
  ...logFields.map((field) => [field.toLowerCase(), field] as const),
  ...logFields.map((field) => [nameOf(field), field] as const),
]);

const reasonNames = new Set<string>(Object.values(reasons).flat());

const guesses: [pattern: RegExp, field: LogField, value: (word: string) => string][] = [
  [/^(req|log)_[0-9a-z]{26}$/, 'requestId', (word) => word],
  [/^key_[0-9a-z]{26}$/, 'apiKeyId', (word) => word],
  [/^[1-5](\d\d|xx)$/i, 'status', (word) => word.toLowerCase()],
  [/^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/i, 'method', (word) => word.toUpperCase()],
  [/^\//, 'path', (word) => (word.endsWith('*') ? word : `${word}*`)],
  [/^(\d{1,3}\.){3}\d{1,3}(\/\d{1,2})?$/, 'ip', (word) => word],
  [/^[0-9a-f]*:[0-9a-f:]*:[0-9a-f:.]*(\/\d{1,3})?$/i, 'ip', (word) => word],
];

/** One value of a list: quoted, or everything up to a space or an unescaped comma. */
const value = /"(?:[^"]|"")*"|(?:\\.|[^\s,\\"]|\\$)+/y;
const token = /(-?)([A-Za-z]+):(?=\S)/y;

function readList(text: string, start: number): { values: string[]; end: number } {
  const values: string[] = [];
  let end = start;
  for (;;) {
    value.lastIndex = end;
    const found = value.exec(text);
    if (!found) return { values, end };
    end = value.lastIndex;
    values.push(found[0].startsWith('"') ? quoted(found[0].slice(1, -1).replaceAll('""', '"')) : found[0]);
    if (text[end] !== ',') return { values, end };
    end++;
  }
}
const quoted = (text: string): string => splitValues(text).join('\\,');

function keyValues(values: readonly string[], keys: KeyNames, trouble: string[]): string[] {
  return values.flatMap((one) => {
    if (one.startsWith('key_')) return [one];
    const name = unescapeValue(one).toLowerCase();
    const ids = keys.filter((key) => key.name.toLowerCase() === name).map((key) => key.id);
    if (ids.length === 0) trouble.push(`There is no key named "${unescapeValue(one)}".`);
    return ids;
  });
}

class Reading {
  readonly fields: Partial<Record<LogField, { include: string[]; exclude: string[] }>> = {};
  readonly trouble: string[] = [];

  add(field: LogField, negated: boolean, values: readonly string[]): void {
    const selection = (this.fields[field] ??= { include: [], exclude: [] });
    const side = negated ? selection.exclude : selection.include;
    for (const one of values) if (!side.includes(one)) side.push(one.replace(/^!/, '\\!'));
  }

  word(word: string): void {
    const negated = word.startsWith('-');
    const bare = negated ? word.slice(1) : word;
    const guess = guesses.find(([pattern]) => pattern.test(bare));
    if (guess) this.add(guess[1], negated, [guess[2](bare)]);
    else if (reasonNames.has(bare)) this.add('reason', negated, [bare]);
    else
      this.trouble.push(
        `"${word}" was not understood: name its field, for example path:${word.startsWith('/') ? '' : '/v1/'}${bare}* or agent:${bare}.`,
      );
  }
}

/** Reads one term at `at` and says where the next one may begin. */
function readTerm(text: string, at: number, keys: KeyNames, reading: Reading): number {
  token.lastIndex = at;
  const found = token.exec(text);
  const field = byName.get(found?.[2]?.toLowerCase() ?? '');
  if (!found || !field) {
    const end = skipWord(text, at);
    reading.word(text.slice(at, end));
    return end;
  }
  const { values, end } = readList(text, token.lastIndex);
  reading.add(field, found[1] === '-', field === 'apiKeyId' ? keyValues(values, keys, reading.trouble) : values);
  return values.length === 0 ? skipWord(text, end) : end;
}

export function readSearch(text: string, keys: KeyNames = []): Understood {
  const reading = new Reading();
  let at = 0;
  while (at < text.length) at = /\s/.test(text.charAt(at)) ? at + 1 : readTerm(text, at, keys, reading);
  return { fields: reading.fields, trouble: reading.trouble };
}
const skipWord = (text: string, from: number): number => from + (/^\S*/.exec(text.slice(from))?.[0].length ?? 0);

function written(field: LogField, one: string, keys: KeyNames): string {
  const name = field === 'apiKeyId' ? keys.find((key) => key.id === one)?.name : undefined;
  const unique =
    name !== undefined && !name.startsWith('key_') && keys.filter((key) => key.name.toLowerCase() === name.toLowerCase()).length === 1;
  const shown = unique ? escapeValue(name) : one;
  return /[\s"]/.test(shown) || unique ? `"${shown.replaceAll('"', '""')}"` : shown;
}

export function writeSearch(fields: LogQuery['fields'], keys: KeyNames = []): string {
  const side = (field: LogField, values: Selection['include'], sign: string): string[] =>
    values.length === 0 ? [] : [`${sign}${nameOf(field)}:${values.map((one) => written(field, one, keys)).join(',')}`];
  return logFields
    .flatMap((field) => [...side(field, fields[field]?.include ?? [], ''), ...side(field, fields[field]?.exclude ?? [], '-')])
    .join(' ');
}
