/** Where alerts go: made, changed, switched off and on. What is secret of it goes in, and does not come out again. */
import { Injectable } from '@nestjs/common';
import { defaultSecretOverlapSeconds, type ChannelKind } from '@pinebill/contract';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { newId, parseId, requireId } from '../../platform/ids';
import { Outbound } from '../../platform/outbound/outbound';
import { invalidFields } from '../../platform/validation';
import { Outbox } from '../outbox.service';
import { misfit, type ChannelFields } from './channel-fields';
import { ChannelRemovals } from './channel-removals';
import { allChannels, hasAlerts, oneChannel, recipientsOf, requireAlerts, toChannelView, type ChannelRow } from './channel-rows';
import { ChannelSecrets } from './channel-secrets.service';
import { shownTarget, targetOf, type Target } from './channel-target';
import type {
  ChangeChannel,
  ChannelList,
  ChannelSecret,
  ChannelView,
  CreateChannel,
  CreatedChannel,
  RotateChannelSecret,
} from './channels.dto';
import { isTargetKind } from './kinds';
import { newWebhookSecret } from './standard-webhook';

const MOST = 50;

@Injectable()
export class ChannelsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly outbound: Outbound,
    private readonly secrets: ChannelSecrets,
    private readonly removals: ChannelRemovals,
    private readonly outbox: Outbox,
  ) {}

  list(actor: Actor): Promise<ChannelList> {
    return this.tenant.run(actor, async (tx) => {
      return { data: await this.views(tx, actor, await allChannels(tx, actor)) };
    });
  }

  get(actor: Actor, id: string): Promise<ChannelView> {
    return this.tenant.run(actor, (tx) => this.view(tx, actor, requireId('chn', id)));
  }

  create(actor: Actor, { name, kind, ...fields }: CreateChannel): Promise<CreatedChannel> {
    const [id, now] = [newId(), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      await requireAlerts(tx, actor);
      this.requireFields(kind, fields);
      if ((await allChannels(tx, actor)).length >= MOST)
        throw new AppError('too_many_channels', {
          detail: `The organization has ${MOST} channels already. Delete one that is not needed.`,
        });
      const target = isTargetKind(kind) ? targetOf(kind, fields) : null;
      const users = kind === 'mail' ? await this.usersOf(tx, actor, fields.recipients ?? []) : null;
      const secret = kind === 'webhook' ? newWebhookSecret() : null;
      await namely(
        tx.query(
          `insert into channel (organization_id, id, name, kind, user_ids, target, target_shown, secret, secret_made_at, created_at, created_by,
             created_by_name, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $10)`,
          [
            ...[actor.organizationId, id, name.trim(), kind, users, ...(await this.sealed(id, target))],
            ...[
              secret && (await this.secrets.sealSecret(id, secret)),
              secret && now,
              now,
              actor.type === 'user' ? actor.id : null,
              actor.name,
            ],
          ],
        ),
      );
      const { ...view } = await this.view(tx, actor, id);
      await this.record(tx, actor, 'created', view, { after: shownOf(view) });
      return { ...view, secret };
    });
  }

  change(actor: Actor, text: string, { name, ...fields }: ChangeChannel): Promise<ChannelView> {
    const id = requireId('chn', text);
    return this.tenant.run(actor, async (tx) => {
      const row = await oneChannel(tx, actor, id, 'for update');
      await requireAlerts(tx, actor);
      const before = await this.view(tx, actor, id);
      const changes = await this.changesOf(tx, actor, row, fields);
      await namely(
        tx.query(
          `update channel set name = coalesce($3, name), user_ids = coalesce($4, user_ids), target = coalesce($5, target),
             target_shown = coalesce($6, target_shown), changed_at = $7 where organization_id = $1 and id = $2`,
          [actor.organizationId, id, name?.trim() ?? null, ...changes, this.clock.now()],
        ),
      );
      const after = await this.view(tx, actor, id);
      await this.record(tx, actor, 'changed', after, { before: shownOf(before), after: shownOf(after) });
      return after;
    });
  }

  remove(actor: Actor, text: string): Promise<void> {
    const id = requireId('chn', text);
    return this.tenant.run(actor, async (tx) => {
      await oneChannel(tx, actor, id, 'for update');
      const before = await this.view(tx, actor, id);
      await withdrawMail(tx, id, 'the channel was deleted', this.clock.now());
      await tx.query('delete from channel where organization_id = $1 and id = $2', [actor.organizationId, id]);
      await this.removals.tell(tx, actor, id);
      await this.record(tx, actor, 'deleted', before, { before: shownOf(before) });
    });
  }

  rotateSecret(actor: Actor, text: string, { overlapSeconds = defaultSecretOverlapSeconds }: RotateChannelSecret): Promise<ChannelSecret> {
    const [id, now, secret] = [requireId('chn', text), this.clock.now(), newWebhookSecret()];
    const until = overlapSeconds === 0 ? null : new Date(now.getTime() + overlapSeconds * 1_000);
    return this.tenant.run(actor, async (tx) => {
      const row = await oneChannel(tx, actor, id, 'for update');
      await requireAlerts(tx, actor);
      if (row.kind !== 'webhook')
        throw new AppError('illegal_transition', {
          detail: 'Only a webhook has a secret that we make. Change the URL or the key instead.',
        });
      await tx.query(
        `update channel set secret = $3, secret_made_at = $4, previous_secret = case when $5::timestamptz is null then null else secret end,
           previous_until = $5, changed_at = $4 where organization_id = $1 and id = $2`,
        [actor.organizationId, id, await this.secrets.sealSecret(id, secret), now, until],
      );
      const view = await this.view(tx, actor, id);
      await this.record(tx, actor, 'secret_rotated', view, { after: { previousSecretUntil: view.previousSecretUntil } });
      return { secret, previousSecretUntil: view.previousSecretUntil };
    });
  }

  /** What waited while it was off was skipped, and can be replayed one by one. */
  enable(actor: Actor, text: string): Promise<ChannelView> {
    return this.turn(actor, text, {
      action: 'enabled',
      sql: `update channel set disabled_at = null, disabled_why = null, failing_since = null, last_error = null
            where organization_id = $1 and id = $2 and disabled_at is not null and $3::timestamptz is not null`,
    });
  }

  disable(actor: Actor, text: string): Promise<ChannelView> {
    return this.turn(actor, text, {
      action: 'disabled',
      sql: `update channel set disabled_at = $3, disabled_why = 'person' where organization_id = $1 and id = $2 and disabled_at is null`,
    });
  }

  private turn(actor: Actor, text: string, { action, sql }: { action: 'enabled' | 'disabled'; sql: string }): Promise<ChannelView> {
    const id = requireId('chn', text);
    return this.tenant.run(actor, async (tx) => {
      const before = await oneChannel(tx, actor, id, 'for update');
      if (action === 'enabled') await requireAlerts(tx, actor);
      const changes = (before.disabled_at === null) === (action === 'disabled');
      if (changes) await tx.query(sql, [actor.organizationId, id, this.clock.now()]);
      if (changes && action === 'disabled') await skipQueued(tx, actor.organizationId, id, this.clock.now());
      const view = await this.view(tx, actor, id);
      if (changes) await this.record(tx, actor, action, view, {});
      return view;
    });
  }

  private async view(tx: EntityManager, actor: Actor, id: string): Promise<ChannelView> {
    const [view] = await this.views(tx, actor, [await oneChannel(tx, actor, id)]);
    return view as ChannelView;
  }

  private async views(tx: EntityManager, actor: Actor, rows: readonly ChannelRow[]): Promise<ChannelView[]> {
    const [names, alerts] = [await recipientsOf(tx, actor, rows), await hasAlerts(tx, actor.organizationId)];
    return rows.map((row) => toChannelView(row, { names, alerts, now: this.clock.now(), mail: this.outbox.isConfigured }));
  }

  /** user_ids, target, target_shown; null: as it is. */
  private async changesOf(tx: EntityManager, actor: Actor, row: ChannelRow, fields: ChannelFields): Promise<unknown[]> {
    const { kind, id } = row;
    if (fields.recipients === undefined && fields.url === undefined && fields.routingKey === undefined) return [null, null, null];
    this.requireFields(kind, fields);
    if (!isTargetKind(kind)) return [await this.usersOf(tx, actor, fields.recipients ?? []), null, null];
    // With a new key PagerDuty's address stays; what cannot be opened any more is PagerDuty's own again.
    const url = fields.url ?? (await this.secrets.open(row, this.clock.now()))?.target.url;
    return [null, ...(await this.sealed(id, targetOf(kind, { ...fields, ...(url !== undefined && { url }) })))];
  }

  private async sealed(id: string, target: Target | null): Promise<[Buffer | null, string | null]> {
    return target === null ? [null, null] : [await this.secrets.sealTarget(id, target), shownTarget(target)];
  }

  private requireFields(kind: ChannelKind, fields: ChannelFields): void {
    const issue = misfit(kind, fields);
    if (issue !== null) throw invalidFields([issue]);
    const refusal = fields.url === undefined ? null : this.outbound.refusalOf(fields.url);
    if (refusal !== null) throw invalidFields([{ pointer: '/url', rule: 'url', expected: `takes ${refusal}` }]);
  }

  private async usersOf(tx: EntityManager, { organizationId }: Actor, recipients: readonly string[]): Promise<string[]> {
    const people = await tx.query<{ id: string; email: string }[]>(
      `select u.id, lower(u.email) as email from membership m join app_user u on u.id = m.user_id
       where m.organization_id = $1 and m.suspended_at is null and m.role in ('admin', 'member')`,
      [organizationId],
    );
    const ids = recipients.map((text, index) => {
      const person = people.find(({ id, email }) => email === text.trim().toLowerCase() || id === parseId('usr', text));
      if (person) return person.id;
      throw invalidFields([
        { pointer: `/recipients/${index}`, rule: 'member', expected: 'takes an admin or a member of the organization' },
      ]);
    });
    return [...new Set(ids)];
  }

  private record(
    tx: EntityManager,
    actor: Actor,
    what: string,
    { id, name }: ChannelView,
    changes: { before?: object; after?: object },
  ): Promise<void> {
    const target = { type: 'channel', id: parseId('chn', id), name } as const;
    const { before = null, after = null } = changes;
    return this.activity.record(tx, {
      ...{ actor, action: `channel.${what}`, target },
      ...{ before: before as Record<string, unknown> | null, after: after as Record<string, unknown> | null },
    });
  }
}

/** Within the transaction that switches the channel off. */
export async function skipQueued(tx: EntityManager, organizationId: string, channelId: string, now: Date): Promise<void> {
  await tx.query(
    `update notification set state = 'skipped', last_error = 'the channel was switched off', ended_at = $3
     where organization_id = $1 and channel_id = $2 and state = 'queued' and mail_key is null`,
    [organizationId, channelId, now],
  );
  await withdrawMail(tx, channelId, 'the channel was switched off', now);
}

async function withdrawMail(tx: EntityManager, channelId: string, why: string, now: Date): Promise<void> {
  await tx.query('select mail_withdraw_of_channel($1, $2, $3)', [channelId, why, now]);
}

const shownOf = ({ name, kind, target, recipients }: ChannelView) => ({
  ...{ name, kind },
  ...(kind === 'mail' ? { recipients: recipients.map((one) => one.name) } : { target }),
});

async function namely<T>(statement: Promise<T>): Promise<T> {
  return statement.catch((error: unknown) => {
    const { constraint } = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }) : {};
    if (constraint === 'channel_name')
      throw new AppError('name_taken', { detail: 'A channel of the organization has this name. Choose another one.' });
    throw error;
  });
}
