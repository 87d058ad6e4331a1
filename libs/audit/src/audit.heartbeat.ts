/**
 * Tells the store every few seconds that this journal is alive and what it has to ship, so that the journal of a process that died is missed by
 * the others; and takes on what dead processes left in the store. Never fails: a store that is away is the shipper's to report.
 */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { AbandonedBy, AuditStore, JournalNotice } from './audit.types';
import type { Journal } from './journal/journal';

const BEAT_MS = 5_000;
/** How often the first adoption is tried: requests that change something wait for it. */
const FIRST_MS = 200;
/** A process that is only slow is not dead. */
const DEAD_AFTER_SECONDS = 30;
/** After the store was away, every process has to be given the time to say that it is alive: so many beats of ours in a row must have arrived. */
const BEATS_BEFORE_ADOPTING = 12;

export type HeartbeatOptions = {
  store: AuditStore;
  notice: () => Omit<JournalNotice, 'stopped'>;
  /** Whether the store has what the last run of this journal left. Before that, a row may be on its way for what looks abandoned. */
  isCaughtUp: () => boolean;
  onError: (message: string, error: unknown) => void;
};

export class Heartbeat {
  private timer: NodeJS.Timeout | null = null;
  private firstTimer: NodeJS.Timeout | null = null;
  private beating: Promise<void> = Promise.resolve();
  private isBeating = false;
  private beatsInARow = 0;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Once, when the store has answered. Resolves when what the last run of this journal intended is ended: until then this run must intend nothing. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      const first = (): Promise<void> => this.first(resolve);
      this.during(first);
      this.firstTimer = setInterval(() => this.during(first), FIRST_MS).unref();
      this.timer = setInterval(() => this.during(() => this.beatAndAdopt()), BEAT_MS).unref();
    });
  }

  /** The last beat says that the process has stopped, and what is left. */
  async stop(): Promise<void> {
    if (this.timer === null) return;
    clearInterval(this.timer);
    if (this.firstTimer) clearInterval(this.firstTimer);
    this.timer = null;
    await this.beating;
    await this.beat(true);
  }

  /** One at a time: a store that hangs does not get a queue of them. */
  private during(work: () => Promise<void>): void {
    if (this.isBeating) return;
    this.isBeating = true;
    this.beating = work().finally(() => (this.isBeating = false));
  }

  /** Again and again until it works: once this journal beats, nobody else would do it. */
  private async first(done: () => void): Promise<void> {
    if (!this.options.isCaughtUp() || !(await this.adopt({ journalId: this.options.notice().journalId }))) return;
    if (this.firstTimer) clearInterval(this.firstTimer);
    done();
    await this.beat();
  }

  private async beatAndAdopt(): Promise<void> {
    await this.beat();
    if (this.beatsInARow >= BEATS_BEFORE_ADOPTING) await this.adopt({ unseenForSeconds: DEAD_AFTER_SECONDS });
  }

  private async beat(stopped = false): Promise<void> {
    const begunAt = performance.now();
    try {
      await this.options.store.heartbeat?.({ ...this.options.notice(), stopped });
      this.beatsInARow = performance.now() - begunAt < BEAT_MS ? this.beatsInARow + 1 : 0;
    } catch {
      this.beatsInARow = 0;
    }
  }

  private async adopt(dead: AbandonedBy): Promise<boolean> {
    const { store, onError } = this.options;
    try {
      const adopted = await store.adoptIntents?.(dead);
      if (adopted) onError(`${adopted} requests of a process that died are recorded with the outcome unknown.`, null);
      return true;
    } catch {
      return false;
    }
  }
}

/** What this process tells of its journal, as of each beat. */
export function aliveNotice(directory: string, journal: Journal, pending: () => number): HeartbeatOptions['notice'] {
  const startedAt = new Date();
  return () => ({
    journalId: journal.id,
    host: hostname(),
    pid: process.pid,
    directory: resolve(directory),
    startedAt,
    pendingEntries: pending(),
    journalBytes: journal.bytes,
  });
}
