/**
 * One step of a rule about calls: the next numbers of the log say which minutes are to be counted again, also late ones; these are counted as a whole, and the windows
 * that they reach into are looked at. Counts, alerts and the place are kept in one transaction: whoever is stopped in between has done nothing, and goes on from there.
 *
 * A step is bounded: by numbers, by minutes, by groups, and by time; after a failure the next one is half as large. Only minutes in which something new began are
 * counted, so one late record costs one minute. What is dated ahead of the clock is counted when its minute has come and goes on; what is more than a day late is not
 * counted, and the rule says so.
 *
 * Records that come in order fire exactly what a back-test over them fires. One that comes late (its process was cut off) fires what is missing then; what was told stays.
 */
import { Injectable } from '@nestjs/common';
import {
  lastSequence,
  minuteOf,
  minutesOfSequence,
  readMinuteCounts,
  type RecordFilter,
  type SequenceMinute,
} from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { logViewOf, readBodyLogFilter, recordFilter } from '../audit-logs';
import type { SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { AlertOpenings } from './alert-openings.service';
import { hasAlerts } from './alert-plan';
import { groupOf, watchOf, type RuleRow, type Watch } from './alert-rule';
import { beginAnew, ruleToRun } from './alert-rules.queries';
import { MOST_GROUPS } from './bounds';
import { paused, pauseMinutes, type Firing, type Thresholds } from './evaluate';
import { fullWindows } from './full-windows';
import { runsOf, type Run } from './minute-runs';

const DAY_MINUTES = 1_440;
/** Kept beyond the window, for records that come late. */
const KEPT_MINUTES = DAY_MINUTES;
/** The clocks of hosts differ, and a minute that goes on has begun. */
const AHEAD_MINUTES = 5;
const STATEMENT_TIMEOUT_MS = 10_000;
/** For what somebody else is changing. Shorter, so that waiting is not taken for counting that takes too long. */
const LOCK_TIMEOUT_MS = 3_000;
/** Of the log, in one step. */
const MOST_NUMBERS = 50_000;
const MOST_MINUTES = 64;

export type CallRule = RuleRow & { watch: Extract<Watch, { kind: 'filter' }> };
type Known = Pick<Firing, 'minute' | 'group'> & { id: string };
/** What a step looks at. */
type Fresh = { upTo: number; minutes: readonly SequenceMinute[] };

@Injectable()
export class RuleSteps {
  constructor(
    private readonly clock: Clock,
    private readonly openings: AlertOpenings,
  ) {}

  /** True: there is more up to this number. */
  async step(tx: EntityManager, actor: SystemActor, { id, head }: { id: string; head: number }): Promise<boolean> {
    await tx.query(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}; set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const row = await ruleToRun(tx, actor, { id, head });
    // The plan may have been changed since it was asked for.
    if (row === null || !(await hasAlerts(tx, actor))) return false;
    const watch = watchOf(row);
    if (watch.kind !== 'filter') return false;
    if (row.rests_since !== null) {
      // What came while the plan had no alerts is no news.
      await beginAnew(tx, actor, id, {
        minute: minuteOf(this.clock.now().getTime()),
        sequence: await lastSequence(tx, actor.organizationId),
      });
      return false;
    }
    const fresh = await this.fresh(tx, actor, row, head);
    const looked = await this.look(tx, actor, { ...(await this.putRight(tx, actor, row)), watch }, fresh);
    await tx.query(
      `update alert_rule set through_sequence = $3, last_minute = greatest(last_minute, $4), missed_calls = missed_calls + $5,
         missed_at = case when $5 > 0 then $6 else missed_at end, next_look_at = null, failures = greatest(failures - 1, 0),
         failing_since = case when failures > 1 then failing_since end, last_error = case when failures > 1 then last_error end
       where organization_id = $1 and id = $2`,
      [actor.organizationId, id, fresh.upTo, looked.last, looked.missed, this.clock.now()],
    );
    return fresh.upTo < head;
  }

  /**
   * The clock was ahead when it last looked, or when the rule was made: measured from there, all that comes now would be late. Its new calls were recorded after it
   * was made, whatever their time, so they count.
   */
  private async putRight(tx: EntityManager, { organizationId }: SystemActor, row: RuleRow): Promise<RuleRow> {
    const now = minuteOf(this.clock.now().getTime());
    const latest = now + AHEAD_MINUTES;
    if (row.counts_from <= latest && (row.last_minute ?? 0) <= latest) return row;
    const right = {
      counts_from: row.counts_from > latest ? now - KEPT_MINUTES : row.counts_from,
      last_minute: row.last_minute && Math.min(row.last_minute, latest),
    };
    await tx.query('update alert_rule set counts_from = $3, last_minute = $4 where organization_id = $1 and id = $2', [
      ...[organizationId, row.id, right.counts_from, right.last_minute],
    ]);
    return { ...row, ...right };
  }

  private async fresh(tx: EntityManager, { organizationId }: SystemActor, row: RuleRow, head: number): Promise<Fresh> {
    const { begins } = await logViewOf(tx, { organizationId }, this.clock.now());
    const after = Number(row.through_sequence);
    const most = (bound: number): number => Math.max(1, bound >> Math.min(row.failures, 20));
    const read = (upTo: number): Promise<SequenceMinute[]> => minutesOfSequence(tx, { organizationId, from: begins, after, upTo });
    const upTo = Math.min(head, after + most(MOST_NUMBERS));
    const minutes = await read(upTo);
    const next = [...minutes].sort((a, b) => a.first - b.first)[most(MOST_MINUTES)];
    return next === undefined ? { upTo, minutes } : { upTo: next.first - 1, minutes: await read(next.first - 1) };
  }

  private async look(
    tx: EntityManager,
    actor: SystemActor,
    rule: CallRule,
    { minutes }: Fresh,
  ): Promise<{ last: number | null; missed: number }> {
    const latest = minuteOf(this.clock.now().getTime()) + AHEAD_MINUTES;
    const asked = minutes.filter(({ minute }) => minute >= rule.counts_from && minute <= latest);
    const earliest = rule.last_minute === null ? rule.counts_from : rule.last_minute - KEPT_MINUTES;
    const counted = asked.filter(({ minute }) => minute >= earliest).map(({ minute }) => minute);
    const missed = asked.reduce((sum, { minute, requests }) => sum + (minute < earliest ? requests : 0), 0);
    const last = counted.at(-1);
    if (last === undefined) return { last: null, missed };
    const filter = await recordFilter(tx, actor.organizationId, readBodyLogFilter(rule.watch.filter).filter);
    for (const run of runsOf(counted, 1)) await count(tx, actor, rule, { ...run, filter });
    await this.fire(tx, actor, rule, counted);
    await tx.query('delete from alert_rule_count where organization_id = $1 and rule_id = $2 and minute < $3', [
      ...[actor.organizationId, rule.id, Math.max(last, rule.last_minute ?? last) - rule.watch.windowMinutes - KEPT_MINUTES],
    ]);
    return { last, missed };
  }

  private async fire(tx: EntityManager, actor: SystemActor, rule: CallRule, minutes: readonly number[]): Promise<void> {
    const thresholds: Thresholds = { ...rule.watch, coolDownMinutes: rule.cool_down_minutes };
    const last = Math.max(minutes.at(-1) ?? 0, rule.last_minute ?? 0);
    const asked = { organizationId: actor.organizationId, id: rule.id, ...rule.watch };
    const full = (await fullWindows(tx, asked, { minutes, last })).map((one): Firing => ({ ...one, group: groupKey(rule, one.group) }));
    const known = await knownFirings(tx, actor, rule, { since: (minutes[0] ?? 0) - pauseMinutes(thresholds), full });
    const grown = known.flatMap(({ id, minute, group }) => full.filter((one) => one.minute === minute && one.group === group).map(({ count: now }) => ({ id, count: now }))); // prettier-ignore
    await this.openings.grow(tx, actor, grown);
    await this.openings.ofCalls(tx, actor, rule, paused(thresholds, full, known));
  }
}

/** What was counted of these minutes is counted again. */
async function count(
  tx: EntityManager,
  { organizationId }: SystemActor,
  rule: CallRule,
  { first, last, filter }: Run & { filter: RecordFilter },
): Promise<void> {
  const lines = await readMinuteCounts(tx, {
    ...{ organizationId, filter, groupBy: groupOf(rule.watch.groupBy), from: first, to: last + 1 },
    ...{ mostGroups: MOST_GROUPS, atLeast: 1, mostLines: MOST_GROUPS * (last + 1 - first) },
  });
  await tx.query('delete from alert_rule_count where organization_id = $1 and rule_id = $2 and minute >= $3 and minute <= $4', [
    ...[organizationId, rule.id, first, last],
  ]);
  await tx.query(
    `insert into alert_rule_count (organization_id, rule_id, minute, group_key, calls)
     select $1, $2, minute, group_key, calls from unnest($3::int[], $4::text[], $5::bigint[]) u (minute, group_key, calls)`,
    [
      ...[organizationId, rule.id, lines.map(({ minute }) => minute)],
      ...[lines.map(({ group }) => group ?? ''), lines.map(({ count: calls }) => calls)],
    ],
  );
}

const groupKey = ({ watch }: CallRule, key: string): string | null => (watch.groupBy === 'none' ? null : key);

/** What it fired before, as far as that keeps it from firing. */
async function knownFirings(
  tx: EntityManager,
  { organizationId }: SystemActor,
  rule: CallRule,
  { since, full }: { since: number; full: readonly Firing[] },
): Promise<Known[]> {
  if (full.length === 0) return [];
  const rows = await tx.query<{ id: string; minute: number; group_key: string }[]>(
    `select id, minute, group_key from alert where organization_id = $1 and rule_id = $2 and group_key = any($3) and minute > $4 and finding_id is null`,
    [organizationId, rule.id, [...new Set(full.map(({ group }) => group ?? ''))], since],
  );
  return rows.map(({ id, minute, group_key }) => ({ id, minute, group: groupKey(rule, group_key) }));
}
