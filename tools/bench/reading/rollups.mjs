/** The sums of the rows as the store would have counted them, by the minute, the hour and the day; see libs/audit/src/postgres-rollups.ts and rollup-hours.ts. */
const values = {
  1: 'l.caller_no',
  2: 'l.route_no',
  3: `coalesce(l.status::text, '')`,
  4: `coalesce(l.country, '')`,
  5: `coalesce(host(l.ip), '')`,
};
const levels = { minute: [0, 1], hour: [10, 60] };
const DAY = 1_440;

/** One statement a dimension, over the rows that began at or after `since`. */
export function rollUpSql({ organizationId, dimension, level, since, until, ends, columns }) {
  const [added, length] = levels[level];
  const within = (index) => [index > 0 && `l.duration_ms > ${ends[index - 1]}`, index < ends.length && `l.duration_ms <= ${ends[index]}`].filter(Boolean).join(' and '); // prettier-ignore
  return `insert into audit_rollup (organization_id, dimension, minute, value, actor, bytes_out, requests, client_errors, server_errors, ${columns.join(', ')})
    select '${organizationId}', ${dimension + added}, l.minute - l.minute % ${length}, (${values[dimension]})::text, case when l.caller_no = 100 then 3 else 1 end,
      coalesce(sum(l.response_bytes), 0), count(*), count(*) filter (where l.status between 400 and 499), count(*) filter (where l.status >= 500),
      ${columns.map((_, index) => `nullif(count(*) filter (where ${within(index)}), 0)`).join(', ')}
    from audit_log l where l.organization_id = '${organizationId}' and l.occurred_at >= '${since.toISOString()}' and l.occurred_at < '${until.toISOString()}' group by 2, 3, 4, 5 order by 3`;
}

/** Days, from their hours. */
export const daysSql = ({ organizationId, untilMinute, columns }) => {
  const sums = ['bytes_out', 'requests', 'client_errors', 'server_errors', ...columns];
  return `insert into audit_rollup (organization_id, dimension, minute, value, actor, ${sums.join(', ')})
    select organization_id, dimension + 10, minute - minute % ${DAY}, value, actor, ${sums.map((column) => `sum(${column})`).join(', ')}
    from audit_rollup where organization_id = '${organizationId}' and dimension between 11 and 15 and minute < ${untilMinute - (untilMinute % DAY)} group by 1, 2, 3, 4, 5 order by 2, 3`;
};
