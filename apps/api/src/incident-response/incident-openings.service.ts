/** How an incident begins: its subjects, its evidence, its number, and who is told. All in one transaction, which is the caller's. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { livingKeys } from '../api-keys';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { holdPurgeOff } from '../plan';
import { Clock } from '../platform/clock';
import { newId, typeId } from '../platform/ids';
import { IncidentCallers } from './incident-callers.service';
import { IncidentEvents } from './incident-events.service';
import { IncidentEvidence, type Evidence } from './incident-evidence.service';
import { addressText } from './incident-facts';
import { IncidentMails } from './incident-mails.service';
import { originOf, subjectsOfOpening, titleOf, type NewSubject, type Opening } from './opening';

@Injectable()
export class IncidentOpenings {
  constructor(
    private readonly clock: Clock,
    private readonly events: IncidentEvents,
    private readonly evidence: IncidentEvidence,
    private readonly mails: IncidentMails,
    private readonly callers: IncidentCallers,
  ) {}

  async open(tx: EntityManager, actor: Actor, opening: Opening): Promise<{ id: string; number: number }> {
    const { severity = 'high', drill = false } = opening;
    // An incident holds what it is about from the moment it is opened.
    await holdPurgeOff(tx, actor.organizationId);
    const evidence = await this.evidence.read(tx, actor, opening.logIds ?? []);
    const subjects = subjectsOfOpening(
      opening,
      evidence.map(({ stored }) => stored),
    );
    const names = await namesOf(tx, actor, subjects, opening);
    const title = opening.title?.trim() ?? titleOf(subjects, (subject) => names.get(subject.reference) ?? 'A key that is gone');
    const incident = { id: newId(), title, severity, drill, number: await nextNumber(tx, actor) };
    await this.insert(tx, actor, { ...incident, opening });
    await this.addSubjects(tx, actor, incident.id, subjects);
    await this.callers.find(tx, actor, incident.id);
    await this.complete(tx, actor, { incident, evidence, note: opening.note ?? null });
    const from = originOf(opening);
    await this.events.record(tx, actor, incident, {
      kind: 'opened',
      data: {
        title,
        severity,
        drill,
        from: from.kind,
        subjects: subjects.map((subject) => told(subject, names)),
        evidence: evidence.length,
      },
    });
    if (!isAdmin(actor) && opening.isTold !== true) await this.mails.opened(tx, actor, incident);
    return { id: incident.id, number: incident.number };
  }

  private async insert(
    tx: EntityManager,
    actor: Actor,
    incident: { id: string; number: number; title: string; severity: string; drill: boolean; opening: Opening },
  ): Promise<void> {
    const now = this.clock.now();
    // An admin who opens it has looked at it.
    const looked = isAdmin(actor) ? [now, actor.id, actor.name] : [null, null, null];
    await tx.query(
      `insert into incident (organization_id, id, number, title, severity, drill, opened_at, opened_by, opened_by_name, opened_from, looked_at, looked_by,
         looked_by_name, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $7)`,
      [
        ...[actor.organizationId, incident.id, incident.number, incident.title, incident.severity, incident.drill, now],
        ...[actor.type === 'user' ? actor.id : null, actor.name, JSON.stringify(originOf(incident.opening)), ...looked],
      ],
    );
  }

  /** Returns those that are new. The incident is locked, or new. */
  async addSubjects(tx: EntityManager, actor: Actor, incidentId: string, subjects: readonly NewSubject[]): Promise<NewSubject[]> {
    const rows = await tx.query<NewSubject[]>(
      `insert into incident_subject (organization_id, incident_id, kind, reference, added_at, added_by)
       select $1, $2, kind, case kind when 'address' then reference::cidr::text else reference end, $5, $6 from unnest($3::text[], $4::text[]) s (kind, reference)
       on conflict do nothing returning kind, reference`,
      [
        ...[actor.organizationId, incidentId, subjects.map(({ kind }) => kind), subjects.map(({ reference }) => reference)],
        ...[this.clock.now(), actor.id],
      ],
    );
    return rows;
  }

  private async complete(
    tx: EntityManager,
    actor: Actor,
    { incident, evidence, note }: { incident: { id: string }; evidence: readonly Evidence[]; note: string | null },
  ): Promise<void> {
    if (evidence.length > 0) await this.evidence.keep(tx, actor, incident.id, evidence);
    if (note === null) return;
    await tx.query(
      `insert into incident_note (organization_id, id, incident_id, at, author_id, author_name, text, mentions) values ($1, $2, $3, $4, $5, $6, $7, '{}')`,
      [actor.organizationId, newId(), incident.id, this.clock.now(), actor.id, actor.name, note.trim()],
    );
  }
}

const isAdmin = (actor: Actor): boolean => actor.type === 'user' && actor.role === 'admin';

/** Counted without gaps; whoever opens another one at this moment waits. */
async function nextNumber(tx: EntityManager, { organizationId }: Actor): Promise<number> {
  const [row] = await tx.query<{ last: number }[]>(
    `insert into incident_number as n (organization_id, last) values ($1, 1)
     on conflict (organization_id) do update set last = n.last + 1 returning last`,
    [organizationId],
  );
  return row?.last ?? 1;
}

/** Of keys and people, by uuid. Throws when one that was named is not there; what only a record brings may be gone. */
export async function namesOf(
  tx: EntityManager,
  { organizationId }: Actor,
  subjects: readonly NewSubject[],
  named: Pick<Opening, 'apiKeyIds' | 'userIds'>,
): Promise<ReadonlyMap<string, string>> {
  const of = (kind: NewSubject['kind']): string[] => subjects.filter((one) => one.kind === kind).map(({ reference }) => reference);
  const keys = of('key').length === 0 ? [] : await livingKeys(tx, organizationId, of('key'));
  const people =
    of('person').length === 0
      ? []
      : await tx.query<{ id: string; name: string }[]>(
          `select u.id, u.name from membership m join app_user u on u.id = m.user_id where m.organization_id = $1 and m.user_id = any($2::uuid[])`,
          [organizationId, of('person')],
        );
  const names = new Map([...keys, ...people].map(({ id, name }) => [id, name]));
  if ([...(named.apiKeyIds ?? []), ...(named.userIds ?? [])].some((id) => !names.has(id)))
    throw new AppError('resource_not_found', {
      detail: 'One of the ids is no API key or no person of the organization, so nothing was done. Check the ids.',
    });
  return names;
}

/** For the timeline and the activity log. */
export function told({ kind, reference }: NewSubject, names: ReadonlyMap<string, string>): { kind: string; id: string; name: string } {
  if (kind === 'address') return { kind, id: addressText(reference), name: addressText(reference) };
  return { kind, id: typeId(kind === 'key' ? 'key' : 'usr', reference), name: names.get(reference) ?? '' };
}
