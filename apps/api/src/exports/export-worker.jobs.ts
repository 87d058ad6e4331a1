/**
 * Works on exports, one at a time in each process, whichever process was asked. Whoever takes one holds a lease and says every second how far it is;
 * when it dies, another goes on from there (or the same one, after its start, at once). What fails for good says why.
 */
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Cron, Interval } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { APP_CONFIG, type AppConfig } from '../config';
import { Tenant } from '../database/tenant';
import { systemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';
import { isDatabaseAway, tookTooLong } from '../platform/problem';
import { ExportEndings } from './export-endings.service';
import { ExportPlaces } from './export-places';
import { ExportFailed, LeaseLost, Stopping } from './export-run';
import { findExport, keepLease, LEASE_SECONDS, releaseLease, renewLease, type ExportRow, type Lease } from './exports.queries';
import { Incomplete } from './parts/part';
import { runExport } from './thread/run-export';

/** The name of the clock: specs stop it. */
export const EXPORTS_LOOK = 'exports.look';
const LOOK_MS = 1_000;
const STOP_MS = 3_000;
/** After a failure that may pass. */
const PAUSE_SECONDS = 5;
const MAX_FAILURES = 5;
/** Also of processes that died under it: an export that kills whoever works on it must end. */
const MAX_ATTEMPTS = 20;

@Injectable()
export class ExportWorker implements OnModuleDestroy {
  private readonly logger = new Logger('Exports');
  private working: Promise<void> | null = null;
  renewEveryMs = (LEASE_SECONDS / 3) * 1_000;
  private readonly stop = new AbortController();

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly places: ExportPlaces,
    private readonly endings: ExportEndings,
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'database' | 'exportThread'>,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await withDeadline(this.working ?? Promise.resolve(), STOP_MS).catch(() => undefined);
  }

  /** Works off what waits. Tests call it; nobody has to: the clock does. */
  @Interval(EXPORTS_LOOK, LOOK_MS)
  async look(): Promise<void> {
    if (this.stop.signal.aborted) return;
    // A database that is away is somebody else's to report.
    this.working ??= this.workAll()
      .catch((error: unknown) => {
        if (!isDatabaseAway(error)) this.logger.error('Exports cannot be worked on', error instanceof Error ? error.stack : String(error));
      })
      .finally(() => (this.working = null));
    await this.working;
  }

  @Cron('7 * * * *')
  async hourly(): Promise<void> {
    await this.tidy().catch((error: unknown) => this.logger.warn('Old exports could not be deleted; tried again in an hour', error));
  }

  /** What is over is marked; then each process deletes what lies with it and is needed by nobody. */
  async tidy(): Promise<void> {
    await this.db.query('select exports_expire($1)', [this.clock.now()]);
    const here = await this.places.ids();
    const kept = await this.db.query<{ id: string }[]>('select id from exports_kept($1)', [here]);
    const needed = new Set(kept.map(({ id }) => id));
    for (const id of here) if (!needed.has(id)) await this.places.remove(id);
  }

  private async workAll(): Promise<void> {
    for (let lease = await this.take(); lease && !this.stop.signal.aborted; lease = await this.take()) await this.work(lease);
  }

  private async take(): Promise<Lease | null> {
    if (this.stop.signal.aborted) return null;
    const [taken] = await this.db.query<{ organization_id: string; id: string; attempt: number }[]>('select * from export_take($1, $2)', [
      this.places.name,
      LEASE_SECONDS,
    ]);
    return taken ? { organizationId: taken.organization_id, id: taken.id, attempt: taken.attempt } : null;
  }

  private async work(lease: Lease): Promise<void> {
    const actor = systemActor('exports', lease.organizationId);
    const row = await this.tenant.run(actor, (tx) => findExport(tx, lease));
    if (row?.attempt !== lease.attempt) return;
    // Also where nothing is written for long: a large log is counted first, and what an attempt before has finished is copied.
    const renewing = setInterval(() => void this.renew(lease), this.renewEveryMs).unref();
    try {
      if (row.attempt > MAX_ATTEMPTS) throw new ExportFailed('gave_up', `It was begun ${MAX_ATTEMPTS} times, and never finished.`);
      const files = await runExport(row, {
        ...{ thread: this.config.exportThread, databaseUrl: this.config.database.url, reading: this.tenant, places: this.places },
        keep: (progress) => this.tenant.run(actor, (tx) => keepLease(tx, lease, progress)),
        stop: this.stop.signal,
      });
      await this.endings.ready(row, lease, files);
    } catch (error) {
      await this.failed(row, lease, error);
    } finally {
      clearInterval(renewing);
    }
  }

  /** Whoever lost it learns so where it next writes down how far it is. */
  private renew(lease: Lease): Promise<void> {
    return this.tenant.run(lease, (tx) => renewLease(tx, lease)).catch(() => undefined);
  }

  private async failed(row: ExportRow, lease: Lease, error: unknown): Promise<void> {
    if (error instanceof LeaseLost) return this.places.removeAttempt(lease);
    const release = (failures: number, seconds: number): Promise<void> =>
      this.tenant.run(lease, (tx) => releaseLease(tx, lease, { failures, seconds }));
    const failures = (row.progress?.failures ?? 0) + 1;
    if (error instanceof Stopping) return release(failures - 1, 0);
    const failure = finalFailure(error, failures);
    if (failure === null) {
      this.logger.warn(`An export failed and is tried again: ${error instanceof Error ? error.message : String(error)}`, {
        export: lease.id,
      });
      return release(failures, PAUSE_SECONDS);
    }
    this.logger.error(`An export failed: ${failure.message}`, { export: lease.id }, error instanceof Error ? error.stack : String(error));
    // Where somebody else works on it by now, in the same folder perhaps, only what is ours goes.
    if (await this.endings.failed(row, lease, failure)) await this.places.remove(lease.id);
    else await this.places.removeAttempt(lease);
  }
}

/** Null: it may pass. */
function finalFailure(error: unknown, failures: number): ExportFailed | null {
  if (error instanceof ExportFailed) return error;
  if (error instanceof Incomplete)
    return new ExportFailed(
      'incomplete',
      'Rows were deleted while they were written (retention, perhaps), so it would not be complete. Make it again.',
    );
  if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOSPC')
    return new ExportFailed('disk_full', 'The disk of the exports is full.');
  if (failures < MAX_FAILURES || (isDatabaseAway(error) && !tookTooLong(error))) return null;
  // The words of the error may quote a row; whoever runs the product has them in the log.
  return new ExportFailed('internal_error', `It failed ${MAX_FAILURES} times. The log of the server says why.`);
}
