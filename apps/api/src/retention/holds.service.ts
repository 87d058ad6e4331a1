/** Legal holds: who made one, why, of what and until when. They are never deleted: one that is over stays in the list. */
import { Injectable } from '@nestjs/common';
import { isLookedUp, type LogCondition } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { bodyFilterOf, readBodyLogFilter, type BodyFilter } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, requireId, typeId } from '../platform/ids';
import { holdPurgeOff } from '../plan';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import { invalidFields } from '../platform/validation';
import { findingsAsTheyAre, namedIn } from './held.queries';
import type { CreateHold, HoldPage, HoldView, ReleaseHold } from './retention.dto';

type Row = {
  id: string;
  reason: string;
  filter: BodyFilter;
  until: Date | null;
  created_at: Date;
  created_by: string;
  created_by_name: string;
  released_at: Date | null;
  released_by: string | null;
  released_by_name: string | null;
  release_reason: string | null;
};
const columns =
  'id, reason, filter, until, created_at, created_by, created_by_name, released_at, released_by, released_by_name, release_reason';
const MOST_NAME = 80;
/** In force at once: each is asked of every record that the purge comes to. */
export const MOST_ACTIVE = 100;

@Injectable()
export class HoldsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, body: CreateHold): Promise<HoldView> {
    if (actor.type !== 'user') throw new AppError('person_required');
    const now = this.clock.now();
    const filter = bodyFilterOf(body.filter ?? {});
    const { filter: asked, from, to } = readBodyLogFilter(filter);
    if (from && to && from >= to) throw invalidFields([{ pointer: '/filter/to', rule: 'order', expected: 'lies after from' }]);
    const until = body.until == null ? null : new Date(body.until);
    if (until && until <= now) throw invalidFields([{ pointer: '/until', rule: 'future', expected: 'lies in the future' }]);
    requireLasting(asked.conditions);
    return this.tenant.run(actor, async (tx) => {
      await holdPurgeOff(tx, actor.organizationId);
      await requireRoom(tx, actor, now);
      await requireKnown(tx, actor, asked.conditions);
      const named = asked.conditions.filter(({ field }) => field === 'findingId').flatMap(namedIn);
      const findings = named.length === 0 ? null : JSON.stringify(await findingsAsTheyAre(tx, actor.organizationId, named));
      const [row] = await tx.query<Row[]>(
        `insert into hold (organization_id, id, reason, filter, findings, until, created_at, created_by, created_by_name)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
        [actor.organizationId, newId(), body.reason, JSON.stringify(filter), findings, until, now, actor.id, actor.name],
      );
      const made = row as Row; // as it was inserted
      const after = { reason: made.reason, filter, until: until?.toISOString() ?? null };
      await this.activity.record(tx, { actor, action: 'hold.created', target: target(made), after });
      return toView(made, now);
    });
  }

  list(actor: Actor, parameters: unknown): Promise<HoldPage> {
    const query = readQuery(parameters, ['limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'holds', organizationId: actor.organizationId, order, filter: {} };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<Row[]>(
        `select ${columns} from hold where organization_id = $1 and ($2::timestamptz is null or (created_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by created_at ${order}, id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: (row) => toView(row, now) });
    });
  }

  get(actor: Actor, id: string): Promise<HoldView> {
    const uuid = requireId('hld', id);
    return this.tenant.run(actor, async (tx) => toView(await load(tx, actor, uuid), this.clock.now()));
  }

  release(actor: Actor, id: string, { reason }: ReleaseHold): Promise<HoldView> {
    const [uuid, now] = [requireId('hld', id), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      const before = await load(tx, actor, uuid, 'for no key update');
      if (before.released_at)
        throw new AppError('hold_released', {
          detail: `${before.released_by_name ?? 'Somebody'} released it already. Nothing is left to do.`,
        });
      const after: Row = { ...before, released_at: now, released_by: actor.id, released_by_name: actor.name, release_reason: reason };
      await tx.query(
        'update hold set released_at = $3, released_by = $4, released_by_name = $5, release_reason = $6 where organization_id = $1 and id = $2',
        [...[actor.organizationId, uuid, now, actor.id, actor.name, reason]],
      );
      await this.activity.record(tx, { actor, action: 'hold.released', target: target(before), after: { reason } });
      return toView(after, now);
    });
  }
}

/** What is evidence or of a finding becomes more; a hold on all the rest would let go of it, and nobody would have decided that. */
function requireLasting(conditions: readonly LogCondition[]): void {
  const issues = conditions.filter(({ field, negated }) => isLookedUp(field) && negated);
  if (issues.length > 0)
    throw invalidFields(issues.map(({ field }) => ({ pointer: `/filter/${field}`, rule: 'lasting', expected: 'takes ids without `!`: a hold must not become less by what is added to an incident or a finding' }))); // prettier-ignore
}

async function requireRoom(tx: EntityManager, { organizationId }: Actor, now: Date): Promise<void> {
  const [row] = await tx.query<{ active: number }[]>(
    'select count(*)::integer as active from hold where organization_id = $1 and released_at is null and (until is null or until > $2)',
    [organizationId, now],
  );
  if ((row?.active ?? 0) >= MOST_ACTIVE)
    throw new AppError('too_many_holds', {
      detail: `${MOST_ACTIVE} holds are in force, and more cannot be at once. Release one that nobody needs any more, or make one hold of several: a filter takes up to 100 values of a field.`,
    });
}

/** A hold on what does not exist would hold nothing, and nobody would notice. */
async function requireKnown(tx: EntityManager, { organizationId }: Actor, conditions: readonly LogCondition[]): Promise<void> {
  for (const [field, table] of [
    ['apiKeyId', 'api_key'],
    ['incidentId', 'incident'],
    ['findingId', 'finding'],
  ] as const) {
    const ids = conditions.filter((condition) => condition.field === field).flatMap(namedIn);
    if (ids.length === 0) continue;
    const known = await tx.query<{ id: string }[]>(`select id from ${table} where organization_id = $1 and id = any($2::uuid[])`, [
      organizationId,
      ids,
    ]);
    if (known.length < new Set(ids).size)
      throw new AppError('resource_not_found', {
        detail: `The filter names an id in ${field} that the organization does not have. Check the id.`,
      });
  }
}

const target = ({ id, reason }: Row) => ({ type: 'hold', id, name: reason.slice(0, MOST_NAME) }) as const;

async function load(tx: EntityManager, { organizationId }: Actor, id: string, lock: '' | 'for no key update' = ''): Promise<Row> {
  const [row] = await tx.query<Row[]>(`select ${columns} from hold where organization_id = $1 and id = $2 ${lock}`, [organizationId, id]);
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'The organization has no hold with this id. Check the id.' });
}

function toView(row: Row, now: Date): HoldView {
  const person = (id: string | null, name: string | null) => (id === null ? null : { id: typeId('usr', id), name: name ?? '' });
  return {
    id: typeId('hld', row.id),
    state: row.released_at ? 'released' : row.until && row.until <= now ? 'ended' : 'active',
    reason: row.reason,
    filter: row.filter,
    until: row.until?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    createdBy: { id: typeId('usr', row.created_by), name: row.created_by_name },
    releasedAt: row.released_at?.toISOString() ?? null,
    releasedBy: person(row.released_by, row.released_by_name),
    releaseReason: row.release_reason,
  };
}
