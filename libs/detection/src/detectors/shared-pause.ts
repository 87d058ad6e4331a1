/**
 * A public holiday: of the keys that are only used at certain hours, most are silent together. What runs around the clock takes no holiday, and is neither asked
 * nor let off: when it stops, something has stopped.
 */
import type { Memory } from '../detector';
import type { Life } from '../key-view';
import { HOUR_MS, type History, LeastOfWeeks, unusedShare, weeksKnown } from '../measures/rhythm';
import type { Part } from '../subjects';

/** So many keys, and this share of those that are expected: where some work through a holiday, half of them are most of the others. */
const KEYS = 3;
const SHARE = 1 / 2;
/** It had called by now in each of the weeks that are known. */
const FEW_CALLS = 1;
const PRESENT_HOURS = 4;

export class SharedPause {
  private isShared: boolean | null = null;

  constructor(
    private readonly until: number,
    private readonly memory: Memory,
  ) {}

  /** Asked only when a key would be told: reckoned once for all of them. */
  holds(id: string, part: Part): boolean {
    if (!this.hasHours(id, part)) return false;
    return (this.isShared ??= this.reckon());
  }

  private reckon(): boolean {
    let [absent, present] = [0, 0];
    for (const [id, part] of this.memory.subjects.all('key')) {
      const life = part.cells['life'] as Life | undefined;
      if (life === undefined || this.memory.norms.retired.has(id) || !this.hasHours(id, part)) continue;
      if (this.until - life.lastAt < PRESENT_HOURS * HOUR_MS) present += 1;
      else if (this.isMissed(id, life)) absent += 1;
    }
    return absent >= KEYS && absent >= (absent + present) * SHARE;
  }

  /** Idle for much of every week. */
  private hasHours(id: string, { cells }: Part): boolean {
    const history = this.historyOf(id);
    const { weeks, unusedShare: idle } = this.memory.norms.settings.offHoursUse;
    const hour = Math.floor(((cells['life'] as Life | undefined)?.lastAt ?? 0) / HOUR_MS);
    return history !== null && weeksKnown(history, hour) >= weeks && unusedShare(history) >= idle;
  }

  private isMissed(id: string, life: Life): boolean {
    const history = this.historyOf(id);
    if (history === null) return false;
    const last = Math.floor(life.lastAt / HOUR_MS);
    const least = new LeastOfWeeks(history, Math.min(weeksKnown(history, last), 5));
    for (let hour = last + 1; hour < Math.min(Math.floor(this.until / HOUR_MS), last + 7 * 24); hour++) {
      least.add(hour);
      if (least.calls >= FEW_CALLS) return true;
    }
    return false;
  }

  private historyOf(id: string): History | null {
    return (this.memory.subjects.peek('history', id)?.cells['hours'] as History | undefined) ?? null;
  }
}
