/**
 * Delivers what schedules have exported, from the process that has the files. Whoever does holds a lease and renews it; when it dies, or fails, it is
 * tried again, each time later: a destination takes the same export any number of times, and has it once.
 */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { DataSource, type EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { Tenant } from '../../database/tenant';
import { systemActor } from '../../platform/actor';
import { Clock } from '../../platform/clock';
import { withDeadline } from '../../platform/deadline';
import { isDatabaseAway } from '../../platform/problem';
import { target } from '../export-endings.service';
import { ExportPlaces } from '../export-places';
import { findExport, type ExportRow } from '../exports.queries';
import { SigningKeysService } from '../../signing-keys';
import { DeliveryEndings } from './delivery-endings.service';
import { beyondKept, keepDelivery, LEASE_SECONDS, markRemoved, takeDelivery, type DeliveryLease, type DeliveryRow } from './deliveries.queries'; // prettier-ignore
import { DeliveryFailed, type Destination, type Parcel } from './destination';
import { Destinations } from './destinations';
import { isHere, namesIn, parcelOf, requireSound } from './parcel';

/** The name of the clock: specs stop it. */
export const DELIVERIES_LOOK = 'exports.deliveries';
const LOOK_MS = 5_000;
const RENEW_MS = (LEASE_SECONDS * 1_000) / 4;
const STOP_MS = 3_000;
const DAY_MS = 86_400_000;
/** Whoever has the files had as long to deliver them; they are not coming back. */
const GONE_AFTER_DAYS = 7;

@Injectable()
export class DeliveryWorker implements OnModuleDestroy {
  private readonly logger = new Logger('Exports');
  private readonly stop = new AbortController();
  private working: Promise<void> | null = null;

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly destinations: Destinations,
    private readonly endings: DeliveryEndings,
    private readonly activity: Activity,
    private readonly places: ExportPlaces,
    private readonly keys: SigningKeysService,
    private readonly clock: Clock,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await withDeadline(this.working ?? Promise.resolve(), STOP_MS).catch(() => undefined);
  }

  /** Delivers what is due. Tests call it; nobody has to: the clock does. */
  @Interval(DELIVERIES_LOOK, LOOK_MS)
  async look(): Promise<void> {
    if (this.stop.signal.aborted) return;
    this.working ??= this.deliverDue()
      .catch((error: unknown) => {
        if (!isDatabaseAway(error)) this.logger.error('Exports cannot be delivered', error instanceof Error ? error.stack : String(error));
      })
      .finally(() => (this.working = null));
    await this.working;
  }

  private async deliverDue(): Promise<void> {
    const due = await this.db.query<{ organization_id: string; export_id: string }[]>('select * from export_deliveries_due($1)', [this.clock.now()]); // prettier-ignore
    for (const { organization_id: organizationId, export_id: id } of due) {
      if (this.stop.signal.aborted) return;
      const row = await this.tenant.run({ organizationId }, (tx) => findExport(tx, { organizationId, id }));
      if (row && (await this.isOurs(row))) await this.take(row);
    }
  }

  /** Files of another process are left to it, for as long as it may come back. Of an export that failed or expired there are none. */
  private async isOurs(row: ExportRow): Promise<boolean> {
    if (row.state !== 'ready' || (await isHere(row, this.places))) return true;
    return (row.ended_at ?? row.created_at).getTime() < this.clock.now().getTime() - GONE_AFTER_DAYS * DAY_MS;
  }

  private async take(row: ExportRow): Promise<void> {
    const { organization_id: organizationId, id: exportId } = row;
    const taken = await this.tenant.run({ organizationId }, (tx) => takeDelivery(tx, { organizationId, exportId }, this.clock.now()));
    if (!taken) return;
    const lease = { organizationId, exportId, attempt: taken.attempt };
    const lost = new AbortController();
    const renew = setInterval(() => void this.renew(lease, lost), RENEW_MS);
    try {
      const { destination, parcel } = await this.prepared(row, taken);
      const signal = AbortSignal.any([this.stop.signal, lost.signal]);
      await requireSound(parcel, signal);
      await destination.deliver(parcel, signal);
      await this.endings.delivered(row, lease, { destination: destination.kind, location: parcel.location, files: parcel.files.map(({ name }) => name) }); // prettier-ignore
      await this.removeOld(organizationId, taken.schedule_id);
    } catch (error) {
      if (!lost.signal.aborted) await this.failed(row, { taken, lease }, error);
    } finally {
      clearInterval(renew);
    }
  }

  private async prepared(
    row: ExportRow,
    { destination: kind, folder }: DeliveryRow,
  ): Promise<{ destination: Destination; parcel: Parcel }> {
    if (row.state !== 'ready' || row.signing_key_id === null) throw new DeliveryFailed('files_gone');
    const destination = this.destinations.find(kind);
    if (!destination) throw new DeliveryFailed('not_configured');
    return { destination, parcel: parcelOf(row, { key: await this.keys.get(row.signing_key_id), folder, places: this.places }) };
  }

  /** A database that is away for a moment takes no lease away. */
  private async renew(lease: DeliveryLease, lost: AbortController): Promise<void> {
    const kept = await this.tenant.run(lease, (tx) => keepDelivery(tx, lease)).catch(() => true);
    if (!kept) lost.abort();
  }

  private async failed(row: ExportRow, { taken, lease }: { taken: DeliveryRow; lease: DeliveryLease }, error: unknown): Promise<void> {
    const failure = error instanceof DeliveryFailed ? error : new DeliveryFailed('internal_error', { cause: error });
    if (this.stop.signal.aborted) {
      await this.tenant.run(lease, (tx) => keepDelivery(tx, lease, { state: 'waiting' }));
      return;
    }
    this.logger.warn(`An export could not be delivered: ${failure.message}`, { export: row.id, ...traits(failure.cause) });
    await this.endings.failed(row, { taken, lease }, failure);
  }

  /** A schedule keeps so many there, too. What cannot be removed (a bucket that forbids it) is tried again with the next one. */
  private async removeOld(organizationId: string, scheduleId: string): Promise<void> {
    const old = await this.tenant.run({ organizationId }, (tx) => beyondKept(tx, organizationId, scheduleId));
    for (const { export_id: exportId, destination: kind, location } of old) {
      const whose = { organizationId, exportId };
      const row = await this.tenant.run(whose, (tx) => findExport(tx, { organizationId, id: exportId }));
      if (!row || location === null) continue;
      try {
        await this.destinations.find(kind)?.remove(location, namesIn(row));
        await this.tenant.run(whose, (tx) => this.noteRemoved(tx, row, location));
      } catch (error) {
        this.logger.warn('An old export could not be removed where it was delivered', { export: exportId, ...traits(error) });
      }
    }
  }

  private async noteRemoved(tx: EntityManager, row: ExportRow, location: string): Promise<void> {
    const { organization_id: organizationId, id: exportId } = row;
    await markRemoved(tx, { organizationId, exportId });
    await this.activity.record(tx, {
      actor: systemActor('exports', organizationId),
      action: 'export.delivery_removed',
      target: target(row),
      after: { location },
    });
  }
}

/** Of what a server or a disk said: nothing that may hold a key or a row. */
function traits(error: unknown): Record<string, string | number> {
  if (typeof error !== 'object' || error === null) return {};
  const { name, code, $metadata } = error as { name?: unknown; code?: unknown; $metadata?: { httpStatusCode?: number } };
  return {
    ...(typeof name === 'string' && { error: name }),
    ...(typeof code === 'string' && { code }),
    ...($metadata?.httpStatusCode !== undefined && { status: $metadata.httpStatusCode }),
  };
}
