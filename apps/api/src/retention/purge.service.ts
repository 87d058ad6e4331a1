/**
 * Carries retention out: what the plan no longer shows is deleted, once the grace after a change of plan is over and where nothing holds it. First whole months,
 * then row by row, in steps of a fraction of a second with a pause after each, so that whoever reads the log hardly notices. Each step is a transaction that knows
 * plan and holds as they are at that moment, and writes down what it deleted: it can be killed anywhere, and goes on from there.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  dropMonth,
  isLogHeld,
  monthsBefore,
  monthsTakenOut,
  purgeRows,
  takeMonthOut,
  tallyOfMonth,
  type MonthOfLog,
} from '@pinebill/nestjs-audit';
import { APP_CONFIG, type AppConfig } from '../config';
import { GRACE_DAYS, retentionAt, type KeptRow, type Retention } from '../plan';
import { Clock } from '../platform/clock';
import { archivedOf, unarchivedSql, type Archived } from './archived.queries';
import { heldSql, holdingsOf, holdsSomething, type Holding } from './held.queries';
import { step, withMaintenance, type PurgeDb } from './purge-connection';
import { mayHaveMore, others } from './purge-others';
import { addOthers, addRows, beginProgress, certifyDropped, endProgress, lowerCutoff, policyOf, progressOf } from './purge-progress';

/** So that a step takes some tens of milliseconds, and others wait no longer for a lock or for the disk. */
const ROWS_OF_STEP = 1_000;
/** Of the time of a step: how long nothing is done after it. */
const REST = 1.5;
const ATTEMPTS = 5;
const PAUSE_MS = 300;

export class Stopped extends Error {}
export type PurgePace = { rows: number; rest: number; signal?: AbortSignal };
type Organization = KeptRow & { id: string };

@Injectable()
export class Purge {
  private readonly logger = new Logger('Retention');

  constructor(
    private readonly clock: Clock,
    @Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'database'>,
  ) {}

  /** All that is due. Throws `Stopped` between two steps when the signal says so; what is left is done by the next one. */
  run(pace: Partial<PurgePace> = {}): Promise<void> {
    const whole = { rows: ROWS_OF_STEP, rest: REST, ...pace };
    return withMaintenance(this.config.database.ownerUrl, async (db) => {
      await this.settleKept(db);
      const organizations = await db.query<Organization[]>('select id, plan, kept_days, retention_shrunk_at from organization order by id');
      await this.finishMonths(db);
      await this.dropMonths(db, organizations, whole);
      for (const { id } of organizations) await this.purgeOrganization(db, id, whole);
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
  private settleKept(db: PurgeDb): Promise<unknown> {
    return Promise.resolve(
      db.query(
        `update organization set kept_days = null, retention_shrunk_at = null where retention_shrunk_at is not null and retention_shrunk_at <= $1`,
        [retentionEnded(this.clock.now())],
      ),
    );
  }

  /** Months that lie behind the retention of all who have a record in them, and hold nothing that is held. Those that are made at each start stay. */
  private async dropMonths(db: PurgeDb, organizations: readonly Organization[], pace: PurgePace): Promise<void> {
    const now = this.clock.now();
    const oldEnough = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - 1));
    for (const month of await monthsBefore(db, oldEnough)) {
      goOn(pace);
      if (await this.takeOut(db, month, organizations)) await this.finishMonth(db, month);
    }
  }

  private async takeOut(db: PurgeDb, month: MonthOfLog, organizations: readonly Organization[]): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await step(db, async () => {
          // Whoever makes a hold now waits for the end of this, and then there is nothing left that it could hold.
          await db.query(`set local lock_timeout = ${PAUSE_MS}`);
          await db.query('lock table hold in share mode');
          for (const { id } of organizations) if (await this.mustStay(db, month, id)) return false;
          await takeMonthOut(db, month);
          return true;
        });
      } catch (error) {
        if (!isLogHeld(error)) throw error;
        if (attempt < ATTEMPTS) await delay(PAUSE_MS);
        else return this.heldUp(month);
      }
    }
  }

  private heldUp({ name }: MonthOfLog): false {
    this.logger.warn(`${name} is not dropped yet: somebody reads the log for long. Tried again at the next purge.`);
    return false;
  }

  private async mustStay(db: PurgeDb, { name, from, to }: MonthOfLog, organizationId: string): Promise<boolean> {
    const [there] = await db.query<{ found: boolean }[]>(`select exists (select from ${name} where organization_id = $1) as found`, [
      organizationId,
    ]);
    if (there?.found !== true) return false;
    const { purgedBefore } = await retention(db, organizationId, this.clock.now());
    if (purgedBefore < to || (await holdsSomething(db, { organizationId, from, to }, this.clock.now()))) return true;
    const archived = await archivedOf(db, organizationId);
    if (archived === null) return false;
    if (archived.until === null || archived.until < to) return true;
    const [late] = await db.query<{ found: boolean }[]>(
      `select exists (select from ${name} where organization_id = $1 and sequence > $2) as found`,
      [organizationId, archived.upToSequence],
    );
    return late?.found === true;
  }

  private async finishMonths(db: PurgeDb): Promise<void> {
    for (const month of await monthsTakenOut(db)) await this.finishMonth(db, month);
  }

  /** Nobody sees it any more: counted, certified and dropped in one transaction. */
  private async finishMonth(db: PurgeDb, month: MonthOfLog): Promise<void> {
    const beganAt = this.clock.now();
    await step(db, async () => {
      for (const tally of await tallyOfMonth(db, month)) {
        const policy = policyOf(await retention(db, tally.organizationId, beganAt), 0);
        await certifyDropped(db, { ...tally, beganAt, cutoff: month.to, policy }, this.clock.now());
      }
      await dropMonth(db, month);
    });
    this.logger.log(`${month.name} is past all retention and was dropped.`);
  }

  private async purgeOrganization(db: PurgeDb, organizationId: string, pace: PurgePace): Promise<void> {
    for (let more = true; more;) more = await rested(pace, () => step(db, () => this.purgeStep(db, organizationId, pace)));
    for (const { name, purge } of others) {
      for (let more = true; more;) {
        more = await rested(pace, () =>
          step(db, async () => {
            const progress = await progressOf(db, organizationId);
            if (!progress) return false;
            const gone = await purge(db, { organizationId, cutoff: progress.cutoff_at, now: this.clock.now() });
            if (gone > 0) await addOthers(db, organizationId, { [name]: gone });
            return mayHaveMore(gone);
          }),
        );
      }
    }
    await step(db, () => endProgress(db, organizationId, this.clock.now()));
  }

  /** Returns whether there may be more. */
  private async purgeStep(db: PurgeDb, organizationId: string, { rows }: PurgePace): Promise<boolean> {
    const now = this.clock.now();
    // Whoever makes a hold, or changes the plan, does it before this step or after it.
    const current = await retention(db, organizationId, now, 'for no key update');
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
      held: heldSql(archived === null ? holdings : [...holdings, notArchived(archived)]),
    });
    await addRows(db, organizationId, purged);
    return purged.reached !== null;
  }
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
const notArchived = (archived: Archived): Holding => ({ kind: 'legal', id: '', name: 'not archived yet', sql: (parameters) => unarchivedSql(archived, parameters) }); // prettier-ignore

const DAY_MS = 86_400_000;
const retentionEnded = (now: Date): Date => new Date(now.getTime() - GRACE_DAYS * DAY_MS);

async function retention(db: PurgeDb, organizationId: string, now: Date, lock: '' | 'for no key update' = ''): Promise<Retention> {
  const [row] = await db.query<KeptRow[]>(`select plan, kept_days, retention_shrunk_at from organization where id = $1 ${lock}`, [
    organizationId,
  ]);
  // Of an organization that is no more: nothing of it is shown, and the shortest term holds.
  return retentionAt(row ?? { plan: 'starter', kept_days: null, retention_shrunk_at: null }, now);
}

function goOn({ signal }: PurgePace): void {
  if (signal?.aborted === true) throw new Stopped('The purge was stopped; the next one goes on from there.');
}

async function rested<T>(pace: PurgePace, work: () => Promise<T>): Promise<T> {
  goOn(pace);
  const startedAt = performance.now();
  const result = await work();
  if (pace.rest > 0)
    await delay((performance.now() - startedAt) * pace.rest, undefined, { ...(pace.signal && { signal: pace.signal }) }).catch(
      () => undefined,
    );
  return result;
}
