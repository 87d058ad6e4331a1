import fc from 'fast-check';
import type { CopiedColumn, DictionaryEntries, StoredRecord } from '@pinebill/nestjs-audit';
import { logColumnNames } from '@pinebill/contract';
import { logColumns } from '../../audit-logs';
import { csvLine } from '../../platform/csv';
import { newId } from '../../platform/ids';
import { timeText } from '../local-time';
import { CopiedCsv } from './copied-csv';
import type { ReadEntries } from './copied-words';

const EPOCH = Date.UTC(2000, 0, 1);
type Copied = StoredRecord & { callerNo: number; routeNo: number; agentNo: number | null };

const int = (length: 2 | 4 | 8, value: number | bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes.subarray(8 - length);
};
const real = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatBE(value);
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(value);
const sized = (value: Buffer | null): Buffer => Buffer.concat([int(4, value?.length ?? -1), value ?? Buffer.alloc(0)]);
const words = (values: readonly string[]): Buffer =>
  Buffer.concat([...[1, 0, 25, values.length, 1].map((one) => int(4, one)), ...values.map((value) => sized(text(value)))]);
const some = <V>(value: V | null, bytes: (value: V) => Buffer): Buffer | null => (value === null ? null : bytes(value));
const jsonb = (value: unknown): Buffer | null => some(value, (one) => Buffer.from(`\u0001${JSON.stringify(one)}`));

/** As the `send` functions of PostgreSQL make them. */
const sent: Record<CopiedColumn, (record: Copied) => Buffer | null> = {
  id: ({ id }) => Buffer.from(id.replaceAll('-', ''), 'hex'),
  occurred_at: ({ startedAt }) => int(8, BigInt(Date.parse(startedAt) - EPOCH) * 1_000n),
  sequence: ({ sequence }) => int(8, sequence),
  caller_no: ({ callerNo }) => int(4, callerNo),
  route_no: ({ routeNo }) => int(4, routeNo),
  agent_no: ({ agentNo }) => some(agentNo, (no) => int(4, no)),
  kind: ({ kind }) => (kind === 'request' ? null : text(kind)),
  outcome: ({ outcome }) => (outcome === 'completed' ? null : text(outcome)),
  path: ({ path }) => some(path, text),
  query: ({ query }) => jsonb(query),
  status: ({ status }) => some(status, (value) => int(2, value)),
  reason: ({ reason }) => some(reason, text),
  key_fingerprint: ({ keyFingerprint }) => some(keyFingerprint, text),
  ip: ({ ip }) => some(ip, (value) => Buffer.from([2, 32, 0, 4, ...value.split('.').map(Number)])),
  country: ({ country }) => some(country, text),
  user_agent: ({ userAgent, agentNo }) => (agentNo === null ? some(userAgent, text) : null),
  duration_ms: ({ durationMs }) => some(durationMs, real),
  auth_ms: ({ authMs }) => some(authMs, real),
  handler_ms: ({ handlerMs }) => some(handlerMs, real),
  request_bytes: ({ requestBytes }) => some(requestBytes, (value) => int(8, value)),
  response_bytes: ({ responseBytes }) => some(responseBytes, (value) => int(8, value)),
  client_request_id: ({ clientRequestId }) => some(clientRequestId, text),
  trace_id: ({ traceId }) => some(traceId, text),
  error: ({ error }) => jsonb(error),
  marks: ({ marks }) => (marks.length === 0 ? null : words(marks)),
  gap: ({ gap }) => jsonb(gap),
};

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const [header, trailer] = [Buffer.concat([SIGNATURE, int(4, 0), int(4, 0)]), int(2, -1)];
const copyOf = (fields: readonly CopiedColumn[], records: readonly Copied[]): Buffer =>
  Buffer.concat([
    header,
    ...records.flatMap((record) => [int(2, fields.length), ...fields.map((field) => sized(sent[field](record)))]),
    trailer,
  ]);

const odd = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 40 }).map((value) => value.replaceAll('\0', '')), fc.constantFrom('', '"', 'a,b;c\td', '=1+1', "'=1", '＝1', '＠', 'ﾀ', '-', '\r\n', 'PGCOPY\n')); // prettier-ignore
const maybe = fc.option(odd);
const ms = fc.option(fc.integer({ min: 0, max: 8_191_999 }).map((thousandths) => thousandths / 1_000));
const bytes = fc.option(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const [callers, routes, agents] = [4, 3, 3];

const record: fc.Arbitrary<Copied> = fc
  .record({
    startedAt: fc
      .date({ min: new Date('0001-01-01'), max: new Date('+012000-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    sequence: fc.integer({ min: 1, max: 2 ** 40 }),
    callerNo: fc.nat(callers),
    routeNo: fc.nat(routes),
    agentNo: fc.option(fc.nat(agents)),
    kind: fc.constantFrom('request' as const, 'gap' as const),
    outcome: fc.constantFrom('completed' as const, 'aborted' as const),
    path: maybe,
    query: fc.option(fc.dictionary(odd, odd)),
    status: fc.option(fc.integer({ min: 100, max: 599 })),
    reason: maybe,
    ip: fc.option(fc.ipV4()),
    country: fc.constantFrom(null, 'DE'),
    userAgent: maybe,
    durationMs: ms,
    authMs: ms,
    handlerMs: ms,
    requestBytes: bytes,
    responseBytes: bytes,
    clientRequestId: maybe,
    marks: fc.subarray(['redacted', 'sanitized', 'truncated'] as const),
  })
  .map((one) => ({ ...one, id: newId(), keyFingerprint: null, traceId: null, error: null, gap: null }) as unknown as Copied);

type Dictionaries = { [D in keyof DictionaryEntries]: ReadonlyMap<number, DictionaryEntries[D]> };
/** As `readDictionary` reads them. */
const reading =
  (known: Dictionaries): ReadEntries =>
  (dictionary, from, limit) =>
    Promise.resolve(new Map([...known[dictionary]].filter(([no]) => no >= from).slice(0, limit)));

/** The last number of each has no entry: a record is shown even where a dictionary were damaged. */
const dictionaries: fc.Arbitrary<Dictionaries> = fc
  .record({
    callers: fc.array(fc.record({ actorType: fc.constantFrom('apiKey' as const, 'user' as const, 'anonymous' as const), actorName: maybe, apiKeyName: maybe, apiKeyLast4: fc.option(fc.constant('x7f2')), service: maybe, team: maybe }), { minLength: callers, maxLength: callers }),
    routes: fc.array(fc.record({ method: maybe, route: maybe }), { minLength: routes, maxLength: routes }),
    agents: fc.array(fc.record({ userAgent: odd }), { minLength: agents, maxLength: agents }),
  })
  .map((made) => {
    const ids = { actorId: newId(), apiKeyId: newId(), apiKeyState: 'active', environment: null };
    const numbered = <V>(entries: readonly V[]): Map<number, V> => new Map(entries.map((entry, no) => [no, entry]));
    return { caller: numbered(made.callers.map((caller) => ({ ...ids, ...caller }))), route: numbered(made.routes), agent: numbered(made.agents) };
  }); // prettier-ignore

const noCaller = Object.fromEntries(['actorType', 'actorId', 'actorName', 'apiKeyId', 'apiKeyName', 'apiKeyLast4', 'apiKeyState', 'service', 'team', 'environment'].map((field) => [field, null])); // prettier-ignore

/** The same by the road of all other formats: a record, its cells, a line of text. */
function expected(
  records: readonly Copied[],
  names: readonly string[],
  how: { known: Dictionaries; separator: string; timeZone: string },
): string {
  const time = timeText(how.timeZone);
  return records.map((one) => {
    const { caller: c, route: r, agent: a } = how.known;
    const agent = one.agentNo === null ? undefined : a.get(one.agentNo);
    const whole = { ...one, ...(c.get(one.callerNo) ?? noCaller), ...(r.get(one.routeNo) ?? { method: null, route: null }), userAgent: agent?.userAgent ?? (one.agentNo === null ? one.userAgent : null) } as StoredRecord;
    const cells = logColumns.filter(({ name }) => names.includes(name)).map(({ type, value }) => (type === 'instant' ? time(String(value(whole))) : value(whole)));
    return csvLine(cells, how.separator);
  }).join(''); // prettier-ignore
}

async function written(copies: readonly Buffer[], cuts: readonly number[], csv: CopiedCsv): Promise<{ text: string; rows: number[] }> {
  const made: Buffer[] = [];
  const rows: number[] = [];
  for (const copy of copies) {
    const edges = [0, ...cuts.map((cut) => cut % (copy.length + 1)).sort((a, b) => a - b), copy.length];
    for (const [index, edge] of edges.slice(1).entries())
      for await (const piece of csv.push(copy.subarray(edges[index], edge))) made.push(Buffer.from(piece));
    rows.push(csv.end());
  }
  return { text: Buffer.concat(made).toString(), rows };
}

it.each([
  [',', 'UTC'],
  [';', 'Asia/Kolkata'],
  ['\t', 'UTC'],
])('rows are what every other format shows, however they are cut into chunks, with %j and times of %s', async (separator, timeZone) => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { maxLength: 12 }), dictionaries, fc.subarray([...logColumnNames], { minLength: 1 }), fc.array(fc.nat(), { maxLength: 8 }), fc.integer({ min: 1, max: 8 }), async (records, known, names, cuts, mostKept) => {
      const csv = new CopiedCsv(logColumns.filter(({ name }) => names.includes(name)), { read: reading(known), separator, timeZone, mostKept });
      const copy = copyOf(csv.fields, records);
      // The same object goes on with the next COPY.
      const { text: made, rows } = await written([copy, copy], cuts, csv);
      const once = expected(records, names, { known, separator, timeZone });
      expect(made).toBe(once + once);
      expect(rows).toEqual([records.length, records.length]);
    }),
    { numRuns: 300 },
  ); // prettier-ignore
});

const plain = (): CopiedCsv =>
  new CopiedCsv(logColumns.slice(0, 4), { read: () => Promise.resolve(new Map()), separator: ',', timeZone: 'UTC' });

it('nothing but a whole COPY of what was asked for is taken for one', async () => {
  const [one] = fc.sample(record, 1);
  const { fields } = plain();
  const copy = copyOf(fields, [one!]);
  const taken = (bytes: Buffer): Promise<unknown> => written([bytes], [], plain());
  await expect(taken(copy.subarray(0, -3))).rejects.toThrow('A COPY did not come to its end.');
  await expect(taken(Buffer.concat([copy, Buffer.from('x')]))).rejects.toThrow('A COPY did not come to its end.');
  await expect(taken(copy.subarray(1))).rejects.toThrow('What came is no COPY in binary format.');
  await expect(taken(copyOf(fields.slice(1), [one!]))).rejects.toThrow(/A row of \d fields came where \d were asked for/);
});

it('of a large dictionary a part is kept, and each part is read once while calls follow each other', async () => {
  const columns = logColumns.filter(({ name }) => name === 'userAgent');
  let [reads, most] = [0, 0];
  const read: ReadEntries = (_, from, limit) => {
    reads++;
    most = Math.max(most, limit);
    return Promise.resolve(
      new Map(Array.from({ length: limit }, (_none, at) => [from + at, { userAgent: `agent ${from + at}` }])) as never,
    );
  };
  const csv = new CopiedCsv(columns, { read, separator: ',', timeZone: 'UTC' });
  const [sample] = fc.sample(record, 1);
  const records = Array.from({ length: 50_000 }, (_, at) => ({ ...sample!, agentNo: at }));
  const { text: made } = await written([copyOf(csv.fields, records)], [], csv);
  expect(made).toBe(records.map(({ agentNo }) => `agent ${agentNo}\r\n`).join(''));
  expect([reads, most]).toEqual([25, 2_000]);
});
