/**
 * Saved views: a filter of the log with a name, and how the list looks with it. What is not shared is its maker's alone, for everybody else it does
 * not exist: not in lists, not by its id, not by a name that is taken, and not in what the activity log says of it.
 */
import { Injectable } from '@nestjs/common';
import type { LogDensity, LogListColumn, LogRange } from '@pinebill/contract';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { bodyFilterOf, readBodyLogFilter, type BodyFilter } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId, requireId, typeId } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import type { ChangeSavedView, CreateSavedView, SavedView, SavedViewList } from './saved-views.dto';

const MOST_OF_ONE = 100;
/** Everybody reads all of them at once. */
const MOST_SHARED = 200;
/** A hundred addresses in each of two lists, and then some. */
const MOST_FILTER_BYTES = 16_384;

/** What can be changed. */
type Content = {
  name: string;
  shared: boolean;
  filter: BodyFilter;
  range: LogRange | null;
  columns: LogListColumn[] | null;
  order: 'desc' | 'asc';
  density: LogDensity | null;
};
type Row = Omit<Content, 'order'> & {
  id: string;
  sort_order: 'desc' | 'asc';
  created_at: Date;
  updated_at: Date;
  created_by: string;
  created_by_name: string;
  is_default: boolean;
};

@Injectable()
export class SavedViewsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  list(asking: Actor): Promise<SavedViewList> {
    const actor = person(asking);
    return this.tenant.run(actor, async (tx) => ({ data: (await visible(tx, actor)).map(toView) }));
  }

  get(asking: Actor, id: string): Promise<SavedView> {
    const actor = person(asking);
    return this.tenant.run(actor, async (tx) => toView(await one(tx, actor, requireId('viw', id))));
  }

  create(asking: Actor, body: CreateSavedView): Promise<SavedView> {
    const actor = person(asking);
    const content = changed(blank, body);
    const [id, now] = [newId(), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      await refuseTooMany(tx, actor, { one: MOST_OF_ONE, shared: content.shared });
      await tx
        .query(
          `insert into saved_view (organization_id, id, name, shared, filter, range, columns, sort_order, density, created_at, updated_at, created_by, created_by_name)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)`,
          [actor.organizationId, id, ...stored(content), now, actor.id, actor.name],
        )
        .catch(onNameTaken);
      await this.activity.record(tx, { actor, action: 'saved_view.created', target: targetOf(id, content), after: told(content) });
      return toView(await one(tx, actor, id));
    });
  }

  change(asking: Actor, id: string, body: ChangeSavedView): Promise<SavedView> {
    const actor = person(asking);
    const uuid = requireId('viw', id);
    return this.tenant.run(actor, async (tx) => {
      const row = await changeable(tx, actor, uuid);
      const [before, after] = [contentOf(row), changed(contentOf(row), body)];
      if (after.shared && !before.shared) await refuseTooMany(tx, actor, { one: Infinity, shared: true });
      await tx
        .query(
          `update saved_view set name = $3, shared = $4, filter = $5, range = $6, columns = $7, sort_order = $8, density = $9, updated_at = $10
           where organization_id = $1 and id = $2`,
          [actor.organizationId, uuid, ...stored(after), this.clock.now()],
        )
        .catch(onNameTaken);
      const action = before.shared === after.shared ? 'saved_view.changed' : after.shared ? 'saved_view.shared' : 'saved_view.unshared';
      await this.activity.record(tx, { actor, action, target: targetOf(uuid, after), before: told(before), after: told(after) });
      // Whoever takes a view of somebody else from everybody takes it from themselves as well.
      return toView({ ...row, ...after, sort_order: after.order, updated_at: this.clock.now() });
    });
  }

  remove(asking: Actor, id: string): Promise<void> {
    const actor = person(asking);
    const uuid = requireId('viw', id);
    return this.tenant.run(actor, async (tx) => {
      const content = contentOf(await changeable(tx, actor, uuid));
      await tx.query('delete from saved_view where organization_id = $1 and id = $2', [actor.organizationId, uuid]);
      await this.activity.record(tx, { actor, action: 'saved_view.deleted', target: targetOf(uuid, content), before: told(content) });
    });
  }

  makeDefault(asking: Actor, id: string): Promise<SavedView> {
    const actor = person(asking);
    const uuid = requireId('viw', id);
    return this.tenant.run(actor, async (tx) => {
      const row = await one(tx, actor, uuid, 'for key share of v');
      await tx.query(
        `insert into saved_view_default (organization_id, user_id, saved_view_id) values ($1, $2, $3)
         on conflict (organization_id, user_id) do update set saved_view_id = excluded.saved_view_id`,
        [actor.organizationId, actor.id, uuid],
      );
      await this.activity.record(tx, { actor, action: 'saved_view.default_set', target: targetOf(uuid, contentOf(row)) });
      return toView({ ...row, is_default: true });
    });
  }

  dropDefault(asking: Actor, id: string): Promise<void> {
    const actor = person(asking);
    const uuid = requireId('viw', id);
    return this.tenant.run(actor, async (tx) => {
      const row = await one(tx, actor, uuid);
      if (!row.is_default) return;
      await tx.query('delete from saved_view_default where organization_id = $1 and user_id = $2', [actor.organizationId, actor.id]);
      await this.activity.record(tx, { actor, action: 'saved_view.default_dropped', target: targetOf(uuid, contentOf(row)) });
    });
  }
}

function person(actor: Actor): UserActor {
  if (actor.type !== 'user') throw new AppError('person_required');
  return actor;
}

const blank: Content = { name: '', shared: false, filter: {}, range: null, columns: null, order: 'desc', density: null };

function changed(before: Content, body: ChangeSavedView): Content {
  const kept = <T>(asked: T | undefined, was: T): T => (asked === undefined ? was : asked);
  const filter = body.filter === undefined ? before.filter : bodyFilterOf(body.filter);
  const { from, to } = readBodyLogFilter(filter);
  const range = kept(body.range, before.range);
  if (range !== null && (from !== null || to !== null))
    throw invalidFields([{ pointer: '/range', rule: 'period', expected: 'is null when the filter has from or to' }]);
  if (Buffer.byteLength(JSON.stringify(filter)) > MOST_FILTER_BYTES)
    throw invalidFields([{ pointer: '/filter', rule: 'length', expected: `takes at most ${MOST_FILTER_BYTES} bytes` }]);
  return {
    name: (body.name ?? before.name).trim(),
    shared: body.shared ?? before.shared,
    filter,
    range,
    columns: kept(body.columns, before.columns),
    order: body.order ?? before.order,
    density: kept(body.density, before.density),
  };
}

/** $3 to $9. */
const stored = ({ name, shared, filter, range, columns, order, density }: Content): unknown[] => [
  name,
  shared,
  JSON.stringify(filter),
  range,
  columns,
  order,
  density,
];

/** To everybody who reads the activity: of what is private nothing but that. */
const told = ({ shared, name, filter, range }: Content): Record<string, unknown> => (shared ? { shared, name, filter, range } : { shared });
const targetOf = (id: string, { name, shared }: Content) => ({ type: 'savedView', id, name: shared ? name : 'A private view' }) as const;

const select = `select v.id, v.name, v.shared, v.filter, v.range, v.columns, v.sort_order, v.density, v.created_at, v.updated_at, v.created_by, v.created_by_name,
  d.user_id is not null as is_default
  from saved_view v left join saved_view_default d on d.organization_id = v.organization_id and d.saved_view_id = v.id and d.user_id = $2
  where v.organization_id = $1 and (v.shared or v.created_by = $2)`;

const visible = (tx: EntityManager, { organizationId, id }: UserActor): Promise<Row[]> =>
  tx.query<Row[]>(`${select} order by lower(v.name), v.id`, [organizationId, id]);

async function one(
  tx: EntityManager,
  { organizationId, id: personId }: UserActor,
  id: string,
  lock: '' | 'for update of v' | 'for key share of v' = '',
): Promise<Row> {
  const [row] = await tx.query<Row[]>(`${select} and v.id = $3 ${lock}`, [organizationId, personId, id]);
  if (!row) throw new AppError('resource_not_found', { detail: 'There is no saved view with this id, or it is not shared with you.' });
  return row;
}

async function changeable(tx: EntityManager, actor: UserActor, id: string): Promise<Row> {
  const row = await one(tx, actor, id, 'for update of v');
  if (row.created_by !== actor.id && actor.role !== 'admin')
    throw new AppError('insufficient_role', {
      detail: `Only ${row.created_by_name}, who made the view, or an admin changes it. Save a copy of your own instead.`,
    });
  return row;
}

async function refuseTooMany(tx: EntityManager, actor: UserActor, most: { one: number; shared: boolean }): Promise<void> {
  const [counts] = await tx.query<{ own: string; shared: string }[]>(
    `select count(*) filter (where created_by = $2) as own, count(*) filter (where shared) as shared from saved_view where organization_id = $1`,
    [actor.organizationId, actor.id],
  );
  const refuse = (detail: string) => new AppError('too_many_saved_views', { detail });
  if (Number(counts?.own) >= most.one) throw refuse(`You have ${MOST_OF_ONE} saved views already. Delete one that is not needed.`);
  if (most.shared && Number(counts?.shared) >= MOST_SHARED)
    throw refuse(
      `The organization shares ${MOST_SHARED} saved views already. Delete one that is not needed, or keep this one to yourself.`,
    );
}

function onNameTaken(error: unknown): never {
  const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
  if (constraint !== 'saved_view_own_name_taken' && constraint !== 'saved_view_shared_name_taken') throw error;
  const whose = constraint === 'saved_view_own_name_taken' ? 'Another view of yours' : 'A shared view';
  throw new AppError('name_taken', { detail: `${whose} has this name. Choose a different one.`, cause: error });
}

const contentOf = ({ name, shared, filter, range, columns, sort_order: order, density }: Row): Content => ({
  name,
  shared,
  filter,
  range,
  columns,
  order,
  density,
});

function toView(row: Row): SavedView {
  return {
    id: typeId('viw', row.id),
    ...contentOf(row),
    isDefault: row.is_default,
    createdBy: { id: typeId('usr', row.created_by), name: row.created_by_name },
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
