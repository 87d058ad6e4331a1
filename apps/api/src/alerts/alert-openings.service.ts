/** Alerts are opened here, once for each firing, in the transaction in which the rule is looked at; who is told is told in it as well, or when quiet hours are over. */
import { Injectable } from '@nestjs/common';
import { listRecords, type RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { readBodyLogFilter, recordFilter, type BodyFilter } from '../audit-logs';
import type { SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { newId, typeId } from '../platform/ids';
import { contentOf, toContentView, watchOf, type RuleRow } from './alert-rule';
import { firingTitle } from './alert-title';
import { AlertTelling } from './alert-telling.service';
import { addEvent, getAlert, type AlertFacts } from './alerts.queries';
import type { Firing } from './evaluate';
import { rowsFilter, windowOf } from './group-filter';
import { quietUntil } from './quiet-hours';

const MOST_SAMPLES = 5;
/** Of one rule at one time; of others only how many there are is told. */
const MOST_TOLD_APART = 3;
const MINUTE_MS = 60_000;

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
  finding: { id: string; facts: AlertFacts } | null;
};
export type FiredFinding = Omit<Fired, 'finding'> & { finding: NonNullable<Fired['finding']> };

@Injectable()
export class AlertOpenings {
  constructor(
    private readonly clock: Clock,
    private readonly telling: AlertTelling,
  ) {}

  /** Returns the ids of what was opened: nothing for what there is already. */
  async ofCalls(tx: EntityManager, actor: SystemActor, rule: RuleRow, firings: readonly Firing[]): Promise<string[]> {
    const watch = watchOf(rule);
    if (watch.kind !== 'filter' || firings.length === 0) return [];
    const names = await keyNamesOf(tx, actor, watch.groupBy === 'apiKeyId' ? firings.flatMap(({ group }) => group ?? []) : []);
    const fired: Fired[] = [];
    for (const { group, minute, count } of firings) {
      const { from, to } = windowOf(minute, watch.windowMinutes);
      const filter = rowsFilter(watch, { group, from, to });
      const label = group === null ? null : (names.get(group) ?? group);
      const title = firingTitle(rule.name, { count, windowMinutes: watch.windowMinutes, groupBy: watch.groupBy, label });
      const samples = await samplesOf(tx, actor, filter);
      fired.push({ title, group: group ?? '', minute, from, to, count, filter, samples, finding: null });
    }
    return this.open(tx, actor, rule, fired);
  }

  ofFindings(tx: EntityManager, actor: SystemActor, rule: RuleRow, fired: readonly FiredFinding[]): Promise<string[]> {
    return this.open(tx, actor, rule, fired);
  }

  private async open(tx: EntityManager, actor: SystemActor, rule: RuleRow, fired: readonly Fired[]): Promise<string[]> {
    const opened: string[] = [];
    for (const one of fired) {
      const id = await this.insert(tx, actor, rule, one);
      if (id !== null) opened.push(id);
    }
    for (const [index, id] of opened.entries()) await this.tell(tx, actor, rule, { id, index, of: opened.length });
    return opened;
  }

  private async insert(tx: EntityManager, actor: SystemActor, rule: RuleRow, one: Fired): Promise<string | null> {
    const [id, now, content] = [newId(), this.clock.now(), contentOf(rule)];
    const quiet = quietUntil(rule.quiet_hours, rule.severity, one.to);
    const rows = await tx.query<unknown[]>(
      `insert into alert (organization_id, id, rule_id, rule_name, rule_version, rule, state, severity, title, group_key, finding_id, facts, window_from, window_to, minute,
         count, filter, samples, opened_at, tell_at) values ($1, $2, $3, $4, $5, $6, 'open', $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
       on conflict do nothing returning 1`,
      [
        ...[
          actor.organizationId,
          id,
          rule.id,
          rule.name,
          rule.version,
          JSON.stringify(toContentView(content)),
          rule.severity,
          one.title,
          one.group,
        ],
        ...[one.finding?.id ?? null, one.finding && JSON.stringify(one.finding.facts), one.from, one.to, one.minute, one.count],
        ...[JSON.stringify(one.filter), one.samples, now, quiet !== null && quiet > now ? quiet : now],
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

  /** What is due now. In quiet hours it is later, by alert-dues.service.ts. */
  private async tell(
    tx: EntityManager,
    actor: SystemActor,
    rule: RuleRow,
    { id, index, of }: { id: string; index: number; of: number },
  ): Promise<void> {
    const alert = await getAlert(tx, actor, id);
    if (alert.tell_at !== null && alert.tell_at > this.clock.now()) return;
    // A thousand addresses that attack at once are one piece of news.
    const together = of > MOST_TOLD_APART;
    await this.toldNow(tx, actor, {
      id,
      isTold: !together || index === 0,
      more: together ? of - 1 : 0,
      escalation: rule.escalation?.afterMinutes ?? null,
    });
  }

  /** Told, and from now on somebody has to acknowledge it. */
  async toldNow(
    tx: EntityManager,
    actor: SystemActor,
    { id, isTold, more, escalation }: { id: string; isTold: boolean; more: number; escalation: number | null },
  ): Promise<void> {
    const now = this.clock.now();
    const escalateAt = escalation === null ? null : new Date(now.getTime() + escalation * MINUTE_MS);
    await tx.query(
      `update alert set tell_at = null, told_at = $3, escalate_at = case when state = 'open' then $4::timestamptz end where organization_id = $1 and id = $2`,
      [actor.organizationId, id, now, escalateAt],
    );
    const alert = await getAlert(tx, actor, id);
    const channelIds = alert.channel_ids ?? [];
    if (!isTold || channelIds.length === 0) return;
    await this.telling.send(tx, actor, 'alert.opened', { alert, channelIds, more });
    await addEvent(tx, actor, id, {
      kind: 'told',
      at: now,
      data: { channelIds: channelIds.map((channel) => typeId('chn', channel)), more },
    });
  }
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
async function samplesOf(tx: EntityManager, actor: SystemActor, body: BodyFilter): Promise<string[]> {
  const asked = readBodyLogFilter(body);
  const filter: RecordFilter = await recordFilter(tx, actor.organizationId, asked.filter);
  const records = await listRecords(tx, {
    ...{ organizationId: actor.organizationId, filter, order: 'desc', limit: MOST_SAMPLES, after: null },
    ...{ from: asked.from ?? new Date(0), to: asked.to },
  });
  return records.filter(({ kind }) => kind === 'request').map(({ id }) => id);
}
