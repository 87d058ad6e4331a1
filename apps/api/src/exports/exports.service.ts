/** Asking for exports, looking after them, and taking them back. The work itself is done by export-worker.jobs.ts, in whichever process is free. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { logViewOf } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId } from '../platform/ids';
import { readChoices, readLimit, readOrder, readQuery, readText } from '../platform/query';
import { deliveriesOf } from './deliveries/deliveries.queries';
import type { ExportDelivery } from './deliveries/deliveries.dto';
import { toDeliveryView } from './deliveries/delivery-view';
import { Destinations } from './deliveries/destinations';
import { target } from './export-endings.service';
import { ExportPlaces } from './export-places';
import { readExportRequest, type ExportSource } from './export-request';
import { hidesFromReader, toView } from './export-view';
import { exportStates, type CreateExport, type ExportPage, type ExportView } from './exports.dto';
import { exportColumns, findExport, type ExportRow } from './exports.queries';
import { insertExport } from './insert-export';

/** Waiting and running, of one organization: whoever asks without end fills no disk and keeps no other organization waiting for long. */
const MOST_OPEN = 10;

@Injectable()
export class ExportsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly places: ExportPlaces,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, body: CreateExport): Promise<ExportView> {
    const { source, request } = readExportRequest(body);
    if (isForPeople(actor, source))
      throw new AppError('person_required', {
        detail: 'An API key exports API logs, and nothing else. Sign in to the console for the activity, evidence and whole periods.',
      });
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      await requireRoom(tx, actor);
      const view = await logViewOf(tx, actor, now);
      const seen = { readsFrom: view.begins, hidesAnonymous: view.hidesAnonymousFrom(actor) };
      const id = await insertExport(tx, { actor, activity: this.activity }, { now, source, request, ...seen });
      return toView(await load(tx, actor, id, now), { now });
    });
  }

  list(actor: Actor, parameters: unknown): Promise<ExportPage> {
    const query = readQuery(parameters, ['state', 'limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const states = readChoices(query, 'state', exportStates);
    const binding: CursorBinding = { list: 'exports', organizationId: actor.organizationId, order, filter: { states } };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const view = await logViewOf(tx, actor, now);
      const rows = await tx.query<ExportRow[]>(
        `select ${exportColumns} from export where organization_id = $1 and ($2::timestamptz is null or (created_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
           and ($4::text[] is null or state = any($4)) and (hides_anonymous or not $5::boolean) and (source = 'auditLogs' or $6::boolean)
         order by created_at ${order}, id ${order} limit $7`,
        [
          ...[actor.organizationId, after?.at ?? null, after?.id ?? null, states, view.hidesAnonymousFrom(actor)],
          ...[actor.type !== 'apiKey', limit + 1],
        ],
      );
      const deliveries = await this.deliveriesOf(tx, rows);
      return pageOf(rows, limit, {
        binding,
        at: (row) => ({ at: row.created_at, id: row.id }),
        view: (row) => toView(row, { now, delivery: deliveries.get(row.id) }),
      });
    });
  }

  get(actor: Actor, id: string): Promise<ExportView> {
    const [uuid, now] = [requireId('exp', id), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      const row = await load(tx, actor, uuid, now);
      return toView(row, { now, delivery: (await this.deliveriesOf(tx, [row])).get(uuid) });
    });
  }

  /** Only schedules deliver. */
  private async deliveriesOf(tx: EntityManager, rows: readonly ExportRow[]): Promise<ReadonlyMap<string, ExportDelivery>> {
    const scheduled = rows.filter(({ schedule_id }) => schedule_id !== null);
    const [first] = scheduled;
    if (!first) return new Map();
    const found = await deliveriesOf(tx, first.organization_id, scheduled.map(({ id }) => id)); // prettier-ignore
    return new Map([...found].map(([id, row]) => [id, toDeliveryView(row, this.destinations)]));
  }

  /** Waiting or running: it ends at once, and whoever works on it stops within a second. Ready: its files are deleted. Over: nothing changes. */
  async remove(actor: Actor, id: string): Promise<void> {
    const [uuid, now] = [requireId('exp', id), this.clock.now()];
    const deleted = await this.tenant.run(actor, async (tx) => {
      const row = await load(tx, actor, uuid, now, 'for update');
      if (row.state === 'failed' || row.state === 'expired') return false;
      const isReady = row.state === 'ready';
      const [state, code, detail] = isReady ? ['expired', null, null] : ['failed', 'cancelled', `It was cancelled by ${actor.name}.`];
      await tx.query(
        `update export set state = $3, ended_at = coalesce(ended_at, $4), expires_at = null, lease_until = null, failure_code = $5, failure = $6
         where organization_id = $1 and id = $2`,
        [actor.organizationId, uuid, state, now, code, detail],
      );
      const action = isReady ? { action: 'export.deleted' } : { action: 'export.cancelled' };
      await this.activity.record(tx, { actor, ...action, target: target(row), before: { state: row.state }, after: { state } });
      return isReady;
    });
    // Of one that is worked on, whoever does so removes the files; what is elsewhere is removed there, within the hour.
    if (deleted) await this.places.remove(uuid);
  }
}

/** The scope of a key is that of the API logs: no scope opens the activity and reviews, so none does so by an export of them. */
const isForPeople = (actor: Actor, source: ExportSource): boolean => actor.type === 'apiKey' && source !== 'auditLogs';

async function requireRoom(tx: EntityManager, { organizationId }: Actor): Promise<void> {
  // One after the other: many that are asked for at the same moment would all find room.
  await tx.query('select 1 from organization where id = $1 for no key update', [organizationId]);
  const [row] = await tx.query<{ open: string }[]>(
    `select count(*) as open from export where organization_id = $1 and state in ('queued', 'running')`,
    [organizationId],
  );
  if (Number(row?.open) >= MOST_OPEN)
    throw new AppError('too_many_exports', {
      detail: `${MOST_OPEN} exports of the organization are waiting or running. Wait until one is ready, or cancel one.`,
    });
}

export async function load(tx: EntityManager, actor: Actor, id: string, now: Date, lock: '' | 'for update' = ''): Promise<ExportRow> {
  const row = await findExport(tx, { organizationId: actor.organizationId, id }, lock);
  if (!row || isForPeople(actor, row.source) || (await hidesFromReader(tx, actor, now))(row))
    throw new AppError('resource_not_found', { detail: 'There is no export with this id, or it holds more than your role may see.' });
  return row;
}
