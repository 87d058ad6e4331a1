/** Findings become alerts, in the transaction that stores them: no finding is missed, and none is told twice. */
import { Injectable } from '@nestjs/common';
import { detectors } from '@pinebill/contract';
import { minuteOf } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { FindingListeners, type FindingChange, type FindingListener, type FindingRow } from '../detections';
import { systemActor, type Actor, type SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { typeId } from '../platform/ids';
import { AlertOpenings, type FiredFinding } from './alert-openings.service';
import { hasAlerts } from './alert-plan';
import { watchOf, type RuleRow } from './alert-rule';
import { rulesForFindings } from './alert-rules.queries';
import { cut } from './alert-title';
import { addEvent } from './alerts.queries';
import { findingFirings } from './evaluate';
import { findingGroup, fits, forAlerts, keepSeverity, type FindingForAlerts } from './finding-match';

@Injectable()
export class Alerts implements FindingListener {
  constructor(
    private readonly clock: Clock,
    private readonly openings: AlertOpenings,
    findings: FindingListeners,
  ) {
    findings.add(this);
  }

  /** Of one that is known to a rule only the numbers change; it may also be severe enough only now. */
  async findingChanged(tx: EntityManager, organizationId: string, row: FindingRow, what: FindingChange): Promise<void> {
    const actor = systemActor('alerts', organizationId);
    await keepSeverity(tx, organizationId, row, this.clock.now());
    const rules = await rulesForFindings(tx, actor);
    if (rules.length === 0 || !(await hasAlerts(tx, actor))) return;
    for (const finding of await forAlerts(tx, organizationId, [row])) {
      if (what === 'updated') await grow(tx, actor, finding);
      for (const rule of rules.filter((one) => isAbout(one, finding, this.clock.now())))
        if (await isNews(tx, actor, rule, finding)) await this.openings.ofFindings(tx, actor, rule, [fired(rule, finding)]);
    }
  }

  /** One about both: whoever comes from the alert must not open another. */
  incidentOpened(tx: EntityManager, actor: Actor, finding: { id: string }, incident: OpenedIncident): Promise<void> {
    return linkAlerts(tx, actor, { findingId: finding.id, incident, at: this.clock.now() });
  }
}

type OpenedIncident = { id: string; number: number };

/** Alerts of the finding that have no incident have this one. */
export async function linkAlerts(
  tx: EntityManager,
  actor: Actor,
  { findingId, incident, at }: { findingId: string; incident: OpenedIncident; at: Date },
): Promise<void> {
  const linked = await tx.query<[{ id: string }[], number]>(
    'update alert set incident_id = $3 where organization_id = $1 and finding_id = $2 and incident_id is null returning id',
    [actor.organizationId, findingId, incident.id],
  );
  const data = { incidentId: typeId('inc', incident.id), number: incident.number };
  for (const { id } of linked[0]) await addEvent(tx, actor, id, { kind: 'incidentOpened', at, data });
}

/**
 * One that goes on when the rule is made is news as well, and so is one that is found only now. One that was made while the clock was ahead
 * is about all that comes since.
 */
function isAbout(rule: RuleRow, finding: FindingForAlerts, now: Date): boolean {
  const watch = watchOf(rule);
  return (
    watch.kind === 'detector' &&
    fits(watch, finding) &&
    minuteOf(Math.max(finding.to.getTime(), finding.openedAt.getTime())) >= Math.min(rule.counts_from, minuteOf(now.getTime()))
  );
}

async function grow(tx: EntityManager, { organizationId }: SystemActor, finding: FindingForAlerts): Promise<void> {
  const { id, count, from, to, filter, samples } = finding;
  await tx.query(
    `update alert set count = greatest(count, $3), window_from = least(window_from, $4), window_to = greatest(window_to, $5), filter = $6, samples = $7
     where organization_id = $1 and finding_id = $2 and state <> 'resolved'`,
    [organizationId, id, count, from, to, JSON.stringify(filter), samples],
  );
}

async function isNews(tx: EntityManager, { organizationId }: SystemActor, rule: RuleRow, finding: FindingForAlerts): Promise<boolean> {
  const [minute, group] = [minuteOf(finding.from.getTime()), findingGroup(finding)];
  const known = await tx.query<{ minute: number; finding_id: string }[]>(
    `select minute, finding_id from alert where organization_id = $1 and rule_id = $2 and (finding_id = $3 or (group_key = $4 and abs(minute - $5) <= $6))`,
    [organizationId, rule.id, finding.id, group, minute, rule.cool_down_minutes],
  );
  if (known.some(({ finding_id }) => finding_id === finding.id)) return false;
  return findingFirings(rule.cool_down_minutes, [{ minute, group }], known.map((one) => ({ minute: one.minute, group }))).length > 0; // prettier-ignore
}

function fired(rule: RuleRow, finding: FindingForAlerts): FiredFinding {
  const { id, incidentId, detector, subject, seen, normal, threshold, from, to, count, filter, samples } = finding;
  return {
    title: cut(`${rule.name}: ${detectors[detector].title}, ${subject.kind === 'organization' ? 'the organization' : subject.label}`),
    group: findingGroup(finding),
    minute: minuteOf(from.getTime()),
    ...{ from, to, count, filter, samples },
    finding: { id, incidentId, facts: { detector, subject: { ...subject }, seen, normal, threshold } },
  };
}
