/** The facts of an incident, read in one transaction. For the API and for exports: nothing here knows of a request, nor of who asks. */
import type { Role } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { LogRecord } from '../../audit-logs';
import { systemActor } from '../../platform/actor';
import { typeId, typeIdOrNull } from '../../platform/ids';
import { knownOf, type Known } from '../incident-facts';
import { toIncidentView } from '../incident-view';
import type { IncidentPerson, IncidentSubject, IncidentView } from '../incident-view.dto';
import { countsOf, getIncident, type CallerRow } from '../incidents.queries';
import { timelineOf } from '../timeline.queries';
import type {
  IncidentReport,
  Person,
  ReportedEvent,
  ReportedExtent,
  ReportedFollowUp,
  ReportedNote,
  ReportedService,
  ReportedSubject,
} from './incident-report';

type Of = { organizationId: string };
type Asked = { id: string; now: Date; hidesAnonymous: boolean };
/** A person as they are named, with the role they have now. */
type WithRole = (person: { id: string | null; name: string }) => Person;

/** Throws `resource_not_found`. */
export async function reportOf(tx: EntityManager, of: Of, { id, now, hidesAnonymous }: Asked): Promise<IncidentReport> {
  const incident = await getIncident(tx, of, id);
  const known = (await knownOf(tx, of, [incident]))(incident);
  // What whoever asks could do now is no fact of the incident.
  const actor = systemActor('report', of.organizationId);
  const view = toIncidentView({ incident, known, now }, { counts: await countsOf(tx, of, id), actor });
  const roles = await rolesOf(tx, of);
  const withRole: WithRole = ({ id: personId, name }) => ({
    id: personId,
    name,
    role: personId === null ? null : (roles.get(personId) ?? null),
  });
  const timeline = (await timelineOf(tx, of, { incident, hidesAnonymous })).filter(({ kind }) => kind !== 'exported');
  const evidence = await evidenceOf(tx, of, id);
  return {
    ...described(view, withRole),
    organization: await organizationOf(tx, of),
    asOf: latest([view.openedAt, ...timeline.filter(({ kind }) => !kind.startsWith('evidence.')).map(({ at }) => at)]),
    services: servicesOf(known),
    extent: extentOf(view, timeline, withRole),
    followUps: (await followUpsOf(tx, of, id)).map((row) => toFollowUp(row, withRole)),
    notes: (await notesOf(tx, of, id)).map((row) => toNote(row, withRole)),
    timeline: timeline.map(({ at, kind, actor: who, text, data }): ReportedEvent => ({ at, kind, actor: withRole(who), text, data })),
    evidence: evidence.filter(({ anonymous }) => !(anonymous && hidesAnonymous)).map(({ record }) => record),
    evidenceHidden: evidence.filter(({ anonymous }) => anonymous && hidesAnonymous).length,
  };
}

const latest = (moments: readonly string[]): string => moments.reduce((last, at) => (at > last ? at : last), '');

type Described = Pick<IncidentReport, 'incident' | 'times' | 'steps' | 'subjects' | 'rootCause' | 'impact' | 'lessons'>;

function described(view: IncidentView, withRole: WithRole): Described {
  const person = (one: IncidentPerson | null): Person | null => one && withRole(one);
  const { id, number, title, severity, state, drill, openedAt, lookedAt, containedAt, closedAt, reopenedAt, holdReleasedAt } = view;
  const { kind, references, url } = view.openedFrom;
  return {
    incident: {
      ...{ id, number, title, severity, state, drill, openedAt, openedBy: withRole(view.openedBy), openedFrom: { kind, references, url } },
      ...{ assignee: person(view.assignee), lookedAt, lookedBy: person(view.lookedBy), containedAt },
      ...{ closedAt, closedBy: person(view.closedBy), reopenedAt, holdReleasedAt },
    },
    times: view.times,
    steps: view.steps.map(({ by, ...step }) => ({ ...step, by: person(by) })),
    subjects: view.subjects.map((subject) => toSubject(subject, person)),
    ...{ rootCause: view.rootCause, impact: view.impact, lessons: view.lessons },
  };
}

function toSubject(
  { kind, id, name, key, contained }: IncidentSubject,
  person: (one: IncidentPerson | null) => Person | null,
): ReportedSubject {
  return {
    ...{ kind, id, name },
    key: key && { masked: key.masked, state: key.state, service: key.service, team: key.team, environment: key.environment },
    contained: contained && { at: contained.at, by: person(contained.by), how: contained.how },
    successors: (key?.successors ?? []).map(({ id: keyId, name: keyName, masked, state, createdAt }) => ({
      id: keyId,
      name: keyName,
      masked,
      state,
      createdAt,
    })),
  };
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

const servicesOf = ({ callers }: Known): ReportedService[] =>
  callers.map((row) => ({
    ...{ label: row.label, apiKeyId: typeIdOrNull('key', row.api_key_id), network: row.network || null, userAgent: row.agent || null },
    ...{ service: row.service, source: row.source, suspect: row.suspect, ...moveOf(row) },
    ...{ because: row.not_needed_because, comment: row.comment },
  }));

function moveOf(row: CallerRow): Pick<ReportedService, 'status' | 'at'> {
  if (row.removed_at) return { status: 'removed', at: iso(row.removed_at) };
  if (row.moved_at) return { status: 'moved', at: iso(row.moved_at) };
  if (row.done_at) return { status: 'done', at: iso(row.done_at) };
  return row.not_needed_at ? { status: 'notNeeded', at: iso(row.not_needed_at) } : { status: 'open', at: null };
}

/** The figures are those of the moment in which somebody confirmed them: they stand in the event. */
function extentOf(
  { scope }: IncidentView,
  events: readonly { kind: string; data: Record<string, unknown> }[],
  withRole: WithRole,
): ReportedExtent | null {
  if (scope === null) return null;
  const { figures, ...told } = events.findLast(({ kind }) => kind === 'scoped')?.data ?? {};
  const counted = typeof figures === 'object' && figures !== null ? figures : { ...told, from: null, to: null };
  return {
    from: scope.from,
    to: scope.to,
    confirmedAt: scope.confirmedAt,
    confirmedBy: withRole(scope.confirmedBy),
    figures: counted as Record<string, unknown>,
  };
}

async function rolesOf(tx: EntityManager, { organizationId }: Of): Promise<ReadonlyMap<string, Role>> {
  const rows = await tx.query<{ user_id: string; role: Role }[]>('select user_id, role from membership where organization_id = $1', [organizationId]); // prettier-ignore
  return new Map(rows.map(({ user_id, role }) => [typeId('usr', user_id), role]));
}

/** Whoever belongs to the organization: so that their names are found where the report does not say who it is. */
export async function membersOf(tx: EntityManager, { organizationId }: Of): Promise<Person[]> {
  const rows = await tx.query<{ id: string; name: string; role: Role }[]>(
    'select u.id, u.name, m.role from membership m join app_user u on u.id = m.user_id where m.organization_id = $1 order by m.user_id',
    [organizationId],
  );
  return rows.map(({ id, name, role }) => ({ id: typeId('usr', id), name, role }));
}

async function organizationOf(tx: EntityManager, { organizationId }: Of): Promise<IncidentReport['organization']> {
  const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
  return { id: typeId('org', organizationId), name: row?.name ?? '' };
}

type EvidenceRow = { record: LogRecord; anonymous: boolean };
const evidenceOf = (tx: EntityManager, { organizationId }: Of, id: string): Promise<EvidenceRow[]> =>
  tx.query<EvidenceRow[]>(
    'select record, anonymous from incident_evidence where organization_id = $1 and incident_id = $2 order by occurred_at, record_id',
    [organizationId, id],
  );

type NoteRow = { at: Date; author_id: string | null; author_name: string; text: string };
const notesOf = (tx: EntityManager, { organizationId }: Of, id: string): Promise<NoteRow[]> =>
  tx.query<NoteRow[]>(
    'select at, author_id, author_name, text from incident_note where organization_id = $1 and incident_id = $2 order by at, id',
    [organizationId, id],
  );
const toNote = ({ at, author_id, author_name, text }: NoteRow, withRole: WithRole): ReportedNote => ({
  at: at.toISOString(),
  author: withRole({ id: typeIdOrNull('usr', author_id), name: author_name }),
  text,
});

type FollowUpRow = {
  title: string;
  owner_id: string | null;
  owner_name: string | null;
  due_on: string | null;
  done_at: Date | null;
  done_by: string | null;
  done_by_name: string | null;
};
const followUpsOf = (tx: EntityManager, { organizationId }: Of, id: string): Promise<FollowUpRow[]> =>
  tx.query<FollowUpRow[]>(
    `select f.title, f.owner_id, u.name as owner_name, to_char(f.due_on, 'YYYY-MM-DD') as due_on, f.done_at, f.done_by, f.done_by_name
     from incident_follow_up f left join app_user u on u.id = f.owner_id where f.organization_id = $1 and f.incident_id = $2 order by f.created_at, f.id`,
    [organizationId, id],
  );
function toFollowUp(row: FollowUpRow, withRole: WithRole): ReportedFollowUp {
  const person = (id: string | null, name: string | null): Person | null =>
    name === null ? null : withRole({ id: typeIdOrNull('usr', id), name });
  return {
    ...{ title: row.title, dueOn: row.due_on, doneAt: iso(row.done_at), doneBy: person(row.done_by, row.done_by_name) },
    owner: row.owner_id === null ? null : person(row.owner_id, row.owner_name ?? 'Somebody who has left'),
  };
}
