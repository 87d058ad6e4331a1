/** Exports by the clock: who asked for them, and the asking itself, once for each week or month that is over. Missed periods are made up for, one by one. */
import { Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { logViewOf } from '../audit-logs';
import { Tenant } from '../database/tenant';
import { systemActor, type Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { ExclusiveJobs } from '../platform/exclusive-jobs';
import { newId, requireId, typeId } from '../platform/ids';
import { isDatabaseAway } from '../platform/problem';
import { invalidFields } from '../platform/validation';
import { lastDeliveries } from './deliveries/deliveries.queries';
import type { ExportDelivery } from './deliveries/deliveries.dto';
import { toDeliveryView } from './deliveries/delivery-view';
import type { DestinationKind } from './deliveries/destination';
import { Destinations } from './deliveries/destinations';
import { readExportRequest, type ExportRequest, type ExportSource } from './export-request';
import { insertExport } from './insert-export';
import type { CreateExportSchedule, ExportScheduleList, ExportScheduleView } from './schedules.dto';
import { periodAfter, periodBefore, periodOf, type Cadence, type Period } from './periods';

const MOST = 20;

type Row = {
  id: string;
  name: string;
  every: Cadence;
  source: ExportSource;
  request: ExportRequest;
  hides_anonymous: boolean;
  keep: number;
  created_at: Date;
  created_by: string;
  created_by_name: string;
  done_from: Date;
  destination: DestinationKind | null;
  folder: string;
};
const columns =
  'id, name, every, source, request, hides_anonymous, keep, created_at, created_by, created_by_name, done_from, destination, folder';

@Injectable()
export class SchedulesService {
  private readonly logger = new Logger('ExportSchedules');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly jobs: ExclusiveJobs,
    private readonly destinations: Destinations,
    private readonly clock: Clock,
  ) {}

  create(actor: Actor, { name, every, keep, destination, folder, ...body }: CreateExportSchedule): Promise<ExportScheduleView> {
    if (actor.type !== 'user') throw new AppError('person_required');
    const { source, request } = readExportRequest(body);
    if ('from' in request.filter || 'to' in request.filter)
      throw invalidFields([{ pointer: '/filter', rule: 'period', expected: 'takes no from and no to: the period is the week or month' }]);
    this.requireDestination(destination, folder);
    const [id, now] = [newId(), this.clock.now()];
    return this.tenant.run(actor, async (tx) => {
      const hidesAnonymous = (await logViewOf(tx, actor, now)).hidesAnonymousFrom(actor);
      const made = await all(tx, actor);
      if (made.length >= MOST)
        throw new AppError('too_many_exports', {
          detail: `The organization has ${MOST} schedules already. Delete one that is not needed.`,
        });
      await tx.query(
        `insert into export_schedule (organization_id, ${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
        [
          ...[
            actor.organizationId,
            id,
            name.trim(),
            every,
            source,
            JSON.stringify(request),
            hidesAnonymous,
            keep ?? 12,
            now,
            actor.id,
            actor.name,
          ],
          ...[periodBefore(every, periodOf(every, now)).from, destination ?? null, folder ?? ''],
        ],
      );
      const target = { type: 'exportSchedule', id, name: name.trim() } as const;
      await this.activity.record(tx, {
        actor,
        action: 'export_schedule.created',
        target,
        after: { every, keep: keep ?? 12, source, format: request.format, ...(destination && { destination, folder: folder ?? '' }) },
      });
      return toView(await one(tx, actor, id), null);
    });
  }

  list(actor: Actor): Promise<ExportScheduleList> {
    return this.tenant.run(actor, async (tx) => {
      const [rows, last] = [await all(tx, actor), await lastDeliveries(tx, actor.organizationId)];
      const delivery = (id: string) => {
        const row = last.get(id);
        return row ? toDeliveryView(row, this.destinations) : null;
      };
      return { data: rows.map((row) => toView(row, delivery(row.id))), destinations: this.destinations.kinds };
    });
  }

  private requireDestination(destination: DestinationKind | undefined, folder: string | undefined): void {
    const { kinds } = this.destinations;
    if (destination !== undefined && !kinds.includes(destination))
      throw invalidFields([{ pointer: '/destination', rule: 'configured', expected: kinds.length === 0 ? 'takes nothing: whoever runs PineBill has named no destination' : `takes ${kinds.join(' or ')} here` }]); // prettier-ignore
    if (destination === undefined && folder)
      throw invalidFields([{ pointer: '/folder', rule: 'destination', expected: 'takes effect only together with a destination' }]);
  }

  /** What it has made stays, for as long as other exports do. */
  remove(actor: Actor, id: string): Promise<void> {
    const uuid = requireId('xsc', id);
    return this.tenant.run(actor, async (tx) => {
      const row = await one(tx, actor, uuid, 'for update');
      await tx.query('delete from export_schedule where organization_id = $1 and id = $2', [actor.organizationId, uuid]);
      await tx.query(
        `update export set expires_at = $3 where organization_id = $1 and schedule_id = $2 and state = 'ready' and expires_at is null`,
        [actor.organizationId, uuid, new Date(this.clock.now().getTime() + 7 * 86_400_000)],
      );
      await this.activity.record(tx, { actor, action: 'export_schedule.deleted', target: { type: 'exportSchedule', id: uuid, name: row.name }, before: { every: row.every } }); // prettier-ignore
    });
  }

  @Cron('3 * * * *', { timeZone: 'UTC' })
  hourly(): Promise<unknown> {
    return this.jobs.runExclusive('exports.schedules', () => this.askDue());
  }

  /** Safe to run anywhere at any time: a period is asked for once. */
  async askDue(): Promise<void> {
    const now = this.clock.now();
    const due = await this.db.query<{ organization_id: string; id: string }[]>('select * from export_schedules_due($1)', [now]);
    for (const { organization_id: organizationId, id } of due) {
      // One that cannot be asked for is tried again in an hour, and keeps nobody else waiting.
      await this.ask(organizationId, id, now).catch((error: unknown) => {
        if (isDatabaseAway(error)) throw error;
        this.logger.error(`A scheduled export could not be asked for: ${typeId('xsc', id)}`, error);
      });
    }
  }

  private ask(organizationId: string, id: string, now: Date): Promise<void> {
    const actor = systemActor('export schedule', organizationId);
    return this.tenant.run(actor, async (tx) => {
      const row = await one(tx, actor, id, 'for update');
      for (let period = nextOf(row); period.to <= now; period = periodAfter(row.every, period)) {
        await this.askFor(tx, { actor, row, period, now });
        await tx.query('update export_schedule set done_from = $3 where organization_id = $1 and id = $2', [
          organizationId,
          id,
          period.from,
        ]);
      }
    });
  }

  private async askFor(
    tx: EntityManager,
    { actor, row, period, now }: { actor: Actor; row: Row; period: Period; now: Date },
  ): Promise<void> {
    const { begins: readsFrom } = await logViewOf(tx, actor, now);
    const request = { ...row.request, filter: { ...row.request.filter, from: period.from.toISOString(), to: period.to.toISOString() } };
    const schedule = { id: row.id, name: row.name, periodFrom: period.from };
    const asked = { now, source: row.source, request, readsFrom, hidesAnonymous: row.hides_anonymous, schedule };
    const exportId = await insertExport(tx, { actor, activity: this.activity }, asked);
    if (row.destination !== null)
      await tx.query(
        `insert into export_delivery (organization_id, export_id, schedule_id, created_by, created_at, destination, folder, state, next_at)
         values ($1, $2, $3, $4, $5, $6, $7, 'waiting', $5)`,
        [actor.organizationId, exportId, row.id, row.created_by, now, row.destination, row.folder],
      );
  }
}

const nextOf = ({ every, done_from }: Row): Period => periodAfter(every, periodOf(every, done_from));

const all = (tx: EntityManager, { organizationId }: Actor): Promise<Row[]> =>
  tx.query<Row[]>(`select ${columns} from export_schedule where organization_id = $1 order by created_at, id`, [organizationId]);

async function one(tx: EntityManager, { organizationId }: Actor, id: string, lock: '' | 'for update' = ''): Promise<Row> {
  const [row] = await tx.query<Row[]>(`select ${columns} from export_schedule where organization_id = $1 and id = $2 ${lock}`, [
    organizationId,
    id,
  ]);
  if (!row) throw new AppError('resource_not_found', { detail: 'There is no schedule with this id.' });
  return row;
}

function toView(row: Row, lastDelivery: ExportDelivery | null): ExportScheduleView {
  const { format, gzip, filter } = row.request;
  return {
    id: typeId('xsc', row.id),
    name: row.name,
    every: row.every,
    source: row.source,
    format,
    gzip,
    filter,
    keep: row.keep,
    createdAt: row.created_at.toISOString(),
    createdBy: { id: typeId('usr', row.created_by), name: row.created_by_name },
    nextAt: nextOf(row).to.toISOString(),
    destination: row.destination,
    folder: row.folder,
    lastDelivery,
  };
}
