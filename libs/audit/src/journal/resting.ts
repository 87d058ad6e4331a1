/** Released records whose response is still open, and what a response's end changed. A record rests for a bounded time. */
import type { AuditRecord } from '../audit.types';
import type { Settlement } from './journal-entry';

export class Resting {
  /** Id to the time its rest ends at the latest, in order of release. */
  private readonly until = new Map<string, number>();

  constructor(
    private readonly restMs: number,
    private readonly amendments: Map<string, Settlement>,
  ) {}

  add(id: string): void {
    this.until.set(id, performance.now() + this.restMs);
  }

  has(id: string): boolean {
    const end = this.until.get(id);
    if (end === undefined) return false;
    if (end > performance.now()) return true;
    this.until.delete(id);
    return false;
  }

  /** False when it rests no more: what it says is fixed. */
  end(id: string, change?: Settlement): boolean {
    if (!this.until.delete(id)) return false;
    if (change) this.amend(id, change);
    return true;
  }

  endAll(): void {
    this.until.clear();
  }

  forget(id: string): void {
    this.until.delete(id);
    this.amendments.delete(id);
  }

  amend(id: string, change: Settlement): void {
    this.amendments.set(id, { ...this.amendments.get(id), ...change });
  }

  /** The record as it is to be stored now: asked again at every attempt. */
  amended(record: AuditRecord): AuditRecord {
    const change = this.amendments.size > 0 ? this.amendments.get(record.id) : undefined;
    return change ? { ...record, ...change } : record;
  }

  /** They are stored. */
  stored(records: readonly { record: AuditRecord }[]): void {
    if (this.amendments.size > 0) for (const { record } of records) this.amendments.delete(record.id);
  }

  /** Milliseconds until the first rest ends; null when nothing rests. */
  nextEndMs(): number | null {
    for (const end of this.until.values()) return Math.max(0, end - performance.now());
    return null;
  }
}
