/**
 * Looks at what is new in the log for each rule about calls. A rule has counted everything up to a number of the log; what came since says which minutes are to be
 * counted again, also late ones, and the rule is asked again from the first of these on. Counts, alerts and the place are kept in one transaction: whoever is stopped
 * in between has done nothing, and goes on from there. Runs in one process at a time (alerts.jobs.ts).
 *
 * Records that come in order fire exactly what a back-test over them fires. One that comes late (its process was cut off) fires what is missing then; what was told stays.
 */
import { Injectable, Logger } from '@nestjs/common';
import { lastSequence, minutesOfSequence, readMinuteCounts } from '@pinebill/nestjs-audit';
import { DataSource, type EntityManager } from 'typeorm';
import { logViewOf, readBodyLogFilter, recordFilter } from '../audit-logs';
import { Tenant } from '../database/tenant';
import { systemActor, type SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { isDatabaseAway } from '../platform/problem';
import { AlertDues } from './alert-dues.service';
import { AlertOpenings } from './alert-openings.service';
import { hasAlerts, plansWithAlerts } from './alert-plan';
import { groupOf, watchOf, type RuleRow, type Watch } from './alert-rule';
import { ruleToRun, rulesBehind } from './alert-rules.queries';
import { crossings, paused, pauseMinutes, type Firing, type MinuteCount, type Thresholds } from './evaluate';
import { MOST_GROUPS } from './bounds';

const DAY_MINUTES = 1_440;
/** Kept beyond the window, for records that come late. */
const KEPT_MINUTES = DAY_MINUTES;
const STATEMENT_TIMEOUT_MS = 10_000;

export type CallRule = RuleRow & { watch: Extract<Watch, { kind: 'filter' }> };
type Span = { first: number; last: number };

@Injectable()
export class RuleRunner {
  private readonly logger = new Logger('Alerts');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly openings: AlertOpenings,
    private readonly dues: AlertDues,
  ) {}

  /** Organizations with records that a rule has not looked at, or with somebody to tell. */
  async due(): Promise<string[]> {
    const found = await this.db.query<{ organization_id: string }[]>('select organization_id from alerts_due($1, $2)', [
      plansWithAlerts,
      this.clock.now(),
    ]);
    return found.map(({ organization_id }) => organization_id);
  }

  /** One organization after the other, each rule in a transaction of its own: one that fails holds up no other. */
  async run(): Promise<void> {
    for (const organizationId of await this.due()) {
      const actor = systemActor('alerts', organizationId);
      await this.attempt(`of ${organizationId}`, () => this.look(actor));
      await this.attempt(`of ${organizationId}, to be told`, () => this.dues.tell(actor));
    }
  }

  private async look(actor: SystemActor): Promise<void> {
    const { head, rules } = await this.tenant.run(actor, async (tx) => {
      const last = await lastSequence(tx, actor.organizationId);
      return { head: last, rules: await rulesBehind(tx, actor, last) };
    });
    for (const { id, name } of rules)
      await this.attempt(`of the rule ${name}`, () => this.tenant.run(actor, (tx) => this.lookWith(tx, actor, { id, head })));
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.error(
        `Alerts ${what} could not be looked at; tried again in a moment`,
        error instanceof Error ? error.stack : String(error),
      );
    }
  }

  private async lookWith(tx: EntityManager, actor: SystemActor, { id, head }: { id: string; head: number }): Promise<void> {
    const row = await ruleToRun(tx, actor, { id, head });
    // The plan may have been changed since it was asked for.
    if (row === null || !(await hasAlerts(tx, actor))) return;
    const watch = watchOf(row);
    if (watch.kind !== 'filter') return;
    await tx.query(`set local statement_timeout = ${STATEMENT_TIMEOUT_MS}`);
    const { begins } = await logViewOf(tx, actor, this.clock.now());
    const fresh = await minutesOfSequence(tx, {
      organizationId: actor.organizationId,
      from: begins,
      after: Number(row.through_sequence),
      upTo: head,
    });
    if (fresh !== null)
      await this.countAndFire(tx, actor, { ...row, watch }, { first: Math.max(fresh.first, row.counts_from), last: fresh.last });
    await tx.query('update alert_rule set through_sequence = $3 where organization_id = $1 and id = $2', [actor.organizationId, id, head]);
  }

  private async countAndFire(tx: EntityManager, actor: SystemActor, rule: CallRule, span: Span): Promise<void> {
    if (span.first > span.last) return;
    await this.count(tx, actor, rule, span);
    const counts = await countsFor(tx, actor, rule, span);
    const thresholds: Thresholds = { ...rule.watch, coolDownMinutes: rule.cool_down_minutes };
    const full = crossings(thresholds, counts, span.first);
    const known = await knownFirings(tx, actor, rule, { since: span.first - pauseMinutes(thresholds), full });
    await raiseCounts(tx, actor, { full, known });
    await this.openings.ofCalls(tx, actor, rule, paused(thresholds, full, known));
    await tx.query('delete from alert_rule_count where organization_id = $1 and rule_id = $2 and minute < $3', [
      ...[actor.organizationId, rule.id, span.last - rule.watch.windowMinutes - KEPT_MINUTES],
    ]);
  }

  /** What was counted of these minutes is counted again. Very late ones reach back to what is not kept any more: then that is, too. */
  private async count(tx: EntityManager, actor: SystemActor, rule: CallRule, { first, last }: Span): Promise<void> {
    const { organizationId } = actor;
    const [kept] = await tx.query<{ last: number | null }[]>('select max(minute) as last from alert_rule_count where organization_id = $1 and rule_id = $2', [organizationId, rule.id]); // prettier-ignore
    const isLate = typeof kept?.last === 'number' && first < kept.last - KEPT_MINUTES;
    const from = isLate ? Math.max(first - rule.watch.windowMinutes + 1, rule.counts_from) : first;
    const filter = await recordFilter(tx, organizationId, readBodyLogFilter(rule.watch.filter).filter);
    await tx.query('delete from alert_rule_count where organization_id = $1 and rule_id = $2 and minute >= $3 and minute <= $4', [organizationId, rule.id, from, last]); // prettier-ignore
    for (let begin = from; begin <= last; begin += DAY_MINUTES) {
      const lines = await readMinuteCounts(tx, {
        ...{ organizationId, filter, groupBy: groupOf(rule.watch.groupBy), from: begin, to: Math.min(begin + DAY_MINUTES, last + 1) },
        ...{ mostGroups: MOST_GROUPS, atLeast: 1, mostLines: MOST_GROUPS * DAY_MINUTES },
      });
      await tx.query(
        `insert into alert_rule_count (organization_id, rule_id, minute, group_key, calls)
         select $1, $2, minute, group_key, calls from unnest($3::int[], $4::text[], $5::bigint[]) u (minute, group_key, calls)`,
        [
          organizationId,
          rule.id,
          lines.map(({ minute }) => minute),
          lines.map(({ group }) => group ?? ''),
          lines.map(({ count }) => count),
        ],
      );
    }
  }
}

/** Of the groups that were called in these minutes or after: no other can have become full. */
async function countsFor(tx: EntityManager, { organizationId }: SystemActor, rule: CallRule, { first }: Span): Promise<MinuteCount[]> {
  const rows = await tx.query<{ minute: number; group_key: string; calls: string }[]>(
    `with busy as (select distinct group_key from alert_rule_count where organization_id = $1 and rule_id = $2 and minute >= $4)
     select minute, group_key, calls from alert_rule_count where organization_id = $1 and rule_id = $2 and minute >= $3 and group_key in (select group_key from busy)`,
    [organizationId, rule.id, first - rule.watch.windowMinutes + 1, first],
  );
  return rows.map(({ minute, group_key, calls }) => ({ minute, group: groupKey(rule, group_key), count: Number(calls) }));
}

const groupKey = ({ watch }: CallRule, key: string): string | null => (watch.groupBy === 'none' ? null : key);
type Known = Pick<Firing, 'minute' | 'group'> & { id: string };

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

/** The minute went on after it fired. */
async function raiseCounts(
  tx: EntityManager,
  { organizationId }: SystemActor,
  { full, known }: { full: readonly Firing[]; known: readonly Known[] },
): Promise<void> {
  for (const { id, minute, group } of known) {
    const now = full.find((one) => one.minute === minute && one.group === group);
    if (now)
      await tx.query('update alert set count = greatest(count, $3) where organization_id = $1 and id = $2', [
        organizationId,
        id,
        now.count,
      ]);
  }
}
