/** What people write to an incident, and whom they want to read it. A note is never changed: what was thought at the time is part of the story. */
import { Injectable } from '@nestjs/common';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, parseId, requireId, typeId } from '../platform/ids';
import { readLimit, readQuery, readText } from '../platform/query';
import { invalidFields } from '../platform/validation';
import { mayRead, requirePossible } from './describing';
import type { AddNote } from './handling.dto';
import type { IncidentNote, IncidentNotes } from './handling-view.dto';
import { IncidentEvents } from './incident-events.service';
import { IncidentMails } from './incident-mails.service';
import { personOf } from './incident-view';
import { getIncident } from './incidents.queries';
import { requireRoomFor } from './writing-limits';

type Row = { id: string; at: Date; author_id: string | null; author_name: string; text: string; mentions: { id: string; name: string }[] };

const select = `select n.id, n.at, n.author_id, n.author_name, n.text, coalesce((select json_agg(json_build_object('id', m.id, 'name', coalesce(u.name, 'Somebody who has left')))
    from unnest(n.mentions) m (id) left join app_user u on u.id = m.id), '[]') as mentions
  from incident_note n where n.organization_id = $1 and n.incident_id = $2`;

@Injectable()
export class IncidentNoting {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly events: IncidentEvents,
    private readonly mails: IncidentMails,
  ) {}

  list(actor: Actor, id: string, parameters: unknown): Promise<IncidentNotes> {
    const uuid = requireId('inc', id);
    const query = readQuery(parameters, ['limit', 'cursor']);
    const [limit, cursor] = [readLimit(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'incident-notes', organizationId: actor.organizationId, order: 'asc', filter: { uuid } };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      await getIncident(tx, actor, uuid);
      const rows = await tx.query<Row[]>(
        `${select} and ($3::timestamptz is null or (n.at, n.id) > ($3, $4::uuid)) order by n.at, n.id limit $5`,
        [actor.organizationId, uuid, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.at, id: row.id }), view: toNote });
    });
  }

  add(actor: Actor, id: string, { text, mentions: asked }: AddNote): Promise<IncidentNote> {
    const uuid = requireId('inc', id);
    const mentions = asked ?? [];
    const people = mentions.map((one) => parseId('usr', one));
    const noteId = newId();
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('note', incident);
      await requireRoomFor(tx, actor, 'notes', this.clock.now());
      if (!(await mayRead(tx, actor, people)))
        throw invalidFields([{ pointer: '/mentions', rule: 'member', expected: 'names admins and members of the organization' }]);
      const mentioned = people.filter((one) => one !== null);
      await tx.query(
        `insert into incident_note (organization_id, id, incident_id, at, author_id, author_name, text, mentions) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
        [actor.organizationId, noteId, uuid, this.clock.now(), actor.id, actor.name, text.trim(), mentioned],
      );
      await this.events.record(tx, actor, incident, { kind: 'noteAdded', data: { note: typeId('note', noteId), mentions } });
      await this.mails.mentioned(tx, actor, incident, mentioned.filter((one) => one !== actor.id)); // prettier-ignore
      const [row] = await tx.query<Row[]>(`${select} and n.id = $3`, [actor.organizationId, uuid, noteId]);
      return toNote(row as Row); // just inserted
    });
  }
}

const toNote = (row: Row): IncidentNote => ({
  id: typeId('note', row.id),
  at: row.at.toISOString(),
  author: personOf({ id: row.author_id, name: row.author_name }),
  text: row.text,
  mentions: row.mentions.map(personOf),
});
