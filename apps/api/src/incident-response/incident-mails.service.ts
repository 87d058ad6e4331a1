/** Who is told of an incident, and in which words. Queued in the transaction of what they tell of. */
import { Injectable } from '@nestjs/common';
import type { IncidentSeverity, Permission } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Outbox } from '../notifications';
import type { Actor } from '../platform/actor';
import { typeId } from '../platform/ids';
import { nameOfIncident, type Named } from './incident-events.service';

type Mail = { to: readonly string[]; requires: Permission; subject: string; text: string; dedupeKey?: string };

@Injectable()
export class IncidentMails {
  constructor(private readonly outbox: Outbox) {}

  /** To every admin: one link, to where the key is stopped. */
  async opened(tx: EntityManager, actor: Actor, incident: Named & { severity: IncidentSeverity }): Promise<void> {
    const admins = await tx.query<{ user_id: string }[]>(
      `select user_id from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
      [actor.organizationId],
    );
    await this.send(tx, actor, {
      to: admins.map(({ user_id }) => user_id),
      requires: 'incidents:write',
      subject: `Security incident ${nameOfIncident(incident)}`,
      text: paragraphs(
        `${actor.type === 'system' ? 'PineBill' : actor.name} has opened a security incident of severity ${incident.severity}: ${incident.title}.`,
        'Nothing has been stopped yet. Look at it and decide: revoke the key, quarantine it, or say that it is nothing.',
        this.link(incident, '/contain'),
      ),
      dedupeKey: `incident.opened:${incident.id}`,
    });
  }

  assigned(tx: EntityManager, actor: Actor, incident: Named, assignee: string): Promise<void> {
    return this.send(tx, actor, {
      to: [assignee],
      requires: 'incidents:read',
      subject: `Yours: incident ${nameOfIncident(incident)}`,
      text: paragraphs(`${actor.name} has made you the one who sees to the incident ${nameOfIncident(incident)}.`, this.link(incident)),
    });
  }

  mentioned(tx: EntityManager, actor: Actor, incident: Named, people: readonly string[]): Promise<void> {
    return this.send(tx, actor, {
      to: people,
      requires: 'incidents:read',
      subject: `${actor.name} mentions you in incident ${nameOfIncident(incident)}`,
      text: paragraphs(`${actor.name} mentions you in a note to the incident ${nameOfIncident(incident)}.`, this.link(incident, '/notes')),
    });
  }

  followUp(tx: EntityManager, actor: Actor, incident: Named, task: { owner: string; title: string; dueOn: string | null }): Promise<void> {
    const due = task.dueOn === null ? '' : ` It is due on ${task.dueOn}.`;
    return this.send(tx, actor, {
      to: [task.owner],
      requires: 'incidents:read',
      subject: `To do after incident ${nameOfIncident(incident)}`,
      text: paragraphs(
        `${actor.name} asks you for this, after the incident ${nameOfIncident(incident)}: ${task.title}.${due}`,
        this.link(incident),
      ),
    });
  }

  /** What people wrote of it is read in the console: a mail goes through other hands. */
  private async send(tx: EntityManager, { organizationId }: Actor, { to, ...mail }: Mail): Promise<void> {
    await this.outbox.queue(tx, { organizationId, to: to.map((userId) => ({ userId })), ...mail });
  }

  private link({ id }: Named, part = ''): string {
    return `${this.outbox.origin}/#/incidents/${typeId('inc', id)}${part}`;
  }
}

const paragraphs = (...texts: string[]): string => texts.join('\n\n');
