/** What people say of an incident: its title, severity, whose it is, and what came out. */
import { type IncidentAction } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { parseId, typeIdOrNull } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import { isPossible } from './incident';
import { phaseOf } from './incident-facts';
import type { ChangeIncident } from './incidents.dto';
import type { IncidentRow } from './incidents.queries';

const advice = {
  open: 'The incident is open. Close it first.',
  closed: 'The incident is closed. Reopen it first.',
  released: 'The incident is closed and its evidence released. Reopen it first.',
} as const;

/** Throws `incident_state`. */
export function requirePossible(action: IncidentAction, incident: IncidentRow): void {
  const phase = phaseOf(incident);
  if (!isPossible(action, phase)) throw new AppError('incident_state', { detail: advice[phase] });
}

type Change = { incident: IncidentRow; before: Record<string, unknown>; after: Record<string, unknown> };

/** Null: nothing differs. */
export async function applied(tx: EntityManager, actor: Actor, old: IncidentRow, body: ChangeIncident): Promise<Change | null> {
  const assignee = body.assigneeId === undefined ? old.assignee_id : await memberOf(tx, actor, body.assigneeId);
  const incident: IncidentRow = {
    ...old,
    title: body.title?.trim() ?? old.title,
    severity: body.severity ?? old.severity,
    assignee_id: assignee,
    root_cause: kept(body.rootCause, old.root_cause),
    impact: kept(body.impact, old.impact),
    lessons: kept(body.lessons, old.lessons),
  };
  const [was, is] = [described(old), described(incident)];
  const differing = Object.keys(is).filter((name) => was[name] !== is[name]);
  if (differing.length === 0) return null;
  const only = (all: Record<string, unknown>) => Object.fromEntries(differing.map((name) => [name, all[name]]));
  return { incident, before: only(was), after: only(is) };
}

const kept = (asked: string | null | undefined, was: string | null): string | null => (asked === undefined ? was : (asked?.trim() ?? null));

const described = (row: IncidentRow): Record<string, unknown> => ({
  title: row.title,
  severity: row.severity,
  assigneeId: typeIdOrNull('usr', row.assignee_id),
  rootCause: row.root_cause,
  impact: row.impact,
  lessons: row.lessons,
});

/** Somebody who can see it. */
async function memberOf(tx: EntityManager, { organizationId }: Actor, id: string | null): Promise<string | null> {
  if (id === null) return null;
  if (await mayRead(tx, { organizationId }, [parseId('usr', id)])) return parseId('usr', id);
  throw invalidFields([{ pointer: '/assigneeId', rule: 'member', expected: 'is an admin or member of the organization' }]);
}

/** Whether all of them are admins or members who can sign in here. */
export async function mayRead(
  tx: EntityManager,
  { organizationId }: { organizationId: string },
  people: readonly (string | null)[],
): Promise<boolean> {
  const ids = [...new Set(people.filter((id) => id !== null))];
  if (ids.length < new Set(people).size) return false;
  const found = await tx.query<unknown[]>(
    `select 1 from membership where organization_id = $1 and user_id = any($2::uuid[]) and role in ('admin', 'member') and suspended_at is null`,
    [organizationId, ids],
  );
  return found.length === ids.length;
}

export async function storeDescription(tx: EntityManager, { organizationId }: Actor, row: IncidentRow, now: Date): Promise<void> {
  await tx.query(
    `update incident set title = $3, severity = $4, assignee_id = $5, root_cause = $6, impact = $7, lessons = $8, changed_at = $9
     where organization_id = $1 and id = $2`,
    [organizationId, row.id, row.title, row.severity, row.assignee_id, row.root_cause, row.impact, row.lessons, now],
  );
}
