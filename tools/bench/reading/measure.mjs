/** Times of the product and of SQL by hand, in turns, each in a transaction of the kind that the product reads in; and the plans of what the product asked. */
import { organizationId } from './load.mjs';

const quantile = (numbers, share) =>
  [...numbers].sort((a, b) => a - b)[Math.min(numbers.length - 1, Math.ceil(numbers.length * share) - 1)];
export const figures = (times) => ({ p50: quantile(times, 0.5), p95: quantile(times, 0.95), times: times.length });

/** As `Tenant.run` does: BEGIN, the organization, the work, COMMIT. */
export async function inTenant(client, work) {
  await client.query('begin');
  await client.query(`set local app.organization_id = '${organizationId}'`);
  const result = await work(client);
  await client.query('commit');
  return result;
}

export async function timed(work) {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Each way once a round, in turns; who begins changes. */
export async function inTurns(ways, rounds) {
  const times = ways.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let step = 0; step < ways.length; step += 1) {
      const at = (step + round) % ways.length;
      times[at].push(await timed(ways[at]));
    }
  }
  return times.map(figures);
}

const list = 'l.occurred_at desc, l.id desc';

/** Of one combination: every statement that could be the best, over the columns that the product shows. `$1` is the organization. */
export function statementsOf({ hand }, { from, to, limit, shown }) {
  const range = `l.organization_id = $1 and l.occurred_at >= '${from.toISOString()}'${to ? ` and l.occurred_at < '${to.toISOString()}'` : ''}`;
  const minutes = `l.minute >= ${Math.floor(from / 60_000)}${to ? ` and l.minute <= ${Math.floor(to / 60_000)}` : ''}`;
  const whole = (rows) => `${shown(rows)} order by ${list}`;
  const found = (hand.where ?? []).flatMap((where) => [
    `select * from audit_log l where ${range} and ${where} order by ${list} limit ${limit}`,
    `select * from (select * from audit_log l where ${range} and ${where} offset 0) l order by ${list} limit ${limit}`,
  ]);
  const each = hand.each && `select l.* from (${hand.each.keys}) k cross join lateral (select * from audit_log l where ${range} and ${minutes} and ${hand.each.on} order by l.minute desc, ${list} limit ${limit}) l order by ${list} limit ${limit}`; // prettier-ignore
  return [...found, ...(each ? [each] : [])].map(whole);
}

/** The partitions of the log that the plans of `work` read. */
export async function partitionsOf(client, audit, work) {
  const read = new Set();
  const query = async (sql, parameters) => {
    const settings = sql.startsWith('set ');
    const [{ 'QUERY PLAN': plan }] = settings
      ? [{ 'QUERY PLAN': null }]
      : (await client.query(`explain (format json) ${sql}`, parameters)).rows;
    for (const [, name] of JSON.stringify(plan).matchAll(/"Relation Name":\s*"(audit_log_[a-z0-9_]+)"/g)) read.add(name);
    return audit.pgQueryable(client).query(sql, parameters);
  };
  await inTenant(client, () => work({ query }));
  return [...read].sort();
}

/** The months that a range of time lies in; without an end also those to come, and the partition of what no month was made for. */
export function mayRead(name, { from, to }) {
  if (name === 'audit_log_default') return to === null;
  const [, year, month] = /(\d{4})_(\d{2})$/.exec(name);
  return Date.UTC(year, month, 1) > from && (to === null || Date.UTC(year, month - 1, 1) < to);
}
