/**
 * The SQL of a list: of a look through the first rows in order of time, and of asking an index for what it knows (record-sources.ts).
 */
import type { ListRecords } from './audit.reader';
import { minuteOf } from './postgres-schema';
import { filterSql, type Parameters, type RecordCondition } from './record-filter';
import type { Leg, Source } from './record-sources';

/** What an index has less rows of is `rare`. So many rows are looked through at first, and so many at most when some of the first fit. */
export type Look = { rare: number; first: number; longest: number };
export const usualLook: Look = { rare: 100, first: 800, longest: 12_000 };
/** Of what is few as a rule, so many times as many may be read: still sooner than to ask what else there is. */
const FEW = 15;
/** So far is counted which of several indexes is the best. */
const MOST_COUNTED = 1_500;
/** A range of an index is not in order of time, and read whole. */
const LONGEST_RANGE = 5_000;

export const inOrder = (order: 'asc' | 'desc'): string => `l.occurred_at ${order}, l.id ${order}`;

/** How many rows have to be looked through for a page, going by how many of the first ones fit, and a half more. */
export const expectedLook = (found: number, { limit }: ListRecords, { first }: Look): number => Math.ceil((first * limit * 1.5) / found);

/** The page as an index has it, and `wide`, whether that is more than was read of it. */
export function searchSql(list: ListRecords, source: Source, parameters: Parameters): Found {
  const legs = source.legs(parameters).map((leg, index) => legSql(leg, { name: `leg${index}`, list, parameters }));
  const ranges = legs.flatMap(({ range }) => range ?? []);
  const wide = ranges.map(({ name }) => `(select count(*) from ${name}) > ${LONGEST_RANGE}`).join(' or ') || 'false';
  const rows = legs.map((leg) => leg.rows).join(' union all ');
  return {
    tables: ranges.map(({ name, sql }) => `${name} as materialized (${sql})`),
    head: `${wide} as wide`,
    rows: page(rows, list, parameters),
  };
}

/** The page from whichever index knows of less than `rare` rows, the first of them; `rare`, whether there is one. In one statement, for to plan one takes longer than to run it. */
export function rareSql(list: ListRecords, { sources, rare }: { sources: readonly Source[]; rare: number }, parameters: Parameters): Found {
  const bounds = sources.map((source) => (source.few ? rare * FEW : rare));
  const few = sources.map((source, index) => fewSql(source, { list, rare: bounds[index] ?? rare }, parameters));
  const chosen = few.map((_, index) => `when (select count(*) from few${index}) < ${bounds[index]} then ${index}`).join(' ');
  const rows = few.map(
    ({ settled }, index) =>
      `(select * from few${index} l where (select no from chosen) = ${index} and ${passing(list, parameters, settled)})`,
  );
  return {
    tables: [
      ...few.map(({ sql }, index) => `few${index} as materialized (${sql})`),
      `chosen as materialized (select case ${chosen} end as no)`,
    ],
    head: '(select no from chosen) is not null as rare',
    rows: page(rows.join(' union all '), list, parameters),
  };
}

/** Some rows of a source; all, if they are few. In the order of the index, so that it is this index that is asked. */
function fewSql(
  source: Source,
  { list, rare }: { list: ListRecords; rare: number },
  parameters: Parameters,
): { sql: string; settled: RecordCondition[] } {
  const legs = source.legs(parameters);
  const rows = legs.map((leg) => someOf(leg, { list, parameters, columns: '*', most: rare }));
  const [first, ...others] = legs.map(({ settles }) => settles);
  return {
    sql: `select * from (${rows.join(' union all ')}) l limit ${rare}`,
    settled: (first ?? []).filter((condition) => others.every((settles) => settles.includes(condition))),
  };
}

type SomeOf = { list: ListRecords; parameters: Parameters; columns: string; most: number };

function someOf({ keys, on, unordered }: Leg, { list, parameters, columns, most }: SomeOf): string {
  const where = [on, rangeSql(list, parameters), ...(unordered ? [] : [minutesSql(list, parameters)])].join(' and ');
  const one = `(select ${columns} from audit_log l where ${where} order by ${unordered ?? `l.minute ${list.order}`} limit ${most})`;
  return keys ? `(select l.* from ${keys} k cross join lateral ${one} l limit ${most})` : one;
}

/** `rows`: of audit_log, over the `tables`. `head`: something about them, which is told also where there is none. */
export type Found = { tables: string[]; head: string; rows: string };

const page = (rows: string, { order, limit }: ListRecords, parameters: Parameters): string =>
  `select * from (${rows}) l order by ${inOrder(order)} limit ${parameters.add(limit, 'int')}`;

type LegOf = { name: string; list: ListRecords; parameters: Parameters };

/**
 * For each key of the index as many rows as the page takes, in the order of the index: however rare or long ago a key called, only its own rows are read. The minute
 * comes first in the order because the index knows no more; within it the rows are sorted. A range is read up to a number of rows, in the order of the index, which
 * also keeps the planner from hoping that it meets enough rows of it on a way through all.
 */
function legSql(
  { keys, on, unordered, settles }: Leg,
  { name, list, parameters }: LegOf,
): { rows: string; range?: { name: string; sql: string } } {
  const { order } = list;
  const range = rangeSql(list, parameters);
  if (unordered) {
    const sql = `select * from audit_log l where ${on} and ${range} order by ${unordered} limit ${LONGEST_RANGE + 1}`;
    return { rows: `select * from ${name} l where ${passing(list, parameters, settles)}`, range: { name, sql } };
  }
  const where = [on, range, minutesSql(list, parameters), passing(list, parameters, settles)].join(' and ');
  const rows = `(select * from audit_log l where ${where} order by l.minute ${order}, ${inOrder(order)} limit ${parameters.add(list.limit, 'int')})`;
  return { rows: keys ? `(select l.* from ${keys} k cross join lateral ${rows} l)` : rows };
}

/** How many rows a source has, up to a bound. */
export function countSql(source: Source, list: ListRecords, parameters: Parameters): string {
  const rows = source.legs(parameters).map((leg) => someOf(leg, { list, parameters, columns: '1', most: MOST_COUNTED }));
  return `select count(*) from (select from (${rows.join(' union all ')}) c limit ${MOST_COUNTED}) c`;
}

export const firstRows = (list: ListRecords, most: number, parameters: Parameters): string =>
  `select * from audit_log l where ${rangeSql(list, parameters)} order by ${inOrder(list.order)} limit ${parameters.add(most, 'int')}`;

/** The conditions of the filter alone, without those that are settled. */
export function passing({ filter, organizationId }: ListRecords, parameters: Parameters, settled: readonly RecordCondition[] = []): string {
  const conditions = filter.conditions.filter((condition) => !settled.includes(condition));
  return filterSql({ ...filter, conditions }, organizationId, parameters).join(' and ') || 'true';
}

/** Of this organization, in the range of time, behind the page before. */
export function rangeSql(list: ListRecords, parameters: Parameters): string {
  const { organizationId, order, after } = list;
  const where = [`l.organization_id = ${parameters.add(organizationId, 'uuid')}`];
  for (const { operator, at } of rangeOf(list)) where.push(`l.occurred_at ${operator} ${parameters.add(at, 'timestamptz')}`);
  if (after) {
    const place = `(${parameters.add(after.occurredAt, 'timestamptz')}, ${parameters.add(after.id, 'uuid')})`;
    where.push(`(l.occurred_at, l.id) ${order === 'desc' ? '<' : '>'} ${place}`);
  }
  return where.join(' and ');
}

type Bound = { operator: '>=' | '<=' | '<'; at: Date };

/** The range of time, cut at the page's beginning: without that the planner would look into every partition before it. */
function rangeOf({ order, after, from, to }: ListRecords): Bound[] {
  const first = after && order === 'asc' && after.occurredAt > from ? after.occurredAt : from;
  const begin = { operator: '>=', at: first } as const;
  if (after && order === 'desc' && (!to || after.occurredAt < to)) return [begin, { operator: '<=', at: after.occurredAt }];
  return to ? [begin, { operator: '<', at: to }] : [begin];
}

/** What is left of the range of time, half-open. */
export function spanOf(list: ListRecords): { from: Date; to: Date | null } {
  const [begin, end] = rangeOf(list);
  return { from: begin?.at ?? list.from, to: end ? new Date(end.at.getTime() + (end.operator === '<=' ? 1 : 0)) : null };
}

/** The same range in whole minutes, both ends included, for an index that ends with the minute. */
const minutesSql = (list: ListRecords, parameters: Parameters): string =>
  rangeOf(list)
    .map(({ operator, at }) => `l.minute ${operator === '>=' ? '>=' : '<='} ${parameters.add(minuteOf(at.getTime()), 'int')}`)
    .join(' and ');
