/** Refusals by the reason that their records carry: counted where they are rendered, since the start. */
import { Injectable } from '@nestjs/common';
import { reasons } from '@pinebill/contract';

const known = new Set<string>(Object.values(reasons).flat());

@Injectable()
export class RefusalCounts {
  private readonly counts = new Map<string, number>();

  count(reason: string): void {
    // A reason that nobody declared would be a series that nobody expects.
    const name = known.has(reason) ? reason : 'other';
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  all(): ReadonlyMap<string, number> {
    return this.counts;
  }
}
