import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { to } from 'pg-copy-streams';
import { listRecords } from './audit.reader';
import { PostgresStore } from './postgres-store';
import { everyRecord, type RecordCondition } from './record-filter';
import { copyRecordsSql, copySettings, lastSequence, recordsBySequence, surveyRecords, type SequenceRange } from './sequence.reader';
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
    const sql = copyRecordsSql(wanted, { columns: [{ column: 'sequence' }], rowMark: 'row', separator: ',' });
    const chunks: Buffer[] = [];
    for await (const chunk of (client as unknown as Client).query(to(sql))) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString().split('\n').slice(0, -1).map((line) => Number(line.split(',')[3])); // prettier-ignore
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

it('a page is read by the index of the sequence, and only in the months of its time', async () => {
  const wanted = { ...all, from: new Date(Date.UTC(2026, 1, 1)), to: new Date(Date.UTC(2026, 1, 28)) };
  const sql = copyRecordsSql(wanted, { columns: [], rowMark: 'row', separator: ',' }).replace(/^copy \(/, '').replace(/\) to stdout .*$/s, ''); // prettier-ignore
  const plan = await database.inside(organizationId, async (db) => {
    await db.query('set local enable_seqscan = off');
    return (await db.query(`explain ${sql}`)).map((row) => row['QUERY PLAN']).join('\n');
  });
  expect(plan).toMatch(/sequence_block/);
  expect(plan).toContain('audit_log_2026_02');
  expect(plan).not.toMatch(/audit_log_2026_0[13]/);
});

it('what is done to a word of a dictionary is done below the join, once for each entry', async () => {
  const columns = ['api_key_id', 'method', 'user_agent'].map((column) => ({ column, ...(column === 'api_key_id' ? { prefix: 'key_' } : { guard: { before: ['='], with: '_' } }) })); // prettier-ignore
  const sql = copyRecordsSql(all, { columns, rowMark: 'row', separator: ',' }).replace(/^copy \(/, '').replace(/\) to stdout .*$/s, ''); // prettier-ignore
  const plan = await database.inside(organizationId, async (db) => (await db.query(`explain (verbose, format json) ${sql}`))[0]?.['QUERY PLAN'] as object); // prettier-ignore
  const scans = [...JSON.stringify(plan).matchAll(/"Relation Name":"(audit_(?:caller|route|agent))".*?"Output":(\[.*?\])/g)];
  expect(scans.map(([, table]) => table).sort()).toEqual(['audit_agent', 'audit_caller', 'audit_route']);
  for (const [, , output] of scans) expect(output).toMatch(/key_|ascii/);
});
