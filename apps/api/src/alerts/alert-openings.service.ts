/** Alerts are opened here, once for each firing, in the transaction in which the rule is looked at. Who is told is told afterwards, or when quiet hours are over (alert-dues.service.ts). */
import { Injectable } from '@nestjs/common';
import { listRecords, type RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { readBodyLogFilter, recordFilter, type BodyFilter } from '../audit-logs';
import type { SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { newId } from '../platform/ids';
import { contentOf, toContentView, watchOf, type RuleRow } from './alert-rule';
import { firingTitle } from './alert-title';
import { groupingOf } from './alert-view';
import { addEvent, getAlert, type AlertFacts, type AlertRow } from './alerts.queries';
import { MOST_OPEN, MOST_SAMPLED } from './bounds';
import type { Firing } from './evaluate';
import { rowsFilter, windowOf } from './group-filter';
import { quietUntil } from './quiet-hours';

const MOST_SAMPLES = 5;

/** What fires: a window of calls, or a finding. */
type Fired = {
  title: string;
  group: string;
  minute: number;
  from: Date;
  to: Date;
  count: number;
  filter: BodyFilter;
  samples: readonly string[];
  finding: { id: string; facts: AlertFacts; incidentId: string | null } | null;
};
export type FiredFinding = Omit<Fired, 'finding'> & { finding: NonNullable<Fired['finding']> };

@Injectable()
export class AlertOpenings {
  constructor(private readonly clock: Clock) {}

  /** Returns the ids of what was opened: nothing for what there is already. */
  async ofCalls(tx: EntityManager, actor: SystemActor, rule: RuleRow, firings: readonly Firing[]): Promise<string[]> {
    const watch = watchOf(rule);
    if (watch.kind !== 'filter' || firings.length === 0) return [];
    const open = await this.withRoom(tx, actor, rule, firings);
    const names = await keyNamesOf(tx, actor, watch.groupBy === 'apiKeyId' ? open.flatMap(({ group }) => group ?? []) : []);
    const fired: Fired[] = [];
    for (const [index, { group, minute, count }] of open.entries()) {
      const { from, to } = windowOf(minute, watch.windowMinutes);
      const filter = rowsFilter(watch, { group, from, to });
      const label = group === null ? null : (names.get(group) ?? group);
      const title = firingTitle(rule.name, { count, windowMinutes: watch.windowMinutes, groupBy: watch.groupBy, label });
      const samples = index < MOST_SAMPLED ? await samplesOf(tx, actor, filter) : [];
      fired.push({ title, group: group ?? '', minute, from, to, count, filter, samples, finding: null });
    }
    return this.open(tx, actor, rule, fired);
  }

  async ofFindings(tx: EntityManager, actor: SystemActor, rule: RuleRow, fired: readonly FiredFinding[]): Promise<string[]> {
    return this.open(tx, actor, rule, await this.withRoom(tx, actor, rule, fired));
  }

  /** The minute went on after it fired: the number in its title, and its rows, go on with it, until somebody has said what it was. */
  async grow(tx: EntityManager, actor: SystemActor, grown: readonly { id: string; count: number }[]): Promise<void> {
    for (const [index, { id, count }] of grown.entries()) {
      const alert = await getAlert(tx, actor, id);
      if (alert.state === 'resolved' || Number(alert.count) >= count) continue;
      const samples = index < MOST_SAMPLED ? await samplesOf(tx, actor, alert.filter) : alert.samples;
      await tx.query(
        `update alert set count = $3, title = $4, samples = $5 where organization_id = $1 and id = $2 and state <> 'resolved'`,
        [...[actor.organizationId, id, count, await titleOf(tx, actor, alert, count), samples]],
      );
    }
  }

  /** Those that the rule may still open alerts for. The others are counted, and are not known afterwards: they fire again when they go on. */
  private async withRoom<T>(tx: EntityManager, { organizationId }: SystemActor, rule: RuleRow, fired: readonly T[]): Promise<readonly T[]> {
    const [row] = await tx.query<{ open: string }[]>(
      `select count(*) as open from alert where organization_id = $1 and rule_id = $2 and state <> 'resolved'`,
      [organizationId, rule.id],
    );
    const room = Math.max(0, MOST_OPEN - Number(row?.open));
    if (fired.length > room)
      await tx.query('update alert_rule set held_back = $3, held_back_at = $4 where organization_id = $1 and id = $2', [
        ...[organizationId, rule.id, fired.length - room, this.clock.now()],
      ]);
    return fired.slice(0, room);
  }

  private async open(tx: EntityManager, actor: SystemActor, rule: RuleRow, fired: readonly Fired[]): Promise<string[]> {
    const opened: string[] = [];
    for (const one of fired) {
      const id = await this.insert(tx, actor, rule, one);
      if (id !== null) opened.push(id);
    }
    return opened;
  }

  private async insert(tx: EntityManager, actor: SystemActor, rule: RuleRow, one: Fired): Promise<string | null> {
    const [id, now, content] = [newId(), this.clock.now(), contentOf(rule)];
    // Of a firing that comes late, it counts when people would be told.
    const quiet = quietUntil(rule.quiet_hours, rule.severity, one.to > now ? one.to : now);
    const rows = await tx.query<unknown[]>(
      `insert into alert (organization_id, id, rule_id, rule_name, rule_version, rule, state, severity, title, group_key, finding_id, facts, window_from, window_to, minute,
         count, filter, samples, opened_at, tell_at, incident_id)
       values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) on conflict do nothing returning 1`,
      [
        ...[actor.organizationId, id, rule.id, rule.name, rule.version, JSON.stringify(toContentView(content))],
        ...[rule.severity, one.title, one.group],
        ...[one.finding?.id ?? null, one.finding && JSON.stringify(one.finding.facts), one.from, one.to, one.minute, one.count],
        ...[JSON.stringify(one.filter), one.samples, now, quiet ?? now, one.finding?.incidentId ?? null],
      ],
    );
    if (rows.length === 0) return null;
    const facts = {
      count: one.count,
      from: one.from.toISOString(),
      to: one.to.toISOString(),
      ...(quiet && { quietUntil: quiet.toISOString() }),
    };
    await addEvent(tx, actor, id, { kind: 'opened', at: now, data: facts });
    return id;
  }
}

/** Of an alert about calls, as its rule was when it fired. */
async function titleOf(tx: EntityManager, actor: SystemActor, { rule, rule_name, group_key }: AlertRow, count: number): Promise<string> {
  const groupBy = groupingOf(rule.groupBy) ?? 'none';
  const names = await keyNamesOf(tx, actor, groupBy === 'apiKeyId' ? [group_key] : []);
  const label = groupBy === 'none' ? null : (names.get(group_key) ?? group_key);
  return firingTitle(rule_name, { count, windowMinutes: rule.windowMinutes ?? 1, groupBy, label });
}

async function keyNamesOf(
  tx: EntityManager,
  { organizationId }: SystemActor,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.query<{ id: string; name: string }[]>(
    'select id, name from api_key where organization_id = $1 and id = any($2::uuid[])',
    [organizationId, ids],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** The newest of its rows. */
export async function samplesOf(tx: EntityManager, { organizationId }: { organizationId: string }, body: BodyFilter): Promise<string[]> {
  const asked = readBodyLogFilter(body);
  const filter: RecordFilter = await recordFilter(tx, organizationId, asked.filter);
  const records = await listRecords(tx, {
    ...{ organizationId, filter, order: 'desc', limit: MOST_SAMPLES, after: null },
    ...{ from: asked.from ?? new Date(0), to: asked.to },
  });
  return records.filter(({ kind }) => kind === 'request').map(({ id }) => id);
}
