/**
 * Whether the clock may be trusted with deleting. What a wrong clock hides from reads comes back when it is set right; what it has deleted does not. So the clock of
 * this host must agree with that of PostgreSQL; and since both may be the same one, a purge that finds days gone since the last one does nothing, and the next one
 * goes on if the clock still says so almost a day later.
 */
import type { PurgeDb } from './purge-connection';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MOST_APART_MS = 5 * MINUTE_MS;
/** Shorter than the grace after a change of plan. A product that stood still for longer waits for one more night. */
const LONGEST_PAUSE_MS = 72 * HOUR_MS;
/** So that the purge of the next night confirms it, and not one that is tried again in between. */
const CONFIRMED_AFTER_MS = 20 * HOUR_MS;

/** `seenAt`: the clock of the last purge that was let go on; `doubtedAt`: of one that was not, since. */
export type ClockMemory = { seenAt: Date; doubtedAt: Date | null };
export type Clocks = { here: Date; database: Date };
/** `doubt`: null: go on. */
export type Judgement = { doubt: string | null; memory: ClockMemory };

export function judgeClock({ here, database }: Clocks, memory: ClockMemory): Judgement {
  const apart = here.getTime() - database.getTime();
  if (Math.abs(apart) > MOST_APART_MS) {
    const way = apart > 0 ? 'ahead of' : 'behind';
    return { doubt: `The clock of this host is ${minutes(Math.abs(apart))} ${way} that of PostgreSQL. Set it right.`, memory };
  }
  const since = (at: Date): number => here.getTime() - at.getTime();
  const right: Judgement = { doubt: null, memory: { seenAt: here, doubtedAt: null } };
  if (since(memory.seenAt) <= LONGEST_PAUSE_MS) return right;
  const doubted = memory.doubtedAt && since(memory.doubtedAt) >= 0 && since(memory.doubtedAt) <= LONGEST_PAUSE_MS ? memory.doubtedAt : null;
  if (doubted && since(doubted) >= CONFIRMED_AFTER_MS) return right;
  const days = Math.floor(since(memory.seenAt) / (24 * HOUR_MS));
  return {
    doubt: `By the clock the last purge was ${days} days ago, on ${memory.seenAt.toISOString()}. Look whether the clock is right: if it says so tomorrow as well, the purge goes on.`,
    memory: { seenAt: memory.seenAt, doubtedAt: doubted ?? here },
  };
}

const minutes = (ms: number): string => `${Math.round(ms / MINUTE_MS).toLocaleString('en-US')} minutes`;

export class ClockDoubted extends Error {}

/** Throws `ClockDoubted`. */
export async function requireRightClock(db: PurgeDb, clocks: Clocks): Promise<void> {
  const [row] = await db.query<{ seen_at: Date; doubted_at: Date | null }[]>('select seen_at, doubted_at from purge_clock');
  const known: ClockMemory = row ? { seenAt: row.seen_at, doubtedAt: row.doubted_at } : { seenAt: clocks.here, doubtedAt: null };
  const { doubt, memory } = judgeClock(clocks, known);
  await db.query(
    `insert into purge_clock (seen_at, doubted_at) values ($1, $2)
     on conflict (one) do update set seen_at = excluded.seen_at, doubted_at = excluded.doubted_at`,
    [memory.seenAt, memory.doubtedAt],
  );
  if (doubt !== null) throw new ClockDoubted(`Nothing was purged. ${doubt}`);
}
