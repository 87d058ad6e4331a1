/**
 * What a rule would have done. Counts by minute and group come from the database in steps, newest first, each in a transaction of its own; what fires is decided by the
 * same function that the live runner asks (evaluate.ts), as if the rule had been made at the beginning of what was looked at. Where there is more than can be counted
 * while somebody waits, the answer is exact for a shorter time, and says which.
 */
import { Injectable } from '@nestjs/common';
import { parseInstant } from '@pinebill/contract';
import { countableFrom, minuteOf, readMinuteCounts, readStats, type RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { logViewOf, readBodyLogFilter, recordFilter, type LogView } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { requireId, typeId } from '../platform/ids';
import { tookTooLong } from '../platform/problem';
import { RowTurns } from '../platform/row-turns';
import { invalidFields } from '../platform/validation';
import { requireAlerts } from './alert-plan';
import { AlertTelling } from './alert-telling.service';
import { contentOf, groupOf, newContent, type RuleContent, type Watch } from './alert-rule';
import type { BackTest, BackTestAlertRule, BackTestFiring, BackTestSavedRule } from './alert-rules.dto';
import { getRule } from './alert-rules.queries';
import { requireSubjects } from './rule-subjects';
import { toGroup } from './alert-view';
import { MOST_GROUPS } from './bounds';
import { crossings, findingFirings, paused, type Firing, type MinuteCount, type Thresholds } from './evaluate';
import { findingsBetween, findingGroup, fits, lookedAt, type ArrivedFinding } from './finding-match';
import { rowsFilter, windowOf } from './group-filter';
import { quietUntil } from './quiet-hours';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAYS = 30;
/** Of the log, where its sums do not carry the filter: a few seconds. */
const MOST_ROWS = 2_000_000;
const MOST_LINES = 300_000;
const STEP_TIMEOUT_MS = 8_000;
const TOGETHER_MS = 20_000;
const MOST_SHOWN = 200;
const MOST_FINDINGS = 20_000;

type Calls = Extract<Watch, { kind: 'filter' }>;
type Findings = Extract<Watch, { kind: 'detector' }>;
/** Minutes, half-open. */
type Span = { from: number; to: number };
type Limit = BackTest['limitedBy'];
type Fired = { minute: number; group: string | null; count: number };
/** `minute`: when it was found; a pause is reckoned by when its calls began. */
type FiredFinding = Fired & { finding: ArrivedFinding };
type Asked = { period: BackTestSavedRule; content: RuleContent };

@Injectable()
export class BackTests {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly turns: RowTurns,
    private readonly telling: AlertTelling,
  ) {}

  ofDraft(actor: Actor, { rule, ...period }: BackTestAlertRule): Promise<BackTest> {
    return this.turns.take(actor, async () => {
      await this.tenant.run(actor, (tx) => requireAlerts(tx, actor));
      const content = newContent(rule);
      // What could not be saved is not tried either.
      await this.tenant.run(actor, async (tx) => {
        await this.telling.requireChannels(tx, actor, content);
        await requireSubjects(tx, actor, content);
      });
      return this.test(actor, { period, content });
    });
  }

  ofSaved(actor: Actor, id: string, period: BackTestSavedRule): Promise<BackTest> {
    const uuid = requireId('rul', id);
    return this.turns.take(actor, async () => {
      const content = await this.tenant.run(actor, async (tx) => {
        const row = await getRule(tx, actor, uuid);
        await requireAlerts(tx, actor);
        return contentOf(row);
      });
      return this.test(actor, { period, content });
    });
  }

  private async test(actor: Actor, { period, content }: Asked): Promise<BackTest> {
    const { span, limitedBy } = await this.tenant.run(actor, async (tx) => spanOf(period, await logViewOf(tx, actor, this.clock.now())));
    const { watch } = content;
    if (watch.kind === 'filter') return this.ofCalls(actor, { content, watch, span, limitedBy });
    return this.ofFindings(actor, { content, watch, span, limitedBy });
  }

  private async ofCalls(actor: Actor, of: { content: RuleContent; watch: Calls; span: Span; limitedBy: Limit }): Promise<BackTest> {
    const { content, watch } = of;
    const look = await this.lookBack(actor, of);
    const thresholds: Thresholds = { ...watch, coolDownMinutes: content.coolDownMinutes };
    const fired = paused(thresholds, look.full);
    const series = await this.seriesOf(actor, watch, look.span);
    const names = await this.namesOf(actor, watch, fired);
    const view = (one: Fired): BackTestFiring => toFiring(content, watch, one, names);
    return toAnswer({ span: look.span, limitedBy: look.limitedBy, series, fired, view, isQuiet: (one) => isQuiet(content, one.minute) });
  }

  /** Windows that were full, by time; and what was really looked at. */
  private async lookBack(
    actor: Actor,
    { watch, span: asked, limitedBy }: { watch: Calls; span: Span; limitedBy: Limit },
  ): Promise<{ span: Span; limitedBy: Limit; full: Firing[] }> {
    const { filter, from } = await this.tenant.run(actor, async (tx) => this.countable(tx, actor, watch, asked));
    const span = { from, to: asked.to };
    const found: Firing[][] = [];
    const startedAt = performance.now();
    let [lines, done, last] = [0, span.to, [] as MinuteCount[]];
    for (const step of stepsOf(span, watch.windowMinutes)) {
      const late = performance.now() - startedAt > TOGETHER_MS;
      // Windows reach back into the step before; nothing reaches back behind the beginning.
      const wide = { from: Math.max(span.from, step.from - watch.windowMinutes + 1), to: step.to };
      const counts = late ? null : await this.countsOf(actor, { watch, filter, span: wide });
      lines += counts?.length ?? 0;
      if (counts === null || lines > MOST_LINES) return { ...this.cutOff(watch, { span, done, last, found }), limitedBy: 'size' };
      found.unshift(crossings({ ...watch, coolDownMinutes: 0 }, counts, step.from));
      [done, last] = [step.from, counts];
    }
    return { span, limitedBy: from > asked.from ? 'size' : limitedBy, full: found.flat() };
  }

  /** What was looked at last is the beginning now: windows there do not reach back any further. */
  private cutOff(
    watch: Calls,
    { span, done, last, found }: { span: Span; done: number; last: readonly MinuteCount[]; found: readonly Firing[][] },
  ): { span: Span; full: Firing[] } {
    const [, ...others] = found;
    const within = last.filter(({ minute }) => minute >= done);
    return { span: { from: done, to: span.to }, full: [...crossings({ ...watch, coolDownMinutes: 0 }, within, done), ...others.flat()] };
  }

  private async countable(tx: EntityManager, actor: Actor, watch: Calls, span: Span): Promise<{ filter: RecordFilter; from: number }> {
    const filter = await recordFilter(tx, actor.organizationId, readBodyLogFilter(watch.filter).filter);
    const begin = await countableFrom(tx, {
      ...{ organizationId: actor.organizationId, filter, groupBy: groupOf(watch.groupBy), from: start(span.from), to: start(span.to) },
      ...{ intervalMinutes: 1, mostGroups: MOST_GROUPS, mostLines: MOST_LINES, mostRows: MOST_ROWS },
    });
    return { filter, from: Math.max(span.from, Math.ceil(begin.getTime() / MINUTE_MS)) };
  }

  /** Null: it takes too long. */
  private async countsOf(actor: Actor, { watch, filter, span }: { watch: Calls; filter: RecordFilter; span: Span }): Promise<MinuteCount[] | null> {
    try {
      return await this.tenant.run(actor, async (tx) => {
        await tx.query(`set local statement_timeout = ${STEP_TIMEOUT_MS}`);
        return readMinuteCounts(tx, {
          ...{ organizationId: actor.organizationId, filter, groupBy: groupOf(watch.groupBy), ...span },
          ...{ mostGroups: MOST_GROUPS, atLeast: watch.threshold, mostLines: MOST_LINES },
        });
      });
    } catch (error) {
      if (tookTooLong(error)) return null;
      throw error;
    }
  }

  private seriesOf(actor: Actor, watch: Calls, span: Span): Promise<Point[]> {
    return this.tenant.run(actor, async (tx) => {
      const filter = await recordFilter(tx, actor.organizationId, readBodyLogFilter(watch.filter).filter);
      const { lines } = await readStats(tx, {
        ...{ organizationId: actor.organizationId, filter, groupBy: null, from: start(span.from), to: start(span.to) },
        ...{ intervalMinutes: lengths[intervalOf(span)], mostGroups: 1, mostLines: 10_000, mostRows: MOST_ROWS },
      });
      return lines.map(({ from, requests }) => ({ at: from, calls: requests }));
    });
  }

  private async namesOf(actor: Actor, { groupBy }: Calls, fired: readonly Fired[]): Promise<ReadonlyMap<string, string>> {
    if (groupBy !== 'apiKeyId') return new Map();
    const ids = [...new Set(fired.flatMap(({ group }) => group ?? []))];
    const rows = await this.tenant.run(actor, (tx) =>
      tx.query<{ id: string; name: string }[]>('select id, name from api_key where organization_id = $1 and id = any($2::uuid[])', [actor.organizationId, ids]),
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }

  /** By the findings as rules heard of them: in the order in which they were found, and as severe as they were then. */
  private async ofFindings(actor: Actor, { content, watch, ...asked }: { content: RuleContent; watch: Findings; span: Span; limitedBy: Limit }): Promise<BackTest> {
    const { span, limitedBy } = await this.tenant.run(actor, async (tx) => covered(asked, await lookedAt(tx, actor)));
    const rows = span.from >= span.to ? [] : await this.tenant.run(actor, (tx) => findingsBetween(tx, actor, { from: start(span.from), to: start(span.to), most: MOST_FINDINGS }));
    const isCut = rows.length > MOST_FINDINGS;
    const seen = isCut ? { from: minuteOf(rows[MOST_FINDINGS - 1]?.arrivedAt.getTime() ?? 0) + 1, to: span.to } : span;
    const fitting = firstOfEach(rows.slice(0, MOST_FINDINGS).reverse().filter((finding) => fits(watch, finding) && minuteOf(finding.arrivedAt.getTime()) >= seen.from));
    const paused = findingFirings(content.coolDownMinutes, fitting.map((finding) => ({ minute: minuteOf(finding.from.getTime()), group: findingGroup(finding), finding })));
    const fired = paused.map(({ group, finding }): FiredFinding => ({ minute: minuteOf(finding.arrivedAt.getTime()), group, count: finding.count, finding }));
    const length = lengths[intervalOf(seen)] * MINUTE_MS;
    const calls = new Map<number, number>();
    for (const { arrivedAt } of fitting) {
      const at = Math.floor(arrivedAt.getTime() / length) * length;
      calls.set(at, (calls.get(at) ?? 0) + 1);
    }
    const series = [...calls].sort(([a], [b]) => a - b).map(([at, count]) => ({ at: new Date(at), calls: count }));
    return toAnswer({
      ...{ span: seen, limitedBy: isCut ? 'size' : limitedBy, series, fired },
      view: (one) => toFindingFiring(content, one),
      isQuiet: (one) => isQuiet(content, one.minute - 1),
    });
  }
} // prettier-ignore

/** Of what was asked for, what detection has looked at. */
function covered({ span, limitedBy }: { span: Span; limitedBy: Limit }, { from, to }: { from: Date | null; to: Date | null }): { span: Span; limitedBy: Limit } {
  const begun = from === null ? span.to : minuteOf(from.getTime());
  const end = to === null ? span.to : Math.min(span.to, minuteOf(to.getTime()) + 1);
  const isLess = begun > span.from || end < span.to;
  const first = Math.min(Math.max(span.from, begun), span.to);
  return { span: { from: first, to: Math.max(end, first) }, limitedBy: isLess ? 'detection' : limitedBy };
} // prettier-ignore

/** A finding that becomes more severe fires once: as soon as it fits. */
function firstOfEach(found: readonly ArrivedFinding[]): ArrivedFinding[] {
  const known = new Set<string>();
  return found.filter(({ id }) => !known.has(id) && known.add(id));
}

const start = (minute: number): Date => new Date(minute * MINUTE_MS);
const lengths = { minute: 1, hour: 60, day: DAY_MINUTES } as const;
const intervalOf = ({ from, to }: Span): BackTest['interval'] =>
  to - from <= 720 ? 'minute' : to - from <= 8 * DAY_MINUTES ? 'hour' : 'day';

/** Whole minutes: the one that goes on now is counted as far as it is. */
function spanOf(period: BackTestSavedRule, view: LogView): { span: Span; limitedBy: Limit } {
  const now = minuteOf(view.now.getTime()) + 1;
  const to = period.to ? Math.min(minuteOf(parseInstant(period.to).getTime()), now) : now;
  const asked = period.from ? minuteOf(parseInstant(period.from).getTime()) : to - DAYS * DAY_MINUTES;
  if (asked >= to && period.from)
    throw invalidFields([{ pointer: '/from', rule: 'order', expected: 'is a time before `to`, and not in the future' }]);
  const begins = Math.ceil(view.begins.getTime() / MINUTE_MS);
  return asked < begins
    ? { span: { from: Math.min(begins, to), to }, limitedBy: 'retention' }
    : { span: { from: asked, to }, limitedBy: null };
}

/** Newest first. Long enough that looking back a window again costs little beside it. */
function stepsOf({ from, to }: Span, windowMinutes: number): Span[] {
  const length = Math.max(DAY_MINUTES, 4 * windowMinutes);
  const steps: Span[] = [];
  for (let end = to; end > from; end -= length) steps.push({ from: Math.max(from, end - length), to: end });
  return steps;
}

type Point = { at: Date; calls: number };
type Answered<F extends Fired> = {
  span: Span;
  limitedBy: Limit;
  series: readonly Point[];
  fired: readonly F[];
  view: (one: F) => BackTestFiring;
  isQuiet: (one: F) => boolean;
};

function toAnswer<F extends Fired>({ span, limitedBy, series, fired, view, isQuiet: quiet }: Answered<F>): BackTest {
  const interval = intervalOf(span);
  const points = new Map(series.map(({ at, calls }) => [at.getTime(), { from: at.toISOString(), calls, fired: 0 }]));
  for (const { minute } of fired) {
    const at = Math.floor(minute / lengths[interval]) * lengths[interval] * MINUTE_MS;
    const point = points.get(at) ?? { from: new Date(at).toISOString(), calls: 0, fired: 0 };
    points.set(at, { ...point, fired: point.fired + 1 });
  }
  return {
    from: start(span.from).toISOString(),
    to: start(span.to).toISOString(),
    limitedBy,
    fired: fired.length,
    quiet: fired.filter(quiet).length,
    groups: new Set(fired.map(({ group }) => group)).size,
    interval,
    series: [...points].sort(([a], [b]) => a - b).map(([, point]) => point),
    data: fired.slice(-MOST_SHOWN).reverse().map(view),
  };
}

/** By the end of the minute, as the live runner asks. */
const isQuiet = ({ quietHours, severity }: RuleContent, minute: number): boolean =>
  quietUntil(quietHours, severity, start(minute + 1)) !== null;

function toFiring(content: RuleContent, watch: Calls, { minute, group, count }: Fired, names: ReadonlyMap<string, string>): BackTestFiring {
  const { from, to } = windowOf(minute, watch.windowMinutes);
  return {
    at: start(minute).toISOString(),
    windowFrom: from.toISOString(),
    windowTo: to.toISOString(),
    group: group === null || watch.groupBy === 'none' ? null : toGroup(watch.groupBy, group, names),
    count,
    quiet: isQuiet(content, minute),
    filter: rowsFilter(watch, { group, from, to }),
    findingId: null,
  };
}

function toFindingFiring(content: RuleContent, { minute, finding }: FiredFinding): BackTestFiring {
  return {
    at: start(minute).toISOString(),
    windowFrom: finding.from.toISOString(),
    windowTo: finding.to.toISOString(),
    group: { by: null, value: findingGroup(finding), label: finding.subject.label },
    count: finding.count,
    // By the minute in which it was found, as the live rule asks.
    quiet: isQuiet(content, minute - 1),
    filter: finding.filter,
    findingId: typeId('fnd', finding.id),
  };
}
