/** Requests that could not be recorded, counted exactly, until one gap record an organization tells of them. Bounded by the organizations there are. */
import type { AuditRecord } from './audit.types';
import { gapRecord, type GapCause } from './audit.notices';

type Refused = { organizationId: string; cause: GapCause; count: number; from: Date; to: Date };

export class Refusals {
  total = 0;
  private readonly open = new Map<string, Refused>();

  get size(): number {
    return this.open.size;
  }

  add(
    { organizationId }: Pick<AuditRecord, 'organizationId'>,
    cause: GapCause,
    { count, at = new Date() }: { count: number; at?: Date },
  ): void {
    this.total += count;
    const key = `${organizationId} ${cause}`;
    const known = this.open.get(key);
    this.open.set(key, known ? { ...known, count: known.count + count, to: at } : { organizationId, cause, count, from: at, to: at });
  }

  /** Hands them over as records; `giveBack` those that could not be written either. */
  take(): { record: AuditRecord; giveBack: () => void }[] {
    const taken = [...this.open.values()];
    this.open.clear();
    return taken.map((refused) => ({
      record: gapRecord(refused.organizationId, { ...refused, atMost: refused.count }),
      giveBack: () => this.merge(refused),
    }));
  }

  private merge(refused: Refused): void {
    const key = `${refused.organizationId} ${refused.cause}`;
    const known = this.open.get(key);
    this.open.set(key, known ? { ...refused, count: refused.count + known.count, to: known.to } : refused);
  }
}
