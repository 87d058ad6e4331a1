/**
 * Tells the store every few seconds that this journal is alive and what it has to ship, so that the journal of a process that died is missed by
 * the others; and takes on what dead processes left in the store. Never fails: a store that is away is the shipper's to report.
 */
import type { AbandonedBy, AuditStore, JournalNotice } from './audit.types';

const BEAT_MS = 5_000;
/** A process that is only slow is not dead. */
const DEAD_AFTER_SECONDS = 30;
/** After the store was away, every process has to be given the time to say that it is alive: so many beats of ours in a row must have arrived. */
const BEATS_BEFORE_ADOPTING = 12;

export type HeartbeatOptions = {
  store: AuditStore;
  notice: () => Omit<JournalNotice, 'stopped'>;
  onError: (message: string, error: unknown) => void;
};

export class Heartbeat {
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> = Promise.resolve();
  private isBeating = false;
  private beatsInARow = 0;
  private isFirstDone = false;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Once, when the store has answered. Resolves when what the last run of this journal intended is ended: until then this run must intend nothing. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      const first = (): Promise<void> => this.first(resolve);
      this.during(first);
      this.timer = setInterval(() => this.during(this.isFirstDone ? () => this.beatAndAdopt() : first), BEAT_MS).unref();
    });
  }

  /** The last beat says that the process has stopped, and what is left. */
  async stop(): Promise<void> {
    if (this.timer === null) return;
    clearInterval(this.timer);
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
    if (!(await this.adopt({ journalId: this.options.notice().journalId }))) return;
    this.isFirstDone = true;
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
