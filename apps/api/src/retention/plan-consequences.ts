/** What a change of plan does to things that the organization has set up. Each line: what, how many, and whether it stops. `tx` is the organization's. */
import { plans, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { PlanConsequence } from './plan.dto';
import type { OwnLimits } from './plan-differences';

export type Change = { organizationId: string; from: PlanName; to: PlanName; own: OwnLimits; begins: Date; peak: number };

export async function consequencesOf(tx: EntityManager, change: Change): Promise<PlanConsequence[]> {
  const found = [
    ...(await filesOf(tx, change)),
    ...(await restrictionsOf(tx, change)),
    ...(await alertsOf(tx, change)),
    ...limitsOf(change),
  ];
  return found.filter(({ count }) => count > 0);
}

async function filesOf(tx: EntityManager, { organizationId, from, to, begins }: Change): Promise<PlanConsequence[]> {
  const days = plans[to].retentionDays;
  if (days >= plans[from].retentionDays) return [];
  const [row] = await tx.query<{ exports: number; schedules: number }[]>(
    `select (select count(*)::integer from export where organization_id = $1 and state in ('queued', 'running', 'ready')
         and source in ('auditLogs', 'period') and coalesce((request -> 'filter' ->> 'from')::timestamptz, '-infinity') < $2) as exports,
       (select count(*)::integer from export_schedule where organization_id = $1 and every = 'month' and $3 < 31) as schedules`,
    [organizationId, begins, days],
  );
  return [
    {
      what: 'exports',
      count: row?.exports ?? 0,
      stops: false,
      detail: 'Files that were made keep what they hold, and can be downloaded until they are deleted. New ones begin where the log does.',
    },
    {
      what: 'exportSchedules',
      count: row?.schedules ?? 0,
      stops: false,
      detail: `Monthly exports go on, and hold the last ${days} days of their month only.`,
    },
  ];
}

async function restrictionsOf(tx: EntityManager, { organizationId, from, to }: Change): Promise<PlanConsequence[]> {
  if (!plans[from].geographicRestrictions || plans[to].geographicRestrictions) return [];
  const [row] = await tx.query<{ count: number }[]>(
    `select ((select count(*) from organization where id = $1 and (allowed_countries is not null or denied_countries is not null))
       + (select count(*) from api_key where organization_id = $1 and revoked_at is null
           and (allowed_countries is not null or denied_countries is not null)))::integer as count`,
    [organizationId],
  );
  return [
    {
      what: 'countryRestrictions',
      count: row?.count ?? 0,
      stops: false,
      detail: 'What is set stays in force, for a lower plan must not open a door. It can be taken away, and not changed.',
    },
  ];
}

async function alertsOf(tx: EntityManager, { organizationId, from, to }: Change): Promise<PlanConsequence[]> {
  if (!plans[from].alerts || plans[to].alerts) return [];
  const [row] = await tx.query<{ rules: number; channels: number }[]>(
    `select (select count(*)::integer from alert_rule where organization_id = $1 and enabled and deleted_at is null) as rules,
       (select count(*)::integer from channel where organization_id = $1) as channels`,
    [organizationId],
  );
  return [
    {
      what: 'alertRules',
      count: row?.rules ?? 0,
      stops: true,
      detail: 'No alert is raised. Rules and alerts stay, and can be read; findings are on every plan.',
    },
    {
      what: 'channels',
      count: row?.channels ?? 0,
      stops: true,
      detail: 'Nothing is sent, also not what waits. Channels and what was delivered stay, and can be read.',
    },
  ];
}

function limitsOf({ to, own, peak }: Change): PlanConsequence[] {
  const limit = own.perOrganizationPerMinute ?? plans[to].perOrganizationPerMinute;
  if (peak <= limit) return [];
  const detail = `The busiest minute of the last 24 hours had ${peak} requests; of these ${peak - limit} would have been answered 429.`;
  return [{ what: 'limits', count: peak - limit, stops: true, detail }];
}
