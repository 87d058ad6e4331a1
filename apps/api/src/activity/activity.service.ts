/** What people changed, and who: written in the transaction of the change, so there is no change without its entry and no entry without its change. */
import { Injectable } from '@nestjs/common';
import { can, type Permission, type Role } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import type { ActivityPage } from './activity.dto';
import { activityColumns, toView, type Row } from './activity-row';
import { activityFilters, activityWhere, readActivityFilter } from './activity-filter';
import { type ActivityTarget } from './activity-targets';

export type ActivityEntry = {
  actor: Actor;
  /** `api_key.revoked`: the thing and what happened to it. */
  action: string;
  target: { type: ActivityTarget; id: string | null; name: string | null };
  /** What changed, and only that. Never a secret, a hash or a token. */
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown> | null;
};

/**
 * The door asked for the role when the request came; it may have waited since, for a lock or for its body. Locked until the end of the transaction: a
 * demotion, suspension or removal comes before this change, which then does not happen, or after it. Last, so that it waits for nothing with this lock.
 */
async function requireStill(tx: EntityManager, { organizationId, id }: UserActor, permission: Permission): Promise<void> {
  const [member] = await tx.query<{ role: Role; suspended_at: Date | null }[]>(
    'select role, suspended_at from membership where organization_id = $1 and user_id = $2 for share',
    [organizationId, id],
  );
  if (member && member.suspended_at === null && can(member.role, permission)) return;
  throw new AppError('insufficient_role', {
    detail: 'Your role was changed while the request waited, so nothing was done. An admin can change it back.',
  });
}

@Injectable()
export class Activity {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  /** Call it in the transaction of the change, once the change is made. Throws, so that the change is undone, when the actor may no longer make it. */
  async record(tx: EntityManager, { actor, action, target, before = null, after = null }: ActivityEntry): Promise<void> {
    if (actor.type === 'user' && actor.admittedFor !== undefined) await requireStill(tx, actor, actor.admittedFor);
    await tx.query(
      `insert into activity (organization_id, id, occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name,
         before, after, ip, request_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
      [
        ...[actor.organizationId, newId(), this.clock.now(), actor.type, actor.id, actor.name],
        ...[action, target.type, target.id, target.name, json(before), json(after), actor.ip, actor.requestId],
      ],
    );
  }

  list(actor: Actor, parameters: unknown): Promise<ActivityPage> {
    const query = readQuery(parameters, [...activityFilters, 'limit', 'cursor', 'order']);
    const [limit, order, filter] = [readLimit(query), readOrder(query), readActivityFilter(query)];
    const binding: CursorBinding = { list: 'activity', organizationId: actor.organizationId, order, filter };
    const cursor = readText(query, 'cursor');
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    const beyond = order === 'desc' ? '<' : '>';
    const { sql, values } = activityWhere(filter, [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1]);
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<Row[]>(
        `select ${activityColumns} from activity where organization_id = $1
           and ($2::timestamptz is null or (occurred_at, id) ${beyond} ($2, $3::uuid))${sql}
         order by occurred_at ${order}, id ${order} limit $4`,
        values,
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.occurred_at, id: row.id }), view: toView });
    });
  }
}

const json = (value: Record<string, unknown> | null): string | null => (value === null ? null : JSON.stringify(value));
