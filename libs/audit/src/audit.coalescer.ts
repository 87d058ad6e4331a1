/**
 * Keeps one anonymous source from filling the disk. Its refusals (and what it sends that is no HTTP, and breaks off) have rows up to a bound
 * a minute; what is beyond is counted, and told in one `gap` record for each source and minute. Stands between the edge and the writer.
 *
 * Guarantees: rows and counts add up to what was answered. Before an answer that is only counted leaves, the journal holds a provisional gap
 * record that covers it (`atMost`): that is what a killed process leaves. It is renewed at twice the count, so `atMost` is less than
 * twice what was answered, or 64. In mode `async` nothing is waited for, and a kill can lose the count of a minute.
 */
import type { AuditRecord } from './audit.types';
import { coalescedRecord, overloadRecord } from './audit.notices';
import type { AuditWriter } from './audit.writer';
import { sourceNetwork } from './client-address';
import type { RecordSink } from './exchange';

export type CoalescerOptions = {
  writer: Pick<AuditWriter, 'provisional' | 'release' | 'settle' | 'withdraw' | 'conclude' | 'countRefused'>;
  /** Refusals of one source in one window that have rows. */
  bound: number;
  windowMs?: number;
  /** Sources that are told apart in one window; all further ones count as one. */
  maxSources?: number;
};

type Source = { refusals: number; flood: Flood | null };

/** Failures of our own are kept one by one: each may be news. */
const failures = new Set([500, 502, 504]);
const isCountable = ({ actorType, status, outcome }: AuditRecord): boolean =>
  actorType === 'anonymous' && (outcome === 'protocolError' || (status !== null && status >= 400 && !failures.has(status)));

export class AuditCoalescer implements RecordSink {
  /** Since the start: requests that left no row of their own. */
  total = 0;
  /** Since the start: requests that were turned away because too many were open. */
  overloaded = 0;
  private overload: Flood | null = null;
  private sources = new Map<string, Source>();
  private timer: NodeJS.Timeout | null = null;
  private endsAt = new Date();
  private telling: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: CoalescerOptions) {}

  provisional(record: AuditRecord): Promise<void> {
    return this.options.writer.provisional(record);
  }

  release(record: AuditRecord): Promise<void> {
    const flood = isCountable(record) ? this.flood(record) : null;
    return flood === null ? this.options.writer.release(record) : this.counted(flood, record);
  }

  private async counted(flood: Flood, record: AuditRecord): Promise<void> {
    if (!(await flood.count())) return this.options.writer.release(record);
    this.total++;
    this.options.writer.withdraw(record);
  }

  /** One more request that is turned away before anything is known of it. Resolves when its answer may leave. */
  async turnAway(organizationId: string): Promise<void> {
    const { writer } = this.options;
    if (this.timer === null) this.beginWindow();
    this.overload ??= new Flood(writer, overloadRecord(organizationId, { from: new Date(), to: this.endsAt }));
    this.overloaded++;
    if (!(await this.overload.count())) writer.countRefused({ organizationId, gap: null }, 'overload');
  }

  settle(...settlement: Parameters<RecordSink['settle']>): void {
    this.options.writer.settle(...settlement);
  }

  /** What was counted becomes rows. */
  close(): Promise<unknown> {
    this.endWindow();
    return this.telling;
  }

  /** Null within the bound. */
  private flood(record: AuditRecord): Flood | null {
    const network = record.ip === null ? null : sourceNetwork(record.ip);
    const { source, known } = this.source(record.organizationId, network);
    if (++source.refusals <= this.options.bound) return null;
    const origin = known ? { ip: network, country: record.country } : { ip: null, country: null };
    const from = new Date();
    return (source.flood ??= new Flood(this.options.writer, coalescedRecord(record.organizationId, origin, { from, to: this.endsAt })));
  }

  private source(organizationId: string, network: string | null): { source: Source; known: boolean } {
    const { maxSources = 10_000 } = this.options;
    const key = `${organizationId} ${network}`;
    const known = this.sources.has(key) || this.sources.size < maxSources;
    const place = known ? key : `${organizationId} others`;
    const source = this.sources.get(place) ?? { refusals: 0, flood: null };
    if (source.refusals === 0) this.sources.set(place, source);
    if (this.timer === null) this.beginWindow();
    return { source, known };
  }

  private beginWindow(): void {
    const { windowMs = 60_000 } = this.options;
    this.endsAt = new Date(Date.now() + windowMs);
    this.timer = setTimeout(() => this.endWindow(), windowMs).unref();
  }

  private endWindow(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const ended = this.sources;
    this.sources = new Map();
    const told = [...ended.values()].map(({ flood }) => flood?.tell());
    told.push(this.overload?.tell());
    this.overload = null;
    // Its result is dropped, or each window would hold that of the one before.
    this.telling = Promise.all([this.telling, ...told]).then(() => undefined);
  }
}

/** The refusals of one source beyond its bound, in one window. */
class Flood {
  private counted = 0;
  /** So many are covered by what the journal holds. */
  private covered = 0;
  private covering: Promise<boolean> | null = null;
  private to = new Date();

  constructor(
    private readonly writer: CoalescerOptions['writer'],
    private readonly record: AuditRecord,
  ) {}

  /** Resolves when the answer may leave; false when it could not be counted durably. */
  async count(): Promise<boolean> {
    const number = ++this.counted;
    this.to = new Date();
    while (number > this.covered) {
      if (await (this.covering ??= this.cover())) continue;
      this.counted--;
      return false;
    }
    return true;
  }

  async tell(): Promise<void> {
    // Who waits goes on before us, and may begin another round.
    while (this.covering) await this.covering;
    if (this.counted > 0) await this.writer.conclude(this.with({ count: this.counted, atMost: this.counted, to: this.to.toISOString() }));
  }

  private async cover(): Promise<boolean> {
    const atMost = Math.max(64, this.counted * 2);
    try {
      await this.writer.provisional(this.with({ atMost }));
      this.covered = atMost;
      return true;
    } catch {
      return false; // the writer refuses the request itself next, and counts it
    } finally {
      this.covering = null;
    }
  }

  private with(change: Partial<AuditRecord['gap']>): AuditRecord {
    const { gap } = this.record;
    return { ...this.record, gap: gap && { ...gap, ...change } };
  }
}
