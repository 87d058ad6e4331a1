/**
 * Tells the store every few seconds that this journal is alive and what it has to ship, so that the journal of a process that died is missed by
 * the others; and takes on what dead processes left in the store. Never fails: a store that is away is the shipper's to report.
 */
import type { AuditStore, JournalNotice } from './audit.types';

const BEAT_MS = 5_000;
/** A process that is only slow, or whose store was away for a moment, is not dead. */
const DEAD_AFTER_SECONDS = 30;

export type HeartbeatOptions = {
  store: AuditStore;
  notice: () => Omit<JournalNotice, 'stopped'>;
  onError: (message: string, error: unknown) => void;
};

export class Heartbeat {
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> = Promise.resolve();
  private isBeating = false;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Once, when the store has answered. What the last run of this journal intended ends first: this run will not end it. */
  start(): void {
    const { journalId } = this.options.notice();
    this.during(() => this.adopt({ journalId }).then(() => this.beat()));
    this.timer = setInterval(() => {
      this.during(() => this.beat().then(() => this.adopt({ unseenForSeconds: DEAD_AFTER_SECONDS })));
    }, BEAT_MS).unref();
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

  private async beat(stopped = false): Promise<void> {
    await this.options.store.heartbeat?.({ ...this.options.notice(), stopped }).catch(() => undefined);
  }

  private async adopt(dead: Parameters<NonNullable<AuditStore['adoptIntents']>>[0]): Promise<void> {
    const { store, onError } = this.options;
    const adopted = await store.adoptIntents?.(dead).catch(() => 0);
    if (adopted) onError(`${adopted} requests of a process that died are recorded with the outcome unknown.`, null);
  }
}
