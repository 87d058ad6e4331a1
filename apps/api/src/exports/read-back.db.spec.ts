/**
 * What a file holds, read by others than whoever wrote it, equals the database row for row: DuckDB reads CSV, JSON Lines, JSON and Parquet; csv-parse reads
 * CSV, hyparquet Parquet. What is expected comes from the view audit_record, past all of our own reading.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import type { AuditRecord } from '@pinebill/nestjs-audit';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { parquetReadObjects } from 'hyparquet';
import { logColumnNames } from '@pinebill/contract';
import { newId, typeId } from '../platform/ids';
import { aRecord, storeRecords } from '../testing/records';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';
import { ExportWorker } from './export-worker.jobs';

type Cells = Record<string, string | number | null>;
let t: TestApp;
let expected: Cells[];
let session: Promise<string> | null = null;
let duck: Awaited<ReturnType<DuckDBInstance['connect']>>;

/** Text that files trip over, as far as PostgreSQL stores it. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 30 }).map((value) => value.replaceAll('\0', '')),
  fc.constantFrom('', ' ', '"', '=1+1', "'=1", '-1', '@x', '\t', 'a\r\nb', ',;\t', '\\.', '\\N', 'NULL', '＝1', '~6b~', 'ümläut 🚀'),
);
const maybe = fc.option(text);
const record: fc.Arbitrary<Partial<AuditRecord>> = fc.record({
  method: fc.option(fc.constantFrom('GET', '+X', 'POST')),
  path: maybe,
  query: fc.option(fc.dictionary(fc.constantFrom('a', 'b'), text)),
  status: fc.option(fc.constantFrom(200, 404, 500)),
  userAgent: maybe,
  clientRequestId: maybe,
  service: maybe,
  durationMs: fc.option(fc.float({ min: 0, max: 1e9, noNaN: true })),
  responseBytes: fc.option(fc.integer({ min: 0, max: 2 ** 40 })),
  ip: fc.option(fc.oneof(fc.ipV4(), fc.ipV6(), fc.constantFrom('2001:db8::1', '::', '::ffff:10.0.0.1', '::10.0.0.1'))),
  marks: fc.constantFrom<AuditRecord['marks']>([], ['redacted'], ['sanitized', 'truncated']),
  kind: fc.constantFrom<AuditRecord['kind']>('request', 'mode'),
});
const someone = (id: string, kind: 'apiKey' | 'user' | 'anonymous'): Partial<AuditRecord> =>
  kind === 'anonymous' ? {} : { actorType: kind, actorId: id, actorName: '=name', ...(kind === 'apiKey' ? { apiKeyId: id, apiKeyName: 'k,"y"', apiKeyLast4: 'x7f2', apiKeyState: 'active' } : {}) }; // prettier-ignore

const ROWS = 700;
beforeAll(async () => {
  t = await startTestApp(__filename);
  const samples = fc.sample(record, { numRuns: ROWS, seed: 7 });
  const ids = [newId(), newId()];
  const startedAt = (index: number): string => new Date(Date.now() - 3_600_000 + index * 997).toISOString();
  await storeRecords(
    t,
    samples.map((fields, index) =>
      aRecord({
        ...fields,
        ...someone(ids[index % 2]!, (['apiKey', 'user', 'anonymous'] as const)[index % 3]!),
        startedAt: startedAt(index),
      }),
    ),
  );
  duck = await (await DuckDBInstance.create(':memory:')).connect();
});
afterAll(async () => {
  duck.closeSync();
  await t.close();
});

async function fromDatabase(upTo: number): Promise<Cells[]> {
  const rows = await t.sql<Record<string, string | number | null>>(
    `select id::text, sequence::int as sequence, to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as started_at, kind, outcome, method,
       path, query::text as query, route, status, reason, actor_type, actor_id::text, actor_name, api_key_id::text, api_key_name, api_key_last4, api_key_state,
       key_fingerprint, service, team, environment, host(ip) as ip, country, user_agent, duration_ms, request_bytes::float, response_bytes::float, auth_ms,
       handler_ms, client_request_id, trace_id, error::text as error, nullif(array_to_string(marks, ' '), '') as marks, gap::text as gap
     from audit_record where organization_id = $1 and sequence <= $2 order by sequence`,
    [organizations.home, upTo],
  );
  const ofActor = { apiKey: 'key', user: 'usr' } as const;
  return rows.map((row) => {
    const actor = ofActor[row['actor_type'] as 'apiKey'] as 'key' | undefined;
    const own = Object.entries(row).map(
      ([name, value]) => [name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()), value] as const,
    );
    const { apiKeyLast4 = null, ...cells } = Object.fromEntries<string | number | null>(own);
    return {
      ...cells,
      id: typeId('log', String(row['id'])),
      requestId: typeId('req', String(row['id'])),
      actorId: actor && row['actor_id'] ? typeId(actor, String(row['actor_id'])) : null,
      apiKeyId: row['api_key_id'] ? typeId('key', String(row['api_key_id'])) : null,
      apiKeyMasked: apiKeyLast4 ? `pbk_...${apiKeyLast4}` : null,
    };
  });
}

const jsonColumns = new Set(['query', 'error', 'gap']);
const numbers = new Set(['sequence', 'status', 'durationMs', 'requestBytes', 'responseBytes', 'authMs', 'handlerMs']);
/** JSON by meaning, numbers by value (`real` has seven digits), everything else by the letter. */
function comparable(rows: readonly Record<string, unknown>[]): unknown[] {
  return rows.map((row) =>
    logColumnNames.map((name) => {
      const value = row[name] ?? null;
      if (value === null) return null;
      if (jsonColumns.has(name)) return typeof value === 'string' ? (JSON.parse(value) as unknown) : value;
      if (numbers.has(name)) return Math.fround(Number(value));
      if (value instanceof Date) return value.toISOString();
      return value;
    }),
  );
}

type Made = { path: string; bytes: Buffer; rows: number; expected: Cells[] };
const all = new Map<string, Promise<Made>>();
/** Once for each body: nothing is stored between the tests. */
async function made(body: object): Promise<Made> {
  const key = JSON.stringify(body);
  const one = all.get(key) ?? make(body);
  all.set(key, one);
  ({ expected } = await one);
  return one;
}

async function make(body: object): Promise<Made> {
  const { json } = await t.call('/v1/exports', { as: 'admin', body });
  await t.app.get(ExportWorker).look();
  const view = (await t.call(`/v1/exports/${json.id}`, { as: 'admin' })).json;
  if (view.state !== 'ready') throw new Error(JSON.stringify(view));
  const response = await fetch(`${t.url}/v1/exports/${json.id}/download`, {
    headers: { cookie: await (session ??= t.signIn('admin')), origin: t.url },
  });
  const path = join(t.config.dataDirectory, view.files[0].name);
  const bytes = Buffer.from(await response.arrayBuffer());
  writeFileSync(path, bytes);
  const rows = await fromDatabase(view.manifest.files[0].snapshotSequence);
  expect(view.rows).toBe(rows.length);
  return { path, bytes, rows: view.rows, expected: rows };
}

const query = async (sql: string): Promise<Record<string, unknown>[]> => (await duck.runAndReadAll(sql)).getRowObjectsJson();
/** As it was before a spreadsheet was guarded against it. */
const unguarded = (rows: readonly Record<string, unknown>[]): Record<string, unknown>[] =>
  rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? value.replace(/^'/, '') : value])),
  );

describe.each([
  ['CSV', { format: 'csv' }, ','],
  ['CSV with semicolons, compressed', { format: 'csv', separator: 'semicolon', gzip: true }, ';'],
  ['CSV with tabs', { format: 'csv', separator: 'tab' }, '\t'],
])('%s', (_, body, delimiter) => {
  it('equals the database, read by DuckDB and by csv-parse', async () => {
    const { path, bytes } = await made(body);
    const plain = 'gzip' in body ? gunzipSync(bytes) : bytes;
    // Nothing and the empty text are told apart by their quotes.
    const parsed = parse<Record<string, unknown>>(plain, { columns: true, delimiter, cast: (value, { quoting }) => (value === '' && !quoting ? null : value) }); // prettier-ignore
    expect(comparable(unguarded(parsed))).toEqual(comparable(expected));
    const read = await query(`select * from read_csv('${path}', header = true, delim = '${delimiter}', quote = '"', escape = '"', all_varchar = true, allow_quoted_nulls = false, new_line = '\\r\\n')`); // prettier-ignore
    expect(comparable(unguarded(read))).toEqual(comparable(expected));
  });

  it('starts no formula in a spreadsheet, and ends its lines as RFC 4180 says', async () => {
    const { bytes } = await made({ ...body, gzip: false });
    const rows: string[][] = parse(bytes, { delimiter });
    const texts = rows.slice(1).flatMap((cells) => cells.filter((cell, index) => !numbers.has(rows[0]![index]!) && cell !== ''));
    expect(texts.filter((cell) => /^[=+\-@\t\r\n＝＋－＠]/.test(cell))).toEqual([]);
    expect(texts.filter((cell) => cell.startsWith("'")).length).toBeGreaterThan(50);
    expect(bytes.toString().split('\r\n').length).toBeGreaterThan(rows.length);
  });
});

it('JSON Lines and JSON equal the database, read by DuckDB', async () => {
  for (const body of [{ format: 'jsonl', gzip: true }, { format: 'json' }]) {
    const { path } = await made({ ...body, columns: logColumnNames });
    const types = logColumnNames
      .map((name) => `${name}: '${numbers.has(name) ? 'DOUBLE' : jsonColumns.has(name) ? 'JSON' : 'VARCHAR'}'`)
      .join(', ');
    const format = body.format === 'jsonl' ? 'newline_delimited' : 'array';
    const read = await query(`select * from read_json('${path}', format = '${format}', columns = {${types}})`);
    expect(comparable(read)).toEqual(comparable(expected));
  }
});

it('a line of JSON Lines is the record as the API shows it, but for what is only of now', async () => {
  const { bytes } = await made({ format: 'jsonl' });
  const lines = bytes.toString().trim().split('\n').map((line) => JSON.parse(line)); // prettier-ignore
  const [listed] = (await t.call('/v1/audit-logs?actorType=apiKey&limit=1', { as: 'admin' })).json.data;
  delete listed.expiresAt;
  delete listed.apiKey.currentState;
  expect(lines.find(({ id }) => id === listed.id)).toEqual(listed);
});

it('Parquet equals the database, read by DuckDB and by hyparquet, with types of its own', async () => {
  const { path, bytes } = await made({ format: 'parquet' });
  const read = await query(
    `select * replace (strftime(startedAt at time zone 'UTC', '%Y-%m-%dT%H:%M:%S.%gZ') as startedAt) from '${path}'`,
  );
  expect(comparable(read)).toEqual(comparable(expected));
  const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
  expect(comparable((await parquetReadObjects({ file })) as Record<string, unknown>[])).toEqual(comparable(expected));
  const [types] = await query(
    `select typeof(startedAt) as at, typeof(sequence) as sequence, typeof(durationMs) as duration from '${path}' limit 1`,
  );
  expect(types).toEqual({ at: 'TIMESTAMP WITH TIME ZONE', sequence: 'BIGINT', duration: 'DOUBLE' });
});

it('columns and the time zone can be chosen', async () => {
  const { bytes } = await made({ format: 'csv', columns: ['status', 'startedAt', 'path'], timeZone: 'Asia/Kolkata' });
  const rows = parse<Cells>(bytes, { columns: true });
  expect(Object.keys(rows[0]!)).toEqual(['startedAt', 'path', 'status']);
  rows.forEach(({ startedAt }, index) => {
    expect(startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+05:30$/);
    expect(new Date(String(startedAt)).toISOString()).toBe(expected[index]!['startedAt']);
  });
  const withoutLead = await made({ format: 'csv', columns: ['path', 'status'] });
  expect(parse(withoutLead.bytes, { columns: true }).length).toBe(withoutLead.rows);
  const leadOnly = await made({ format: 'csv', columns: ['requestId'] });
  expect(parse<Cells>(leadOnly.bytes, { columns: true }).map(({ requestId }) => requestId)).toEqual(
    expected.map(({ requestId }) => requestId),
  );
});
