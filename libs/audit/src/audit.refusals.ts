/** Requests that could not be recorded, counted exactly, until one gap record an organization tells of them. Bounded by the organizations there are. */
import type { AuditRecord } from './audit.types';
import { gapRecord, type GapCause } from './audit.notices';
import type { Tallied } from './journal/tally';

/** `count` null: an earlier process counted, and only its bound is known. */
type Refused = { key: string; organizationId: string; cause: GapCause; count: number | null; atMost: number; from: Date; to: Date };

export class Refusals {
  total = 0;
  private readonly open = new Map<string, Refused>();
  /** On their way to the journal. */
  private readonly taken = new Set<Refused>();

  get size(): number {
    return this.open.size;
  }

  /** What an earlier process left to tell. */
  inherit(left: readonly Tallied[]): void {
    for (const refused of left) {
      const key = `before ${refused.organizationId} ${refused.cause}`;
      this.open.set(key, { ...refused, key, count: null });
    }
  }

  /** How many there are of this organization and cause by now. */
  add(
    { organizationId }: Pick<AuditRecord, 'organizationId'>,
    cause: GapCause,
    { count, at = new Date() }: { count: number; at?: Date },
  ): number {
    this.total += count;
    const key = `${organizationId} ${cause}`;
    const known = this.open.get(key);
    const atMost = (known?.atMost ?? 0) + count;
    this.open.set(key, { key, organizationId, cause, count: atMost, atMost, from: known?.from ?? at, to: at });
    return atMost;
  }

  /** Everything that no record on disk tells of yet. */
  untold(): Tallied[] {
    return [...this.taken, ...this.open.values()];
  }

  /** Hands them over as records; each is then `told`, or has to be `givenBack`. */
  take(): { record: AuditRecord; told: () => void; giveBack: () => void }[] {
    const taken = [...this.open.values()];
    this.open.clear();
    return taken.map((refused) => {
      this.taken.add(refused);
      const { organizationId, count, atMost, from, to, cause } = refused;
      return {
        record: gapRecord(organizationId, { from, to, count, atMost, cause }),
        told: () => this.taken.delete(refused),
        giveBack: () => this.merge(refused),
      };
    });
  }

  private merge(refused: Refused): void {
    this.taken.delete(refused);
    const known = this.open.get(refused.key);
    const atMost = refused.atMost + (known?.atMost ?? 0);
    this.open.set(refused.key, { ...refused, count: refused.count === null ? null : atMost, atMost, to: known?.to ?? refused.to });
  }
}
