/**
 * Months that lie behind the retention of all who have a record in them, and hold nothing that is held: they go as a whole. Everybody is asked first, which may take
 * long and stops nobody; then, under a lock that lasts for moments, only those for whom anything has changed since, and the month is taken out of the log.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import {
  dropMonth,
  isLogHeld,
  monthsBefore,
  monthsTakenOut,
  organizationsOfMonth,
  SEQUENCE_BLOCK,
  takeMonthOut,
  tallyOfMonth,
  type MonthOfLog,
} from '@pinebill/nestjs-audit';
import { tookTooLong } from '../platform/problem';
import { archivedOf } from './archived.queries';
import { holdsSomething } from './held.queries';
import { step, withMaintenance, type PurgeDb } from './purge-connection';
import { certifyDropped, policyOf } from './purge-progress';
import { goOn, retentionIn, type PurgeRun } from './purge-run';

const ATTEMPTS = 5;
const PAUSE_MS = 300;
/** Whoever makes a hold, opens an incident or changes the plan waits for so long at most. */
const LOCKED_MS = 1_000;
/** A month may have a billion records: counting them takes as long as it takes, on a connection of its own, and nobody waits for it. */
const WITHOUT_END = 0;

export type PurgeMonths = { run: PurgeRun; logger: Logger; ownerUrl: string };

/** Those that an earlier purge took out, and those that are due. Months that are made at each start stay. */
export async function purgeMonths(of: PurgeMonths): Promise<void> {
  const { db, now, pace, failed } = of.run;
  const finish = (month: MonthOfLog): Promise<void> =>
    finishMonth(of, month).catch((error: unknown) => failed(`${month.name}, which is taken out of the log and not dropped yet,`, error));
  for (const month of await monthsTakenOut(db)) await finish(month);
  const oldEnough = new Date(Date.UTC(now().getUTCFullYear(), now().getUTCMonth() - 1));
  for (const month of await monthsBefore(db, oldEnough)) {
    goOn(pace);
    try {
      if (await takeOut(of, month)) await finish(month);
    } catch (error) {
      await failed(month.name, error);
    }
  }
}

async function takeOut({ run, logger }: PurgeMonths, month: MonthOfLog): Promise<boolean> {
  const { db, now } = run;
  /** With what was known of each when it was asked. */
  const asked = new Map<string, string | undefined>();
  const anyMustStay = async (between: () => void): Promise<boolean> => {
    // What changes after this is asked once more.
    const stamps = await stampsOf(db);
    for (const id of await organizationsOfMonth(db, month, false)) {
      if (asked.has(id) && asked.get(id) === stamps.get(id)) continue;
      between();
      if (await mustStay(db, { month, organizationId: id, now: now() })) return true;
      asked.set(id, stamps.get(id));
    }
    return false;
  };
  for (let attempt = 1; ; attempt++) {
    // Without the lock, and anew before each attempt: whoever changes often is not left over for the second in which others wait.
    if (await anyMustStay(() => goOn(run.pace))) return false;
    try {
      return await step(db, async () => {
        // Whoever makes a hold now waits for the end of this, and then there is nothing left that it could hold.
        await db.query(`set local lock_timeout = ${PAUSE_MS}; set local statement_timeout = ${LOCKED_MS}`);
        await db.query('lock table organization, hold, incident, incident_subject, incident_evidence in share mode');
        if (await anyMustStay(() => undefined)) return false;
        await takeMonthOut(db, month);
        return true;
      });
    } catch (error) {
      if (!isLogHeld(error) && !tookTooLong(error)) throw error;
      if (attempt < ATTEMPTS) await delay(PAUSE_MS);
      else {
        const why = tookTooLong(error)
          ? `whether something of it must stay could not be asked within ${LOCKED_MS} ms, of an organization that changes all the time`
          : 'somebody reads the log, or changes what decides what is kept, for long';
        logger.warn(`${month.name} is not dropped yet: ${why}. Tried again at the next purge.`);
        return false;
      }
    }
  }
}

/** Of all that decides whether something must stay: another one after any change, by organization. */
async function stampsOf(db: PurgeDb): Promise<Map<string, string>> {
  const rows = ['hold', 'incident', 'incident_subject', 'incident_evidence'].map(
    (table) => `select organization_id, concat('${table}', ctid, xmin) from ${table}`,
  );
  const stamps = await db.query<{ organization_id: string; stamp: string }[]>(
    `select organization_id, bit_xor(hashtextextended(row, 0))::text as stamp
     from (select id, concat('organization', ctid, xmin) from organization union all ${rows.join(' union all ')}) as known (organization_id, row)
     group by organization_id`,
  );
  return new Map(stamps.map(({ organization_id: id, stamp }) => [id, stamp]));
}

type Asked = { month: MonthOfLog; organizationId: string; now: Date };
async function mustStay(db: PurgeDb, { month: { name, from, to }, organizationId, now }: Asked): Promise<boolean> {
  const { purgedBefore } = await retentionIn(db, organizationId, now);
  if (purgedBefore < to || (await holdsSomething(db, { organizationId, from, to }, now))) return true;
  const archived = await archivedOf(db, organizationId);
  if (archived === null) return false;
  if (archived.until === null || archived.until < to) return true;
  const [late] = await db.query<{ found: boolean }[]>(
    `select exists (select from ${name} where organization_id = $1 and sequence > $2 and sequence_block >= $2::bigint / ${SEQUENCE_BLOCK}) as found`,
    [organizationId, archived.upToSequence],
  );
  return late?.found === true;
}

/** Nobody sees it any more: counted, certified and dropped in one transaction. */
async function finishMonth({ run, logger, ownerUrl }: PurgeMonths, month: MonthOfLog): Promise<void> {
  const beganAt = run.now();
  await withMaintenance(
    ownerUrl,
    (db) =>
      step(db, async () => {
        for (const organizationId of await organizationsOfMonth(db, month, true)) {
          const tally = await tallyOfMonth(db, month, organizationId);
          const policy = policyOf(await retentionIn(db, organizationId, beganAt), 0);
          await certifyDropped(db, { ...tally, organizationId, beganAt, cutoff: month.to, policy }, run.now());
        }
        await dropMonth(db, month);
      }),
    WITHOUT_END,
  );
  logger.log(`${month.name} is past all retention and was dropped.`);
}
