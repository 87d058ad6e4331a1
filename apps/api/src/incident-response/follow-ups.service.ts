/** What is to be done after an incident, by whom and until when. It goes on when the incident is closed. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId, parseId, requireId, typeId, typeIdOrNull } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import { mayRead, requirePossible } from './describing';
import type { AddFollowUp, ChangeFollowUp } from './handling.dto';
import type { IncidentFollowUp, IncidentFollowUps } from './handling-view.dto';
import { IncidentEvents } from './incident-events.service';
import { IncidentMails } from './incident-mails.service';
import { personOf } from './incident-view';
import { getIncident, type IncidentRow } from './incidents.queries';

type Row = {
  id: string;
  title: string;
  owner_id: string | null;
  owner_name: string | null;
  due_on: string | null;
  created_at: Date;
  done_at: Date | null;
  done_by: string | null;
  done_by_name: string | null;
};

const select = `select f.id, f.title, f.owner_id, u.name as owner_name, to_char(f.due_on, 'YYYY-MM-DD') as due_on, f.created_at, f.done_at, f.done_by, f.done_by_name
  from incident_follow_up f left join app_user u on u.id = f.owner_id where f.organization_id = $1 and f.incident_id = $2`;

@Injectable()
export class FollowUps {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly events: IncidentEvents,
    private readonly mails: IncidentMails,
  ) {}

  list(actor: Actor, id: string): Promise<IncidentFollowUps> {
    const uuid = requireId('inc', id);
    return this.tenant.run(actor, async (tx) => {
      await getIncident(tx, actor, uuid);
      const rows = await tx.query<Row[]>(`${select} order by f.created_at, f.id`, [actor.organizationId, uuid]);
      return { data: rows.map(toFollowUp) };
    });
  }

  add(actor: Actor, id: string, { title, ownerId = null, dueOn = null }: AddFollowUp): Promise<IncidentFollowUp> {
    const [uuid, followUpId] = [requireId('inc', id), newId()];
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, uuid, 'lock');
      requirePossible('followUp', incident);
      const owner = await ownerOf(tx, actor, ownerId);
      await tx.query(
        'insert into incident_follow_up (organization_id, id, incident_id, title, owner_id, due_on, created_at) values ($1, $2, $3, $4, $5, $6, $7)',
        [actor.organizationId, followUpId, uuid, title.trim(), owner, dueOn, this.clock.now()],
      );
      const made = toFollowUp(await one(tx, actor, { incidentId: uuid, id: followUpId }));
      await this.events.record(tx, actor, incident, { kind: 'followUpAdded', data: { id: made.id, title: made.title, ownerId, dueOn } });
      await this.tell(tx, actor, incident, { owner, title: made.title, dueOn });
      return made;
    });
  }

  change(actor: Actor, id: string, followUpId: string, body: ChangeFollowUp): Promise<IncidentFollowUp> {
    const ids = { incidentId: requireId('inc', id), id: requireId('fup', followUpId) };
    return this.tenant.run(actor, async (tx) => {
      const incident = await getIncident(tx, actor, ids.incidentId, 'lock');
      requirePossible('followUp', incident);
      const old = await one(tx, actor, ids);
      const row = changedRow(old, body, { owner: body.ownerId === undefined ? old.owner_id : await ownerOf(tx, actor, body.ownerId), actor, now: this.clock.now() }); // prettier-ignore
      await tx.query(
        `update incident_follow_up set title = $4, owner_id = $5, due_on = $6, done_at = $7, done_by = $8, done_by_name = $9
         where organization_id = $1 and incident_id = $2 and id = $3`,
        [actor.organizationId, ids.incidentId, ids.id, row.title, row.owner_id, row.due_on, row.done_at, row.done_by, row.done_by_name],
      );
      await this.events.record(tx, actor, incident, { kind: 'followUpChanged', before: told(old), data: told(row) });
      if (row.owner_id !== old.owner_id) await this.tell(tx, actor, incident, { owner: row.owner_id, title: row.title, dueOn: row.due_on });
      return toFollowUp(await one(tx, actor, ids));
    });
  }

  private async tell(
    tx: EntityManager,
    actor: Actor,
    incident: IncidentRow,
    { owner, ...task }: { owner: string | null; title: string; dueOn: string | null },
  ): Promise<void> {
    if (owner !== null && owner !== actor.id) await this.mails.followUp(tx, actor, incident, { owner, ...task });
  }
}

async function one(tx: EntityManager, actor: Actor, { incidentId, id }: { incidentId: string; id: string }): Promise<Row> {
  const [row] = await tx.query<Row[]>(`${select} and f.id = $3`, [actor.organizationId, incidentId, id]);
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'The incident has no follow-up with this id. Check the id.' });
}

async function ownerOf(tx: EntityManager, actor: Actor, id: string | null): Promise<string | null> {
  if (id === null) return null;
  const uuid = parseId('usr', id);
  if (uuid !== null && (await mayRead(tx, actor, [uuid]))) return uuid;
  throw invalidFields([{ pointer: '/ownerId', rule: 'member', expected: 'is an admin or member of the organization' }]);
}

type Changing = { owner: string | null; actor: Actor; now: Date };

function changedRow(old: Row, { title, dueOn, done }: ChangeFollowUp, { owner, actor, now }: Changing): Row {
  const row = { ...old, title: title?.trim() ?? old.title, owner_id: owner, due_on: dueOn === undefined ? old.due_on : dueOn };
  if (done === undefined || done === (old.done_at !== null)) return row;
  return done
    ? { ...row, done_at: now, done_by: actor.id, done_by_name: actor.name }
    : { ...row, done_at: null, done_by: null, done_by_name: null };
}

const told = ({ id, title, owner_id, due_on, done_at }: Row): Record<string, unknown> => ({
  ...{ id: typeId('fup', id), title, ownerId: typeIdOrNull('usr', owner_id), dueOn: due_on, doneAt: done_at?.toISOString() ?? null },
});

const toFollowUp = (row: Row): IncidentFollowUp => ({
  id: typeId('fup', row.id),
  title: row.title,
  owner: row.owner_id === null ? null : personOf({ id: row.owner_id, name: row.owner_name ?? 'Somebody who has left' }),
  dueOn: row.due_on,
  createdAt: row.created_at.toISOString(),
  doneAt: row.done_at?.toISOString() ?? null,
  doneBy: row.done_by_name === null ? null : personOf({ id: row.done_by, name: row.done_by_name }),
});
