import type { LogRecord } from '../api-types';

const quote = (text: string): string => (/^[A-Z]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

function search(query: LogRecord['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value])
      parameters.append(name, typeof one === 'string' ? one.replaceAll('[redacted]', 'REDACTED') : JSON.stringify(one));
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : '';
}

/** What is redacted stands there as a word to be filled in: curl would read `[` as a range. */
const fillable = (path: string): string =>
  path.replaceAll('[redacted]', 'REDACTED').replace(/[[\]{}]/g, (sign) => encodeURIComponent(sign));

/** A map, for a caller may send `valueOf` as a method. */
const flags = new Map([
  ['GET', '-i'],
  ['HEAD', '-I'],
]);

/** The request again, as far as it was recorded: never the key, never the body, and nothing that was redacted. */
export function curlOf(record: Pick<LogRecord, 'method' | 'path' | 'query'>, origin: string): string {
  const method = record.method ?? 'GET';
  const target = `${origin}${fillable(record.path ?? '/')}${search(record.query)}`;
  const lines = [
    `curl ${flags.get(method) ?? `-i -X ${quote(method)}`} ${quote(target)}`,
    `  -H "Authorization: Bearer $PINEBILL_API_KEY"`,
  ];
  if (['POST', 'PUT', 'PATCH'].includes(method)) lines.push(`  -H 'Content-Type: application/json'`, `  -d @body.json`);
  const notes = [
    ...(target.includes('REDACTED') ? ['# REDACTED stands for what the log does not keep: fill it in.'] : []),
    ...(lines.length > 2 ? ['# Bodies are never recorded: bring your own body.json.'] : []),
  ];
  return [...notes, lines.join(' \\\n')].join('\n');
}

/** The first call with a new key. */
export const firstCall = (secret: string, origin: string): string =>
  `curl -i ${quote(`${origin}/v1/invoices`)} \\\n  -H "Authorization: Bearer ${secret}"`;
