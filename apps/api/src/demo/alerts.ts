/** The alert rules of the demo, made some days ago, and what they have fired since: by the product's own services, so that it is what they would have done. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Client } from 'pg';
import { AlertRules, RuleRunner } from '../alerts';
import { Clock } from '../platform/clock';
import { actorsOf } from './actors';
import type { HistoryOrganization } from './history-records';
import { storyClock } from './story-clock';

const DAY = 86_400_000;
/** A rule looks at what comes after it was made. */
const DAYS_AGO = 4;

type Rule = Parameters<AlertRules['create']>[1];
const rules: readonly Rule[] = [
  {
    ...{ kind: 'filter', name: 'Refused keys from one address', filter: { status: '401' }, threshold: 20, windowMinutes: 5, groupBy: 'ip' },
    ...{ severity: 'high', coolDownMinutes: 120, escalation: { afterMinutes: 30 } },
  },
  {
    ...{ kind: 'filter', name: 'A key at its limit', filter: { status: '429' }, threshold: 30, windowMinutes: 15, groupBy: 'apiKeyId' },
    ...{ severity: 'medium', coolDownMinutes: 720 },
  },
  { kind: 'detector', name: 'What detectors find, if it is bad', leastSeverity: 'high', severity: 'high', coolDownMinutes: 120 },
];

type Staging = { app: NestFastifyApplication; db: Client; organization: HistoryOrganization; now: Date };

export async function stageAlerts({ app, db, organization, now }: Staging): Promise<void> {
  const actors = actorsOf(organization);
  if (!actors) return;
  const clock = storyClock(app.get(Clock));
  try {
    await clock.during(now.getTime() - DAYS_AGO * DAY, async () => {
      for (const rule of rules) await app.get(AlertRules).create(actors.admin(), rule);
    });
  } finally {
    clock.restore();
  }
  // The history was written at once: none of it had been looked at then.
  await db.query('update alert_rule set through_sequence = 0 where organization_id = $1', [organization.id]);
  // A round has its time; the demo wants all of it.
  for (let left = rules.length; left > 0;) {
    await app.get(RuleRunner).run();
    const [row] = (await db.query<{ left: string }>(`select count(*) as left from alert_rule r join audit_head h using (organization_id)
      where organization_id = $1 and kind = 'filter' and through_sequence < sequence and failing_since is null`, [organization.id])).rows; // prettier-ignore
    left = Number(row?.left);
  }
  await db.query('update alert set opened_at = window_to, told_at = window_to where organization_id = $1', [organization.id]);
}
