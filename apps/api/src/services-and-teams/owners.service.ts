/** The services and teams that keys belong to. Keys name them by text; a rename or a merge changes the keys in the same transaction, the log never. */
import { Injectable } from '@nestjs/common';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, requireId, typeId } from '../platform/ids';
import { invalidField, readLimit, readOrder, readQuery, readText } from '../platform/query';
import { ownerKinds, type OwnerKind } from './owner-kind';
import { lockOwner, ownerColumns, type OwnerRow } from './owners.queries';

export type OwnerView = { id: string; name: string; keys: number; createdAt: string };
type Page = { data: OwnerView[]; nextCursor: string | null };

@Injectable()
export class OwnersService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, kind: OwnerKind, parameters: unknown): Promise<Page> {
    const query = readQuery(parameters, ['limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: ownerKinds[kind].list, organizationId: actor.organizationId, order, filter: {} };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<OwnerRow[]>(
        // A cursor holds milliseconds.
        `select ${ownerColumns(kind)} from ${kind} o where o.organization_id = $1
           and ($2::timestamptz is null or (date_trunc('milliseconds', o.created_at), o.id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by date_trunc('milliseconds', o.created_at) ${order}, o.id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.created_at, id: row.id }), view: (row) => toView(kind, row) });
    });
  }

  create(actor: Actor, kind: OwnerKind, name: string): Promise<OwnerView> {
    const row: OwnerRow = { id: newId(), name, created_at: this.clock.now(), keys: 0 };
    return this.tenant.run(actor, async (tx) => {
      await tx
        .query(`insert into ${kind} (organization_id, id, name, created_at) values ($1, $2, $3, $4)`, [
          ...[actor.organizationId, row.id, name, row.created_at],
        ])
        .catch(onNameTaken);
      await this.activity.record(tx, { actor, action: `${kind}.created`, target: { type: kind, id: row.id, name }, after: { name } });
      return toView(kind, row);
    });
  }

  rename(actor: Actor, kind: OwnerKind, { id, name }: { id: string; name: string }): Promise<OwnerView> {
    const uuid = requireId(ownerKinds[kind].prefix, id);
    return this.tenant.run(actor, async (tx) => {
      const old = (await lockOwner(tx, kind, { organizationId: actor.organizationId, id: uuid })) ?? missing(kind);
      if (old.name === name) return toView(kind, old);
      await tx
        .query(`update ${kind} set name = $3 where organization_id = $1 and id = $2`, [actor.organizationId, uuid, name])
        .catch(onNameTaken);
      const keys = await moveKeys(tx, kind, { organizationId: actor.organizationId, from: old.name, to: name });
      const target = { type: kind, id: uuid, name };
      await this.activity.record(tx, { actor, action: `${kind}.renamed`, target, before: { name: old.name }, after: { name, keys } });
      return toView(kind, { ...old, name });
    });
  }

  /** The one is gone, the other has its keys, revoked ones too. */
  merge(actor: Actor, kind: OwnerKind, { id, into }: { id: string; into: string }): Promise<OwnerView> {
    const { prefix } = ownerKinds[kind];
    const [from, to] = [requireId(prefix, id), requireId(prefix, into)];
    if (from === to) throw invalidField({ pointer: '/into', rule: 'other', expected: `another ${kind}` });
    return this.tenant.run(actor, async (tx) => {
      const locked = new Map<string, OwnerRow>();
      // In one order, whoever merges what into what: so two merges never wait for each other.
      for (const one of [from, to].sort())
        locked.set(one, (await lockOwner(tx, kind, { organizationId: actor.organizationId, id: one })) ?? missing(kind));
      const [old, stays] = [locked.get(from) ?? missing(kind), locked.get(to) ?? missing(kind)];
      const keys = await moveKeys(tx, kind, { organizationId: actor.organizationId, from: old.name, to: stays.name });
      await tx.query(`delete from ${kind} where organization_id = $1 and id = $2`, [actor.organizationId, from]);
      const target = { type: kind, id: to, name: stays.name };
      await this.activity.record(tx, {
        actor,
        action: `${kind}.merged`,
        target,
        before: { name: old.name },
        after: { name: stays.name, keys },
      });
      return toView(kind, (await lockOwner(tx, kind, { organizationId: actor.organizationId, id: to })) ?? missing(kind));
    });
  }
}

type Move = { organizationId: string; from: string; to: string };

/** How many were changed. */
async function moveKeys(tx: EntityManager, kind: OwnerKind, { organizationId, from, to }: Move): Promise<number> {
  const [, count] = await tx.query<[unknown, number]>(
    `update api_key set ${kind} = $3 where organization_id = $1 and lower(${kind}) = lower($2)`,
    [organizationId, from, to],
  );
  return count;
}

const toView = (kind: OwnerKind, { id, name, keys, created_at }: OwnerRow): OwnerView => ({
  id: typeId(ownerKinds[kind].prefix, id),
  name,
  keys,
  createdAt: created_at.toISOString(),
});

function missing(kind: OwnerKind): never {
  throw new AppError('resource_not_found', { detail: `The organization has no ${kind} with this id. Check the id.` });
}

/** The unique index decides, not a look before. */
function onNameTaken(error: unknown): never {
  const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
  if (constraint !== 'service_name_taken' && constraint !== 'team_name_taken') throw error;
  throw new AppError('name_taken', { detail: 'Another one has this name. Choose a different name, or merge the two.', cause: error });
}
