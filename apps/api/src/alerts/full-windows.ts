/**
 * Which windows have become full. Only what decides comes out of the database: of a window of a day over a thousand groups, which is a million and a half counts, the sum
 * of what stays in it for each group, and the minutes at its two ends. What is full is decided by the one function that a back-test asks as well (evaluate.ts).
 */
import type { EntityManager } from 'typeorm';
import { crossings, type Firing, type MinuteCount } from './evaluate';
import { runsOf, type Run } from './minute-runs';

type Rule = { organizationId: string; id: string; threshold: number; windowMinutes: number };
/** `minutes`: those that were counted again, by time. `last`: the latest one that there is. */
type Asked = { minutes: readonly number[]; last: number };
/** What is in every window that ends in the run, beside its two ends; of a group. */
type Candidate = { group_key: string; stays: string };

/** Counts that are read at a time. */
const MOST_COUNTS = 100_000;

/** By time, then by group; a rule without groups has the one that is called ''. Of groups that were called in these minutes: no other has changed. */
export async function fullWindows(tx: EntityManager, rule: Rule, { minutes, last }: Asked): Promise<(Firing & { group: string })[]> {
  const back = rule.windowMinutes - 1;
  const full: (Firing & { group: string })[] = [];
  for (const run of runsOf(minutes, back + 1)) {
    const ends: Run = { first: run.first, last: Math.max(run.last, Math.min(run.last + back, last)) };
    const candidates = await candidatesOf(tx, rule, { minutes, ends });
    const apart = ends.last - ends.first + 1;
    const atOnce = Math.max(1, Math.floor(MOST_COUNTS / (2 * apart)));
    for (let begin = 0; begin < candidates.length; begin += atOnce) {
      const counts = await countsOf(tx, rule, { ends, candidates: candidates.slice(begin, begin + atOnce) });
      full.push(...(crossings({ ...rule, coolDownMinutes: 0 }, counts, ends.first) as (Firing & { group: string })[]));
    }
  }
  return full.sort((a, b) => a.minute - b.minute || (a.group < b.group ? -1 : 1));
}

/** From the first minute that every window of these ends holds. */
const stays = ({ windowMinutes }: Rule, { first, last }: Run): Run => ({ first: last - windowMinutes + 1, last: first - 1 });

/** Groups that can be full at all: all that their windows hold together is as much as is asked for. */
const candidatesOf = (
  tx: EntityManager,
  rule: Rule,
  { minutes, ends }: { minutes: readonly number[]; ends: Run },
): Promise<Candidate[]> => {
  const middle = stays(rule, ends);
  return tx.query<Candidate[]>(
    `with called as materialized (select distinct group_key from alert_rule_count where organization_id = $1 and rule_id = $2 and minute = any($3::int[])),
     sums as materialized (select group_key, sum(calls) as calls, coalesce(sum(calls) filter (where minute between $6 and $7), 0) as stays
       from alert_rule_count where organization_id = $1 and rule_id = $2 and minute between $4 and $5 group by 1)
     select group_key, stays from sums join called using (group_key) where calls >= $8 order by group_key collate "C"`,
    [
      ...[rule.organizationId, rule.id, minutes, ends.first - rule.windowMinutes + 1, ends.last],
      ...[middle.first, middle.last, rule.threshold],
    ],
  );
};

/** What stays counts as one minute, the last before the first end: no window of these ends is without it. */
async function countsOf(
  tx: EntityManager,
  rule: Rule,
  { ends, candidates }: { ends: Run; candidates: readonly Candidate[] },
): Promise<MinuteCount[]> {
  const middle = stays(rule, ends);
  const rows = await tx.query<{ minute: number; group_key: string; calls: string }[]>(
    `select minute, group_key, calls from alert_rule_count where organization_id = $1 and rule_id = $2 and group_key = any($3)
       and (minute between $4 and $5 or minute between $6 and $7)`,
    [
      ...[rule.organizationId, rule.id, candidates.map(({ group_key: group }) => group)],
      ...[ends.first, ends.last, ends.first - rule.windowMinutes + 1, Math.min(middle.first, ends.first) - 1],
    ],
  );
  return [
    ...candidates.map(({ group_key: group, stays: count }) => ({ minute: ends.first - 1, group, count: Number(count) })),
    ...rows.map(({ minute, group_key: group, calls }) => ({ minute, group, count: Number(calls) })),
  ];
}
