/**
 * Reads the log in the order of its `sequence`, up to a number: rows at or below it are committed and never change, so page after page, in
 * transactions of their own, is one consistent snapshot. Plain functions over a `Queryable` that is inside the organization's transaction.
 */
import { toRecord, shown } from './audit.reader';
import type { Queryable, StoredRecord } from './audit.types';
import { SEQUENCE_BLOCK } from './postgres-schema';
import { everyRecord, filterSql, Parameters, type RecordFilter } from './record-filter';

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

/** The conditions of a range on `l`, a row of audit_log. */
type Where = { organization: string; from: string; rest: string };

export function whereSql({ organizationId, filter, from, to, after, upTo }: SequenceRange, parameters: Parameters): Where {
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
