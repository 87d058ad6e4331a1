/**
 * Carries retention out: what the plan no longer shows is deleted, once the grace after a change of plan is over and where nothing holds it. First whole months,
 * then row by row, in steps of a fraction of a second with a pause after each, so that whoever reads the log hardly notices. Each step is a transaction that knows
 * plan and holds as they are at that moment, and writes down what it deleted: it can be killed anywhere, and goes on from there.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { monthsTakenOut, purgeRows } from '@pinebill/nestjs-audit';
import { APP_CONFIG, type AppConfig } from '../config';
import { GRACE_DAYS } from '../plan';
import { Clock } from '../platform/clock';
import { archivedOf, unarchivedSql, type Archived } from './archived.queries';
import { heldSql, holdingsOf, MOST_VALUES, type Holding } from './held.queries';
import { requireRightClock } from './purge-clock';
import { step, withMaintenance, type PurgeDb } from './purge-connection';
import { purgeMonths } from './purge-months';
import { BEGINNING, others } from './purge-others';
import { addOthers, addRows, beginProgress, endProgress, lowerCutoff, policyOf, progressOf } from './purge-progress';
import { NotAllPurged, rested, retentionIn, steadyClock, Stopped, type PurgePace, type PurgeRun } from './purge-run';

export { Stopped, type PurgePace } from './purge-run';

/** So that a step takes some tens of milliseconds, and others wait no longer for a lock or for the disk. */
const ROWS_OF_STEP = 1_000;
/** Of the time of a step: how long nothing is done after it. */
const REST = 1.5;

@Injectable()
export class Purge {
  private readonly logger = new Logger('Retention');

  constructor(
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'database'>,
  ) {}

  /** The clock that this host's is compared with; tests move both. */
  async databaseNow(db: PurgeDb): Promise<Date> {
    const [row] = await db.query<{ now: Date }[]>('select now() as now');
    return row?.now ?? new Date(NaN);
  }

  /**
   * All that is due. Throws `Stopped` between two steps when the signal says so; what is left is done by the next one. What fails with one organization or month
   * keeps no other from its purge: then `NotAllPurged` is thrown at the end.
   */
  run(pace: Partial<PurgePace> = {}): Promise<void> {
    return withMaintenance(this.config.database.ownerUrl, async (db) => {
      const begins = this.clock.now();
      await requireRightClock(db, { here: begins, database: await this.databaseNow(db) });
      const failures: unknown[] = [];
      const run: PurgeRun = {
        ...{ db, now: steadyClock(begins), pace: { rows: ROWS_OF_STEP, rest: REST, values: MOST_VALUES, ...pace } },
        failed: async (what, error) => {
          if (error instanceof Stopped) throw error;
          // A connection that is gone fails for all that follow.
          await db.query('select 1').catch(() => Promise.reject(error as Error));
          this.logger.error(`${what} could not be purged; the rest is. Tried again at the next purge.`, error);
          failures.push(error);
        },
      };
      await this.settleKept(run);
      await purgeMonths({ run, logger: this.logger, ownerUrl: this.config.database.ownerUrl });
      for (const { id } of await db.query<{ id: string }[]>('select id from organization order by id'))
        await this.purgeOrganization(run, id).catch((error: unknown) => run.failed(`Organization ${id}`, error));
      if (failures.length > 0)
        throw new NotAllPurged(`Of ${failures.length} organizations or months something could not be purged.`, { cause: failures[0] });
    });
  }

  /** Whether one was interrupted. */
  unfinished(): Promise<boolean> {
    return withMaintenance(this.config.database.ownerUrl, async (db) => {
      const [row] = await db.query<{ count: string }[]>('select count(*) as count from purge_progress');
      return Number(row?.count) > 0 || (await monthsTakenOut(db)).length > 0;
    });
  }

  /** Where a grace is over, the plan alone says what is kept. */
  private settleKept({ db, now }: PurgeRun): Promise<unknown> {
    return Promise.resolve(
      db.query(
        `update organization set kept_days = null, retention_shrunk_at = null where retention_shrunk_at is not null and retention_shrunk_at <= $1`,
        [retentionEnded(now())],
      ),
    );
  }

  private async purgeOrganization(run: PurgeRun, organizationId: string): Promise<void> {
    const { db, now, pace } = run;
    for (let more = true; more;) more = await rested(pace, () => step(db, () => this.purgeStep(run, organizationId)));
    for (const { name, heeds, purge } of others) {
      for (let after: string | null = BEGINNING; after !== null;) {
        const from: string = after;
        after = await rested(pace, () =>
          step(db, async () => {
            // As in a step of records. For nothing else: whoever contains an incident waits for this row.
            if (heeds === 'holds') await retentionIn(db, organizationId, now(), 'for no key update');
            const progress = await progressOf(db, organizationId);
            if (!progress) return null;
            const done = await purge(db, { organizationId, cutoff: progress.cutoff_at, now: now() }, from);
            if (done.gone > 0) await addOthers(db, organizationId, { [name]: done.gone });
            return done.after;
          }),
        );
      }
    }
    await step(db, () => endProgress(db, organizationId, now()));
  }

  /** Returns whether there may be more. */
  private async purgeStep({ db, now: clock, pace: { rows, values } }: PurgeRun, organizationId: string): Promise<boolean> {
    const now = clock();
    // Whoever makes a hold, opens an incident, or changes the plan, does it before this step or after it.
    const current = await retentionIn(db, organizationId, now, 'for no key update');
    const holdings = await holdingsOf(db, organizationId, now);
    const archived = await archivedOf(db, organizationId);
    const cutoff = archived === null ? current.purgedBefore : earlier(current.purgedBefore, archived.until ?? new Date(0));
    const policy = policyOf(current, holdings.length);
    const begun = await progressOf(db, organizationId);
    if (!begun) await beginProgress(db, { organizationId, now, cutoff, policy });
    // A plan that has grown meanwhile is heeded; one that has not is left as it was, so that the purge ends.
    else if (cutoff < begun.cutoff_at) await lowerCutoff(db, organizationId, cutoff, policy);
    const progress = await progressOf(db, organizationId);
    if (!progress) throw new Error('a purge that has begun has no row');
    const { position_at: at, position_id: id, cutoff_at: before } = progress;
    const after = at && id !== null ? { at, id } : null;
    const purged = await purgeRows(db, {
      organizationId,
      after,
      before,
      limit: rows,
      held: heldSql(archived === null ? holdings : [...holdings, notArchived(archived)], values),
    });
    await addRows(db, organizationId, purged);
    return purged.reached !== null;
  }
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
const notArchived = (archived: Archived): Holding => ({ kind: 'legal', id: '', name: 'not archived yet', sql: (parameters) => unarchivedSql(archived, parameters) }); // prettier-ignore

const DAY_MS = 86_400_000;
const retentionEnded = (now: Date): Date => new Date(now.getTime() - GRACE_DAYS * DAY_MS);
