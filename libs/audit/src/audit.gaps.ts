/** Tells what could not be recorded: counts it, and writes one `gap` record an organization and cause once it has ceased for a moment. */
import type { GapCause } from './audit.notices';
import { Refusals } from './audit.refusals';
import type { AuditRecord } from './audit.types';

const CEASED_MS = 1_000;
/** Refusals that go on and on are told of in parts: a kill would lose what was only counted. */
const AT_LATEST_MS = 5_000;

/** How many requests a record tells of. */
export const toldBy = ({ gap }: AuditRecord): number => gap?.count ?? 1;

export type GapsOptions = {
  /** Puts a record into the journal; rejects when it does not take it. */
  write: (record: AuditRecord) => Promise<void>;
  /** Whether trying is in vain. */
  isFull: () => boolean;
  /** So many are told of. */
  told: (count: number) => void;
};

export class Gaps {
  private readonly refusals = new Refusals();
  private timer: NodeJS.Timeout | null = null;
  private since = 0;
  private closed = false;

  constructor(private readonly options: GapsOptions) {}

  /** Since the start. */
  get total(): number {
    return this.refusals.total;
  }

  count(record: Pick<AuditRecord, 'organizationId' | 'gap'>, cause: GapCause): void {
    this.refusals.add(record, cause, { count: record.gap?.count ?? 1 });
    this.tellSoon();
  }

  /** The last ones, whether or not there is room: nobody will tell of them later. */
  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.closed = true;
    await this.tell();
  }

  private tellSoon(): void {
    if (this.closed) return;
    if (this.timer) {
      if (performance.now() - this.since < AT_LATEST_MS) this.timer.refresh();
      return;
    }
    this.since = performance.now();
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.tell();
    }, CEASED_MS).unref();
  }

  private async tell(): Promise<void> {
    if (this.refusals.size === 0) return;
    if (this.options.isFull() && !this.closed) {
      this.tellSoon();
      return;
    }
    await Promise.all(
      this.refusals
        .take()
        .map(({ record, giveBack }) => this.options.write(record).then(() => this.options.told(toldBy(record)), giveBack)),
    );
    if (this.refusals.size > 0) this.tellSoon();
  }
}
