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
  async record(tx: EntityManager, { actor, ...entry }: ActivityEntry): Promise<void> {
    await this.recordAll(tx, actor, [entry]);
  }

  /** What one actor changed at once, in this order: one statement, however much it is. */
  async recordAll(tx: EntityManager, actor: Actor, entries: readonly Omit<ActivityEntry, 'actor'>[]): Promise<void> {
    if (entries.length === 0) return;
    if (actor.type === 'user' && actor.admittedFor !== undefined) await requireStill(tx, actor, actor.admittedFor);
    await tx.query(
      `insert into activity (organization_id, id, occurred_at, actor_type, actor_id, actor_name, ip, request_id, action, target_type, target_id, target_name,
         before, after)
       select $1, e.id, $2, $3, $4, $5, $6, $7, e.action, e.target_type, e.target_id, e.target_name, e.before, e.after
       from unnest($8::uuid[], $9::text[], $10::text[], $11::uuid[], $12::text[], $13::jsonb[], $14::jsonb[])
         e (id, action, target_type, target_id, target_name, before, after)`,
      [
        ...[actor.organizationId, this.clock.now(), actor.type, actor.id, actor.name, actor.ip, actor.requestId],
        ...[entries.map(() => newId()), entries.map(({ action }) => action), entries.map(({ target }) => target.type)],
        ...[entries.map(({ target }) => target.id), entries.map(({ target }) => target.name)],
        ...[entries.map(({ before = null }) => json(before)), entries.map(({ after = null }) => json(after))],
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
