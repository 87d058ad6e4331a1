/** What a change of plan does to things that the organization has set up. Each line: what, how many, and whether it stops. `tx` is the organization's. */
import { plans, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { PlanConsequence } from './plan.dto';
import { heldSql, holdingsOf } from './held.queries';
import type { OwnLimits } from './plan-differences';

export type Change = {
  organizationId: string;
  from: PlanName;
  to: PlanName;
  own: OwnLimits;
  begins: Date;
  purgedBefore: Date;
  now: Date;
  peaks: Peaks;
};
/** Requests of the busiest minute of the last 24 hours: of all keys together, and of one of them. */
export type Peaks = { organization: number; key: number };

export async function consequencesOf(tx: EntityManager, change: Change): Promise<PlanConsequence[]> {
  const found = [
    ...(await heldOf(tx, change)),
    ...(await filesOf(tx, change)),
    ...(await restrictionsOf(tx, change)),
    ...(await alertsOf(tx, change)),
    ...limitsOf(change),
  ];
  return found.filter(({ count }) => count > 0);
}

/** Counted up to a bound: whether there are any is what matters. */
const MOST_HELD = 10_000;
async function heldOf(tx: EntityManager, { organizationId, begins, purgedBefore, now }: Change): Promise<PlanConsequence[]> {
  if (begins >= purgedBefore) return [];
  let count = 0;
  for (const { sql, parameters } of heldSql(await holdingsOf(tx, organizationId, now))) {
    const [organization, from, to] = [parameters.add(organizationId, 'uuid'), parameters.add(begins, 'timestamptz'), parameters.add(purgedBefore, 'timestamptz')]; // prettier-ignore
    const [row] = await tx.query<{ count: number }[]>(
      `select count(*)::integer as count from (select from audit_log l where l.organization_id = ${organization} and l.occurred_at >= ${from}
         and l.occurred_at < ${to} and (${sql}) limit ${MOST_HELD}) held`,
      parameters.values,
    );
    count = Math.max(count, row?.count ?? 0);
  }
  return [heldConsequence(count)];
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

function limitsOf({ to, own, peaks }: Change): PlanConsequence[] {
  const limits = {
    organization: own.perOrganizationPerMinute ?? plans[to].perOrganizationPerMinute,
    key: own.perKeyPerMinute ?? plans[to].perKeyPerMinute,
  };
  const over = (of: keyof Peaks): number => Math.max(0, peaks[of] - limits[of]);
  const said = (of: keyof Peaks, who: string): string =>
    over(of) === 0 ? '' : `${who} made ${peaks[of]} requests in its busiest minute of the last 24 hours; ${over(of)} of these would have been answered 429.`; // prettier-ignore
  const detail = [said('organization', 'The organization'), said('key', 'One API key')].filter((text) => text !== '').join(' ');
  return [{ what: 'limits', count: Math.max(over('organization'), over('key')), stops: true, detail }];
}

/** What is held and not shown by the plan before, and would be by the one after: its counters are gone (purge-others.ts). */
export function heldConsequence(records: number): PlanConsequence {
  const detail =
    'Held records of longer ago than was kept come back into the list. They are in no figure, no chart and no sum above: their counters were purged.';
  return { what: 'heldRecords', count: records, stops: false, detail };
}
