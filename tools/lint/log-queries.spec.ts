import { resolve } from 'node:path';
import { findingsBelow, findingsIn, type Finding } from './log-queries';

type Exception = Omit<Finding, 'sql'> & { /** Stands in the statement. */ with: string; why: string };
const reader = 'libs/audit/src/audit.reader.ts';
const search = 'libs/audit/src/record-search.ts';
const callersAt = 'libs/audit/src/callers-at.reader.ts';
const composed = 'rangeSql() begins with the organization and the range, and audit.reader.db.spec.ts runs it.';
const byId = 'The three conditions above it begin with the organization, and end with the range that the id tells.';
const spans = 'The conditions begin with the organization and the span, and addresses.db.spec.ts holds them against a recount.';
const steps = 'rowsOfStep() begins with the organization and the span of the step.';
const both = (one: Omit<Exception, 'rule'>): Exception[] => [
  { ...one, rule: 'organization' },
  { ...one, rule: 'range' },
];
const exceptions: Exception[] = [
  ...both({ file: reader, with: 'where ${rangeSql(list', why: composed }),
  ...both({ file: reader, with: "where ${where.join(' and ')}", why: byId }),
  ...both({ file: search, with: '(select ${columns} from audit_log l where ${where}', why: composed }),
  ...both({ file: search, with: 'where ${on} and ${range}', why: composed }),
  ...both({ file: search, with: '(select * from audit_log l where ${where} order by l.minute', why: composed }),
  ...both({ file: search, with: 'where ${rangeSql(list', why: composed }),
  ...both({ file: callersAt, with: "where ${clauses.join(' and ')} offset 0", why: spans }),
  ...both({
    file: callersAt,
    with: "where ${where.join(' and ')} order by l.ip",
    why: 'The conditions above it begin with the organization and the range.',
  }),
  ...both({
    file: callersAt,
    with: '${[...requestsSql(read, parameters)',
    why: 'requestsSql() begins with the organization and the range.',
  }),
  {
    file: 'libs/audit/src/calls.reader.ts',
    rule: 'range',
    with: 'l.sequence_block between',
    why: 'A few thousand numbers of the index of the sequence; what comes late may be of any month.',
  },
  {
    file: 'apps/api/src/detections/detection-state.queries.ts',
    rule: 'range',
    with: 'l.sequence_block = ((coalesce(c.sequence, 0) + 1)',
    why: 'One block of numbers, of the index of the sequence; what comes late may be of any month.',
  },
  ...both({
    file: 'libs/audit/src/postgres-purge.ts',
    with: '${rowsOfStep({ step, after, reached }, parameters)} and (${sql})',
    why: steps,
  }),
  ...both({ file: 'libs/audit/src/postgres-purge.ts', with: 'delete from audit_log l where ${rowsOfStep(', why: steps }),
  { file: 'libs/audit/src/stats-addresses.ts', rule: 'organization', with: 'u where false', why: 'It has the columns and reads nothing.' },
  {
    file: 'libs/audit/src/postgres-rows.ts',
    rule: 'organization',
    with: '${targets.map(([name]) => name)',
    why: 'Its columns are a list of the same file, organization_id among them; the table takes none without.',
  },
];

const rulesOf = (code: string): string[] => findingsIn('x.ts', code).map(({ rule }) => rule);

it.each([
  ['a read of another organization as well', "db.query('select 1 from audit_log where occurred_at > $1')", ['organization']],
  ['a read of all partitions', '`select * from audit_record where organization_id = $1 limit ${limit}`', ['range']],
  ['a join that is neither', "x = 'select 1 from a join audit_log l on l.id = a.id'", ['organization', 'range']],
  ['an update of a roll-up', "x = 'update audit_rollup set requests = 0'", ['organization']],
  ['a text within a text', 'f(g(`select 1 from audit_head where sequence > ${n}`))', ['organization']],
])('finds %s', (_, code, rules) => {
  expect(rulesOf(code)).toEqual(rules);
});

it.each([
  ["x = 'select 1 from audit_log where organization_id = $1 and occurred_at >= $2'"],
  ["x = 'insert into audit_log (organization_id, occurred_at) values ($1, $2)'"],
  ['x = `select * from audit_watermark where journal_id = $1`'],
  ["// select * from audit_log\nx = 'the audit_log is long'"],
])('has nothing to say of %s', (code) => {
  expect(rulesOf(code)).toEqual([]);
});

it('every statement of the product keeps the rules, or is an exception that says why; none of those is stale', () => {
  const findings = findingsBelow(resolve(__dirname, '../..'));
  const matches = (exception: Exception, { file, rule, sql }: Finding): boolean =>
    exception.file === file && exception.rule === rule && sql.includes(exception.with);
  expect(findings.filter((finding) => !exceptions.some((exception) => matches(exception, finding)))).toEqual([]);
  expect(exceptions.filter((exception) => !findings.some((finding) => matches(exception, finding)))).toEqual([]);
});
