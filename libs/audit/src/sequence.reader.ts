/**
 * Reads the log in the order of its `sequence`, up to a number: rows at or below it are committed and never change, so page after page, in
 * transactions of their own, is one consistent snapshot. Plain functions over a `Queryable` that is inside the organization's transaction.
 */
import { toRecord, shown } from './audit.reader';
import type { Queryable, StoredRecord } from './audit.types';
import { callerColumns, recordColumns, SEQUENCE_BLOCK } from './postgres-schema';
import { everyRecord, filterSql, Parameters, type RecordFilter } from './record-filter';
import { withLiterals } from './sql-literals';

/** After one number, up to and including another. */
export type SequenceRange = {
  organizationId: string;
  filter: RecordFilter;
  /** Half-open: from <= startedAt < to; without `to`, up to the newest. */
  from: Date;
  to: Date | null;
  after: number;
  upTo: number;
};

/** The last number that was given; 0 for an organization without a record. Everything up to it is committed. */
export async function lastSequence(db: Queryable, organizationId: string): Promise<number> {
  const [row] = await db.query('select sequence from audit_head where organization_id = $1', [organizationId]);
  return Number(row?.['sequence'] ?? 0);
}

/** `first`: the lowest number of its requests in the range. */
export type SequenceMinute = { minute: number; requests: number; first: number };

/** In which minutes (since 1970) requests of the range began, by time, and how many did. Reads no more of a row than that. */
export async function minutesOfSequence(
  db: Queryable,
  range: Pick<SequenceRange, 'organizationId' | 'from' | 'after' | 'upTo'>,
): Promise<SequenceMinute[]> {
  const parameters = new Parameters();
  const { organization, from, rest } = whereSql({ ...range, filter: everyRecord, to: null }, parameters);
  const rows = await db.query(
    `select l.minute, count(*) as requests, min(l.sequence) as first from audit_log l
     where l.organization_id = ${organization} and l.occurred_at >= ${from} and ${rest} and l.kind is null group by 1 order by 1`,
    parameters.values,
  );
  return rows.map((row) => ({ minute: Number(row['minute']), requests: Number(row['requests']), first: Number(row['first']) }));
}

export type Survey = {
  rows: number;
  first: number | null;
  last: number | null;
  /** Records that say that others are missing, and how many these say are missing at the most. */
  gaps: number;
  missingAtMost: number;
};

/**
 * What there is in a range. Reads all of it: keep ranges to some million numbers. With `most` it stops there: then the numbers say only that there are as
 * many.
 */
export async function surveyRecords(db: Queryable, range: SequenceRange, most: number | null = null): Promise<Survey> {
  const parameters = new Parameters();
  const { organization, from, rest } = whereSql(range, parameters);
  const [row] = await db.query(
    `select count(*) as rows, min(l.sequence) as first, max(l.sequence) as last, count(*) filter (where l.kind = 'gap') as gaps,
       coalesce(sum((l.gap ->> 'atMost')::bigint) filter (where l.kind = 'gap'), 0) as missing
     from (select l.sequence, l.kind, l.gap from audit_log l where l.organization_id = ${organization} and l.occurred_at >= ${from} and ${rest}
       limit ${parameters.add(most, 'int')}) l`,
    parameters.values,
  );
  const number = (name: string): number | null => (row?.[name] === null || row === undefined ? null : Number(row[name]));
  return {
    rows: number('rows') ?? 0,
    first: number('first'),
    last: number('last'),
    gaps: number('gaps') ?? 0,
    missingAtMost: number('missing') ?? 0,
  };
}

/** The first `limit` records of the range, in order. */
export async function recordsBySequence(db: Queryable, range: SequenceRange, limit: number): Promise<StoredRecord[]> {
  const parameters = new Parameters();
  const { organization, from, rest } = whereSql(range, parameters);
  const rows = `select * from audit_log l where l.organization_id = ${organization} and l.occurred_at >= ${from} and ${rest}
    order by l.sequence_block, l.sequence limit ${parameters.add(limit, 'int')}`;
  return (await db.query(`${shown(rows)} order by l.sequence`, parameters.values)).map(toRecord);
}

/** A column of `audit_record`, and what is done to it on the way out. */
export type CopiedColumn = {
  column: string;
  /** Put before what is not null; or by the kind of caller, and then nothing for the others. */
  prefix?: string | { apiKey: string; user: string };
  /** Text that begins with one of these characters gets `guard` before it. */
  guard?: { before: readonly string[]; with: string };
};

export type CopyOptions = {
  columns: readonly CopiedColumn[];
  /** Each row begins with it, then comes the id as a uuid, then the time in UTC as PostgreSQL writes it; then the columns. */
  rowMark: string;
  separator: string;
};

/** A COPY of all of the range, in order, as CSV without a header. Run it in a transaction with `copySettings`. */
export function copyRecordsSql(range: SequenceRange, { columns, rowMark, separator }: CopyOptions): string {
  const parameters = new Parameters();
  const mark = parameters.add(rowMark, 'text');
  const { organization, from, rest } = whereSql(range, parameters);
  const told = (one: CopiedColumn): string => {
    const dictionary = dictionaries.find(({ columns: theirs }) => theirs.has(one.column));
    if (!dictionary) return expression(one, sqlOf(one.column), parameters);
    const known = `${dictionary.name}.${one.column}`;
    // Of a month that was flooded the rows hold the text themselves.
    return one.column === 'user_agent' ? `coalesce(${known}, ${expression(one, `l.${one.column}`, parameters)})` : known;
  };
  const joins = dictionaries.map(({ table, name, columns: theirs, no }) => {
    const wanted = columns.filter(({ column }) => theirs.has(column));
    if (wanted.length === 0) return '';
    const list = wanted.map((one) => `${expression(one, one.column, parameters)} as ${one.column}`).join(', ');
    return `left join (select no, ${list} from ${table} where organization_id = ${organization}) ${name} on ${name}.no = l.${no}`;
  });
  const select = `select ${[mark, 'l.id', 'l.occurred_at', ...columns.map(told)].join(', ')} from audit_log l ${joins.join(' ')}
    where l.organization_id = ${organization} and l.occurred_at >= ${from} and ${rest} order by l.sequence`;
  return `copy (${withLiterals(select, parameters.values)}) to stdout (format csv, delimiter ${withLiterals('$1', [separator])})`;
}

/**
 * What a COPY takes for granted: times in UTC, numbers in full, room to sort a page in memory, and each dictionary read once. The planner takes the range of numbers and that of
 * their blocks for two conditions that have nothing to do with each other, expects a handful of rows of a large log, and would look each name up by itself.
 */
export const copySettings = `set local timezone to 'UTC'; set local datestyle to 'ISO, YMD'; set local extra_float_digits to 1; set local work_mem to '64MB'; set local enable_nestloop to off`;

/** What is done to a word of a dictionary is done once for each entry, below the join, and not for each call. */
const dictionaries: readonly { table: string; name: string; no: string; columns: ReadonlySet<string> }[] = [
  { table: 'audit_caller', name: 'c', no: 'caller_no', columns: new Set(callerColumns.map(([column]) => column)) },
  { table: 'audit_route', name: 'r', no: 'route_no', columns: new Set(['method', 'route']) },
  { table: 'audit_agent', name: 'a', no: 'agent_no', columns: new Set(['user_agent']) },
];

function sqlOf(column: string): string {
  const known = recordColumns.find(([name]) => name === column);
  if (!known) throw new TypeError(`${column} is no column of a record`);
  // inet writes a single address without its length; a list of words is shown as words.
  if (column === 'marks') return `array_to_string(l.marks, ' ')`;
  return known[1];
}

function expression({ prefix, guard }: CopiedColumn, sql: string, parameters: Parameters): string {
  if (guard) {
    const characters = guard.before.map((character) => character.codePointAt(0) ?? 0);
    return `case when ascii(${sql}) in (${characters.join(', ')}) then ${parameters.add(guard.with, 'text')} || ${sql} else ${sql} end`;
  }
  if (prefix === undefined) return sql;
  if (typeof prefix === 'string') return `${parameters.add(prefix, 'text')} || ${sql}`;
  const [apiKey, user] = [parameters.add(prefix.apiKey, 'text'), parameters.add(prefix.user, 'text')];
  return `case actor_type when 'apiKey' then ${apiKey} when 'user' then ${user} end || ${sql}`;
}

type Where = { organization: string; from: string; rest: string };

function whereSql({ organizationId, filter, from, to, after, upTo }: SequenceRange, parameters: Parameters): Where {
  const block = (sequence: number): string => parameters.add(Math.floor(sequence / SEQUENCE_BLOCK), 'int');
  const rest = [
    ...(to ? [`l.occurred_at < ${parameters.add(to, 'timestamptz')}`] : []),
    // The index knows blocks of numbers; the numbers themselves are in the rows.
    `l.sequence_block between ${block(after + 1)} and ${block(upTo)}`,
    `l.sequence > ${parameters.add(after, 'bigint')} and l.sequence <= ${parameters.add(upTo, 'bigint')}`,
    ...filterSql(filter, organizationId, parameters),
  ];
  return {
    organization: parameters.add(organizationId, 'uuid'),
    from: parameters.add(from, 'timestamptz'),
    rest: rest.join(' and '),
  };
}
