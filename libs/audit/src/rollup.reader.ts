/** Reads the roll-ups: what was called how often, with how many errors, and how long it took. `db` is inside the organization's transaction. */
import type { Queryable } from './audit.types';
import { minuteOf } from './postgres-schema';
import { bucketColumns, dimensions, quantileMs, type Dimension } from './rollup-shape';

export type RollupGroup = 'apiKeyId' | 'route' | 'status' | 'country' | 'ip';
export type ReadRollup = {
  organizationId: string;
  groupBy: RollupGroup;
  /** Half-open, and in whole minutes: the minute that `from` lies in is counted whole, as is the last one that begins before `to`. */
  from: Date;
  to: Date;
  /** Length of an interval; intervals begin at multiples of it since 1970. */
  intervalMinutes: number;
};
export type RollupLine = {
  /** The id of the key, the route, status, country or address; null where a record has none. `*` of `ip`: addresses that were not told apart. */
  group: string | null;
  from: Date;
  requests: number;
  clientErrors: number;
  serverErrors: number;
  bytesOut: number;
  /** From a histogram: right to its step. Null when no call has a duration. */
  p50Ms: number | null;
  p95Ms: number | null;
  p99Ms: number | null;
};

const groups: Record<RollupGroup, { dimension: Dimension; sql: string; join: string }> = {
  apiKeyId: {
    dimension: 'caller',
    sql: 'd.api_key_id::text',
    join: 'left join audit_caller d on d.organization_id = u.organization_id and d.no = u.value::integer',
  },
  route: {
    dimension: 'route',
    sql: 'd.route',
    join: 'left join audit_route d on d.organization_id = u.organization_id and d.no = u.value::integer',
  },
  status: { dimension: 'status', sql: `nullif(u.value, '')`, join: '' },
  country: { dimension: 'country', sql: `nullif(u.value, '')`, join: '' },
  ip: { dimension: 'address', sql: `nullif(u.value, '')`, join: '' },
};

/** By time, then the busiest first. */
export async function readRollup(db: Queryable, { organizationId, groupBy, from, to, intervalMinutes }: ReadRollup): Promise<RollupLine[]> {
  const { dimension, sql, join } = groups[groupBy];
  const sums = [...['requests', 'client_errors', 'server_errors', 'bytes_out'], ...bucketColumns];
  const rows = await db.query(
    `select ${sql} as grouped, u.minute / $5::integer * $5::integer as minute, ${sums.map((column) => `coalesce(sum(u.${column}), 0) as ${column}`).join(', ')}
     from audit_rollup u ${join}
     where u.organization_id = $1 and u.dimension = $2 and u.minute >= $3 and u.minute < $4
     group by 1, 2 order by 2, sum(u.requests) desc, 1`,
    [organizationId, dimensions[dimension], minuteOf(from.getTime()), minuteOf(to.getTime() + 59_999), intervalMinutes],
  );
  return rows.map(toLine);
}

function toLine(row: Record<string, unknown>): RollupLine {
  const buckets = bucketColumns.map((column) => Number(row[column]));
  return {
    group: row['grouped'] as string | null, // as the SQL above
    from: new Date(Number(row['minute']) * 60_000),
    requests: Number(row['requests']),
    clientErrors: Number(row['client_errors']),
    serverErrors: Number(row['server_errors']),
    bytesOut: Number(row['bytes_out']),
    p50Ms: quantileMs(buckets, 0.5),
    p95Ms: quantileMs(buckets, 0.95),
    p99Ms: quantileMs(buckets, 0.99),
  };
}
