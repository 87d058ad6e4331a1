import type { LogRecord } from '../api-types';

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function search(query: LogRecord['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) parameters.append(name, typeof one === 'string' ? one : JSON.stringify(one));
  }
  return parameters.size > 0 ? `?${parameters.toString()}` : '';
}

/** The request again, as far as it was recorded: never the key, never the body. */
export function curlOf(record: Pick<LogRecord, 'method' | 'path' | 'query'>, origin: string): string {
  const method = record.method ?? 'GET';
  const lines = [
    `curl -i ${method === 'GET' ? '' : `-X ${method} `}${quote(`${origin}${record.path ?? '/'}${search(record.query)}`)}`,
    `  -H "Authorization: Bearer $PINEBILL_API_KEY"`,
  ];
  if (['POST', 'PUT', 'PATCH'].includes(method))
    lines.push(`  -H 'Content-Type: application/json'`, `  -d @body.json   # bodies are never recorded: bring your own`);
  return lines.join(' \\\n');
}

/** The first call with a new key. */
export const firstCall = (secret: string, origin: string): string =>
  `curl -i ${quote(`${origin}/v1/invoices`)} \\\n  -H "Authorization: Bearer ${secret}"`;
