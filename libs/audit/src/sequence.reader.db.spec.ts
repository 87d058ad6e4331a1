import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { to } from 'pg-copy-streams';
import { listRecords } from './audit.reader';
import { PostgresStore } from './postgres-store';
import { everyRecord, type RecordCondition } from './record-filter';
import { copiedColumns, copyRecordsSql, copySettings, readDictionary, type CopiedColumn } from './copied-records';
import { lastSequence, recordsBySequence, surveyRecords, type SequenceRange } from './sequence.reader';
import { withLiterals } from './sql-literals';
import { aRecord, anOrganization, auditDatabase, type AuditDatabase } from './testing/audit-database';

let database: AuditDatabase;
const organizationId = anOrganization();
const START = Date.UTC(2026, 0, 20);
const DAY_MS = 86_400_000;
const ROWS = 400;
/** Text that SQL would trip over if it were put together by hand. */
const odd = [`it's`, `'; drop table audit_log; --`, `back\\slash`, `\\'`, '$1', 'e\u0301 🚀', '"', 'x', ''];
const all: SequenceRange = { organizationId, filter: everyRecord, from: new Date(START - DAY_MS), to: null, after: 0, upTo: ROWS };

beforeAll(async () => {
  database = await auditDatabase(__filename);
  const store = new PostgresStore({ url: database.url });
  // Out of the order of time, over three months.
  const record = (at: number) =>
    aRecord({ organizationId, startedAt: new Date(START + ((at * 7_919) % ROWS) * DAY_MS * 0.15).toISOString(), path: odd[at % odd.length]!, userAgent: odd[(at >> 3) % odd.length]!, status: at % 5 === 0 ? 500 : 200, ...(at % 50 === 0 ? { kind: 'gap' as const, gap: { from: 'x', to: 'x', count: null, atMost: 7, cause: 'kill' } } : {}) }); // prettier-ignore
  const records = Array.from({ length: ROWS }, (_, at) => record(at));
  await store.append({
    journalId: randomUUID(),
    entries: records.map((one, at) => ({ offset: BigInt(at), record: one })),
    upTo: BigInt(ROWS),
  });
  await store.append({
    journalId: randomUUID(),
    entries: [{ offset: 0n, record: aRecord({ organizationId: anOrganization() }) }],
    upTo: 1n,
  });
  await store.close();
});
afterAll(() => database.drop());

const condition: fc.Arbitrary<RecordCondition> = fc.record({
  field: fc.constantFrom('path' as const, 'userAgent' as const),
  negated: fc.boolean(),
  anyOf: fc.array(
    fc.record({ kind: fc.constantFrom('exact' as const, 'prefix' as const, 'contains' as const), value: fc.constantFrom(...odd) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
});
const range: fc.Arbitrary<SequenceRange> = fc
  .record({ conditions: fc.array(condition, { maxLength: 2 }), after: fc.nat(ROWS), span: fc.nat(ROWS), from: fc.nat(70), days: fc.option(fc.integer({ min: 1, max: 70 })) })
  .map(({ conditions, after, span, from, days }) => ({
    organizationId,
    filter: { ...everyRecord, conditions },
    from: new Date(START + from * DAY_MS),
    to: days === null ? null : new Date(START + (from + days) * DAY_MS),
    after,
    upTo: Math.min(ROWS, after + span),
  })); // prettier-ignore

/** By another road: the list, whose filters are held against a plain one in its own spec. */
async function expected({ filter, from, to: until, after, upTo }: SequenceRange): Promise<number[]> {
  const rows = await database.inside(organizationId, (db) =>
    listRecords(db, { organizationId, filter, from, to: until, order: 'asc', limit: ROWS, after: null }),
  );
  return rows.map(({ sequence }) => sequence).filter((one) => one > after && one <= upTo).sort((a, b) => a - b); // prettier-ignore
}

async function copied(wanted: SequenceRange): Promise<number[]> {
  const client = await database.as('pinebill_app').connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('app.organization_id', $1, true)`, [organizationId]);
    await client.query(copySettings);
    const chunks: Buffer[] = [];
    for await (const chunk of (client as unknown as Client).query(to(copyRecordsSql(wanted, ['sequence'])))) chunks.push(chunk as Buffer);
    // A header of 19 bytes; rows of a count of fields, a length and eight bytes; the end.
    const [header, row, end] = [19, 14, 2];
    const bytes = Buffer.concat(chunks);
    return Array.from({ length: (bytes.length - header - end) / row }, (_, at) => Number(bytes.readBigInt64BE(header + at * row + 6)));
  } finally {
    await client.query('rollback');
    client.release();
  }
}

it('pages, surveys and copies hold the rows that the list holds, in the order of their numbers', async () => {
  await fc.assert(
    fc.asyncProperty(range, async (wanted) => {
      const sequences = await expected(wanted);
      const pages = await database.inside(organizationId, (db) => recordsBySequence(db, wanted, ROWS));
      expect(pages.map(({ sequence }) => sequence)).toEqual(sequences);
      expect(await copied(wanted)).toEqual(sequences);
      const survey = await database.inside(organizationId, (db) => surveyRecords(db, wanted));
      expect([survey.rows, survey.first, survey.last]).toEqual([sequences.length, sequences[0] ?? null, sequences.at(-1) ?? null]);
    }),
    { numRuns: 60 },
  );
});

it('a survey counts what is admitted to be missing, and stops where it is told to', async () => {
  const survey = await database.inside(organizationId, (db) => surveyRecords(db, all));
  expect(survey).toMatchObject({ rows: ROWS, first: 1, last: ROWS, gaps: 8, missingAtMost: 56 });
  expect((await database.inside(organizationId, (db) => surveyRecords(db, all, 11))).rows).toBe(11);
});

it('the last number is that of the organization, and 0 without a record', async () => {
  expect(await database.inside(organizationId, (db) => lastSequence(db, organizationId))).toBe(ROWS);
  const empty = anOrganization();
  expect(await database.inside(empty, (db) => lastSequence(db, empty))).toBe(0);
});

it('a literal is the value, whatever is in it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.integer(), async (given, number) => {
      const text = given.replaceAll('\0', '');
      const sql = withLiterals('select $1::text as text, $2::int as number, $3::text[] as list, $4::text is null as nothing', [text, number, [text, '$2'], null]);
      const { rows } = await database.as('admin').query<object>(sql);
      expect(rows).toEqual([{ text, number, list: [text, '$2'], nothing: true }]);
    }),
  ); // prettier-ignore
  expect(() => withLiterals('$1', [{}])).toThrow(TypeError);
  expect(() => withLiterals('$1', [NaN])).toThrow(TypeError);
});

it('a span is copied by the index of the sequence, joined with nothing, and only in the months of its time', async () => {
  const wanted = { ...all, from: new Date(Date.UTC(2026, 1, 1)), to: new Date(Date.UTC(2026, 1, 28)) };
  const sql = copyRecordsSql(wanted, Object.keys(copiedColumns) as CopiedColumn[]).replace(/^copy \(/, '').replace(/\) to stdout .*$/s, ''); // prettier-ignore
  const plan = await database.inside(organizationId, async (db) => {
    await db.query('set local enable_seqscan = off');
    return (await db.query(`explain ${sql}`)).map((row) => row['QUERY PLAN']).join('\n');
  });
  expect(plan).toMatch(/sequence_block/);
  expect(plan).toContain('audit_log_2026_02');
  expect(plan).not.toMatch(/audit_log_2026_0[13]|Join|Nested/);
});

it('what is copied has the types that whoever reads the bytes takes for granted', async () => {
  const types = { uuid: 'uuid', timestamptz: 'timestamp with time zone', float4: 'real', text: 'text', jsonb: 'jsonb', inet: 'inet', 'text[]': 'text[]' } as const;
  const { rows } = await database.as('admin').query<{ name: CopiedColumn; type: string }>(
    `select attname as name, regexp_replace(format_type(atttypid, null), '\\(\\d\\)', '') as type from pg_attribute
     where attrelid = 'app.audit_log'::regclass and attname = any($1)`,
    [Object.keys(copiedColumns)],
  );
  expect(rows).toHaveLength(Object.keys(copiedColumns).length);
  for (const { name, type } of rows) {
    const known = copiedColumns[name];
    expect([name, known === 'integer' ? ['smallint', 'integer', 'bigint'] : [types[known]]]).toEqual([name, expect.arrayContaining([type])]);
  }
}); // prettier-ignore

it('dictionaries hold what the rows mean by their numbers, and are read in parts', async () => {
  const whole = { organizationId, from: 1, limit: ROWS };
  const [records, numbers, callers, routes, agents] = await database.inside(organizationId, async (db) => [
    await recordsBySequence(db, all, ROWS),
    await db.query('select caller_no, route_no, agent_no from audit_log where organization_id = $1 order by sequence', [organizationId]),
    await readDictionary(db, { ...whole, dictionary: 'caller' }),
    await readDictionary(db, { ...whole, dictionary: 'route' }),
    await readDictionary(db, { ...whole, dictionary: 'agent' }),
  ]);
  expect(numbers).toHaveLength(ROWS);
  for (const [index, record] of records.entries()) {
    const { caller_no: caller, route_no: route, agent_no: agent } = numbers[index]!;
    expect(record).toMatchObject({ ...callers.get(Number(caller))!, ...routes.get(Number(route))! });
    if (agent !== null) expect(agents.get(Number(agent))).toEqual({ userAgent: record.userAgent });
  }
  expect(numbers.filter(({ agent_no: agent }) => agent !== null).length).toBeGreaterThan(ROWS / 2);
  const part = await database.inside(organizationId, (db) =>
    readDictionary(db, { organizationId, dictionary: 'agent', from: 3, limit: 2 }),
  );
  expect([...part]).toEqual([...agents].filter(([no]) => no === 3 || no === 4));
});
