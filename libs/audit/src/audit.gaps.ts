/**
 * Tells what could not be recorded: counts it, and writes one `gap` record an organization and cause once it has ceased for a moment. What a kill
 * would take along before that stands in a tally on disk, ahead of the count: the next process tells of it, as a bound.
 */
import type { GapCause } from './audit.notices';
import { Refusals } from './audit.refusals';
import type { AuditRecord } from './audit.types';
import type { Tally } from './journal/tally';

const CEASED_MS = 1_000;
/** Refusals that go on and on are told of in parts: a kill would lose what was only counted. */
const AT_LATEST_MS = 5_000;
/** So many are provided for at the first one; each further time, as many as there are. */
const FIRST_BOUND = 64;

/** How many requests a record tells of. */
export const toldBy = ({ gap }: AuditRecord): number => gap?.count ?? 1;

export type GapsOptions = {
  tally: Pick<Tally, 'left' | 'write'>;
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
  /** What the tally allows for, by organization and cause. */
  private readonly bounds = new Map<string, number>();
  private tallied: Promise<void> = Promise.resolve();

  constructor(private readonly options: GapsOptions) {
    this.refusals.inherit(options.tally.left);
    if (this.refusals.size > 0) this.tellSoon();
  }

  /** Since the start. */
  get total(): number {
    return this.refusals.total;
  }

  /** Resolves when a kill would not take it along any more; what is on its way then is part of what mode `async` admits anyway. */
  count(record: Pick<AuditRecord, 'organizationId' | 'gap'>, cause: GapCause): Promise<void> {
    const count = this.refusals.add(record, cause, { count: record.gap?.count ?? 1 });
    this.tellSoon();
    if (cause === 'overflow') return Promise.resolve();
    const key = `${record.organizationId} ${cause}`;
    if (count > (this.bounds.get(key) ?? 0)) {
      this.bounds.set(key, Math.max(FIRST_BOUND, 2 * count));
      this.tally();
    }
    return this.tallied;
  }

  /** The last ones, whether or not there is room: nobody will tell of them later. */
  async close(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    this.closed = true;
    await this.tell();
  }

  private tally(): void {
    const untold = this.refusals.untold().filter(({ cause }) => cause !== 'overflow');
    this.tallied = this.options.tally.write(
      untold.map(({ organizationId, cause, from, to, atMost }) => {
        const bound = this.bounds.get(`${organizationId} ${cause}`) ?? 0;
        return { organizationId, cause, from, to, atMost: Math.max(atMost, bound) };
      }),
    );
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
      this.refusals.take().map(({ record, told, giveBack }) =>
        this.options.write(record).then(() => {
          told();
          this.options.told(record.gap?.count ?? 0);
        }, giveBack),
      ),
    );
    // Told by now; what has come since begins anew.
    this.bounds.clear();
    this.tally();
    await this.tallied;
    if (this.refusals.size > 0) this.tellSoon();
  }
}
