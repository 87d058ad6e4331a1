/** Rows of incidents, and what else belongs to them. Several incidents are read at once: a list shows the state of each, which is made of these. */
import type { IncidentSeverity, IncidentSource, IncidentStepName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { SESSION_IDLE_MS } from '../organizations';
import { holdPurgeOff } from '../plan';
import { AppError } from '../platform/app-error';

/** As it is stored: uuids, and addresses. */
export type Origin = { kind: IncidentSource; references: string[]; url?: string };

export type IncidentRow = {
  id: string;
  number: number;
  title: string;
  severity: IncidentSeverity;
  drill: boolean;
  opened_at: Date;
  opened_by: string | null;
  opened_by_name: string;
  opened_from: Origin;
  assignee_id: string | null;
  assignee_name: string | null;
  looked_at: Date | null;
  looked_by: string | null;
  looked_by_name: string | null;
  scope_from: Date | null;
  scope_to: Date | null;
  scoped_at: Date | null;
  scoped_by: string | null;
  scoped_by_name: string | null;
  root_cause: string | null;
  impact: string | null;
  lessons: string | null;
  closed_at: Date | null;
  closed_by: string | null;
  closed_by_name: string | null;
  reopened_at: Date | null;
  hold_released_at: Date | null;
};

export const incidentColumns = `i.id, i.number, i.title, i.severity, i.drill, i.opened_at, i.opened_by, i.opened_by_name, i.opened_from, i.assignee_id,
  (select u.name from app_user u where u.id = i.assignee_id) as assignee_name, i.looked_at, i.looked_by, i.looked_by_name, i.scope_from, i.scope_to,
  i.scoped_at, i.scoped_by, i.scoped_by_name, i.root_cause, i.impact, i.lessons, i.closed_at, i.closed_by, i.closed_by_name, i.reopened_at, i.hold_released_at`;

type Of = { organizationId: string };

/**
 * Throws `resource_not_found`. With a lock: every change of an incident begins with it, so two of them come one after the other, and what it holds from now on no step
 * of the purge overlooks.
 */
export async function getIncident(tx: EntityManager, { organizationId }: Of, id: string, lock: '' | 'lock' = ''): Promise<IncidentRow> {
  if (lock !== '') await holdPurgeOff(tx, organizationId);
  const [row] = await tx.query<IncidentRow[]>(
    `select ${incidentColumns} from incident i where i.organization_id = $1 and i.id = $2 ${lock && 'for no key update of i'}`,
    [organizationId, id],
  );
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'The organization has no incident with this id. Check the id.' });
}

export type SubjectRow = {
  incident_id: string;
  kind: 'key' | 'address' | 'person';
  reference: string;
  added_at: Date;
  contained_at: Date | null;
  contained_how: 'revoke' | 'quarantine' | 'sessions' | 'block' | null;
  contained_by: string | null;
  contained_by_name: string | null;
  /** Of a person who belongs here. */
  person_name: string | null;
  /** Of a person whose sessions were ended: in again since then, with a session that works. */
  again_at: Date | null;
  /** When the last of such sessions was over by itself. */
  again_over_at: Date | null;
  /** Of a person: suspended, or no member any more. Of an address: refused by the organization's rule of networks. */
  shut_out: boolean;
};

/** Whatever works was not ended: it began afterwards, or came from another organization. Of whoever ended their own sessions, one goes on. */
const sessionsSince = `
  select min(since) filter (where works) as again_at, max(over_at) filter (where not works and is_newer) as again_over_at
  from (select u.created_at >= s.contained_at as is_newer, case when u.created_at >= s.contained_at then u.created_at else u.last_seen_at end as since,
      ended.at as over_at, ended.at > now() as works
    from user_session u cross join lateral (
      select least(u.ended_at, u.expires_at, u.last_seen_at + interval '${SESSION_IDLE_MS} ms') as at) ended
    where s.kind = 'person' and s.contained_at is not null and u.organization_id = s.organization_id and u.user_id::text = s.reference
      and (u.created_at >= s.contained_at or u.ended_at is null and s.contained_by is distinct from u.user_id)) u`;

export const subjectsOf = (tx: EntityManager, { organizationId }: Of, ids: readonly string[]): Promise<SubjectRow[]> =>
  tx.query<SubjectRow[]>(
    `select s.incident_id, s.kind, s.reference, s.added_at, s.contained_at, s.contained_how, s.contained_by, s.contained_by_name, p.person_name,
       again.again_at, again.again_over_at,
       case s.kind when 'person' then p.person_name is null or p.suspended when 'key' then false else
         exists (select from unnest(o.denied_cidrs) d where s.reference::cidr <<= d)
         or (o.allowed_cidrs is not null and not exists (select from unnest(o.allowed_cidrs) a where a && s.reference::cidr)) end as shut_out
     from incident_subject s join organization o on o.id = s.organization_id
       left join lateral (select u.name as person_name, m.suspended_at is not null as suspended from membership m join app_user u on u.id = m.user_id
         where s.kind = 'person' and m.organization_id = s.organization_id and m.user_id::text = s.reference) p on true
       left join lateral (${sessionsSince}) again on true
     where s.organization_id = $1 and s.incident_id = any($2::uuid[]) order by s.added_at, s.kind, s.reference`,
    [organizationId, ids],
  );

export type StepRow = {
  incident_id: string;
  step: IncidentStepName;
  how: 'done' | 'notNeeded' | 'neededAfterAll';
  at: Date | null;
  by_id: string | null;
  by_name: string | null;
  because: string | null;
  facts: Record<string, unknown>;
  stamped_at: Date;
};

/** In the order in which they were stamped. */
export const stepRowsOf = (tx: EntityManager, { organizationId }: Of, ids: readonly string[]): Promise<StepRow[]> =>
  tx.query<StepRow[]>(
    `select incident_id, step, how, at, by_id, by_name, because, facts, stamped_at from incident_step
     where organization_id = $1 and incident_id = any($2::uuid[]) order by stamped_at, id`,
    [organizationId, ids],
  );

export type CallerRow = {
  id: string;
  incident_id: string;
  api_key_id: string | null;
  label: string;
  network: string | null;
  agent: string | null;
  service: string | null;
  source: 'system' | 'person';
  suspect: boolean;
  added_at: Date;
  last_old_at: Date | null;
  moved_at: Date | null;
  moved_to: string | null;
  removed_at: Date | null;
  not_needed_at: Date | null;
  not_needed_because: string | null;
  done_at: Date | null;
  comment: string | null;
  changed_by: string | null;
  changed_by_name: string | null;
};

export const callerRowsOf = (tx: EntityManager, { organizationId }: Of, ids: readonly string[]): Promise<CallerRow[]> =>
  tx.query<CallerRow[]>(
    `select id, incident_id, api_key_id, label, network, agent, service, source, suspect, added_at, last_old_at, moved_at, moved_to, removed_at, not_needed_at,
       not_needed_because, done_at, comment, changed_by, changed_by_name
     from incident_caller where organization_id = $1 and incident_id = any($2::uuid[]) order by added_at, id`,
    [organizationId, ids],
  );

export type Counts = { evidence: number; notes: number; followUps: number; openFollowUps: number };

export async function countsOf(tx: EntityManager, { organizationId }: Of, id: string): Promise<Counts> {
  const [row] = await tx.query<Counts[]>(
    `select (select count(*) from incident_evidence where organization_id = $1 and incident_id = $2)::integer as evidence,
       (select count(*) from incident_note where organization_id = $1 and incident_id = $2)::integer as notes,
       (select count(*) from incident_follow_up where organization_id = $1 and incident_id = $2)::integer as "followUps",
       (select count(*) from incident_follow_up where organization_id = $1 and incident_id = $2 and done_at is null)::integer as "openFollowUps"`,
    [organizationId, id],
  );
  return row ?? { evidence: 0, notes: 0, followUps: 0, openFollowUps: 0 };
}
