/** What the parts of one purge share: its connection, its clock, its pace, and what went wrong so far. */
import { setTimeout as delay } from 'node:timers/promises';
import { retentionAt, type KeptRow, type Retention } from '../plan';
import type { PurgeDb } from './purge-connection';

export class Stopped extends Error {}
/** `values`: of the holds, in one statement. */
export type PurgePace = { rows: number; rest: number; values: number; signal?: AbortSignal };

export type PurgeRun = {
  db: PurgeDb;
  /** As the clock was when it was found right, and the time that has passed since: it does not leap in the middle of a purge. */
  now: () => Date;
  pace: PurgePace;
  /** Keeps what went wrong with one organization or month, and throws what ends the whole purge. */
  failed: (what: string, error: unknown) => Promise<void>;
};

export function steadyClock(begins: Date): () => Date {
  const startedAt = performance.now();
  return () => new Date(begins.getTime() + (performance.now() - startedAt));
}

export function goOn({ signal }: PurgePace): void {
  if (signal?.aborted === true) throw new Stopped('The purge was stopped; the next one goes on from there.');
}

export async function rested<T>(pace: PurgePace, work: () => Promise<T>): Promise<T> {
  goOn(pace);
  const startedAt = performance.now();
  const result = await work();
  if (pace.rest > 0)
    await delay((performance.now() - startedAt) * pace.rest, undefined, { ...(pace.signal && { signal: pace.signal }) }).catch(
      () => undefined,
    );
  return result;
}

type Lock = '' | 'for no key update';
export async function retentionIn(db: PurgeDb, organizationId: string, now: Date, lock: Lock = ''): Promise<Retention> {
  const [row] = await db.query<KeptRow[]>(`select plan, kept_days, retention_shrunk_at from organization where id = $1 ${lock}`, [
    organizationId,
  ]);
  // Of an organization that is no more: nothing of it is shown, and the shortest term holds.
  return retentionAt(row ?? { plan: 'starter', kept_days: null, retention_shrunk_at: null }, now);
}
