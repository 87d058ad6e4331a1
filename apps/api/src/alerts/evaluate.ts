/**
 * When a rule fires: the one definition that the live runner and the back-test share. Pure, and in the time of the events: what fires follows from how many
 * calls there were in each minute and group, and not from when that was looked at.
 *
 * A rule fires for a group in a minute in which there was a call of it, when the minutes of the window that ends with this one hold `threshold` calls or more, and
 * it has not fired for the group within the window or the cool-down, whichever is longer, before. So two firings of a group never share a window. More calls of a
 * minute only raise its count: whoever looks before the minute is over finds no firing that is not found afterwards.
 */

/** Calls of a group in a minute (since 1970). */
export type MinuteCount = { minute: number; group: string | null; count: number };
export type Thresholds = { threshold: number; windowMinutes: number; coolDownMinutes: number };
/** `minute`: the last of the window. `count`: calls in the window. */
export type Firing = { minute: number; group: string | null; count: number };

/** So long there is no other firing of the group. */
export const pauseMinutes = ({ windowMinutes, coolDownMinutes }: Pick<Thresholds, 'windowMinutes' | 'coolDownMinutes'>): number =>
  Math.max(windowMinutes, coolDownMinutes, 1);

const byTime = (a: MinuteCount, b: MinuteCount): number => a.minute - b.minute || compareGroups(a.group, b.group);
const compareGroups = (a: string | null, b: string | null): number => (a === b ? 0 : (a ?? '') < (b ?? '') ? -1 : 1);

/** Each minute from `from` on in which the window of a group is full, by time. Counts before are those that windows reach back to. */
export function crossings({ threshold, windowMinutes }: Thresholds, counts: readonly MinuteCount[], from: number): Firing[] {
  const windows = new Map<string | null, Window>();
  const found: Firing[] = [];
  for (const one of [...counts].sort(byTime)) {
    if (one.count <= 0) continue;
    const window = windows.get(one.group) ?? new Window(windowMinutes);
    windows.set(one.group, window);
    const count = window.add(one);
    if (one.minute >= from && count >= threshold) found.push({ minute: one.minute, group: one.group, count });
  }
  return found;
}

/** The last minutes of a group. */
class Window {
  private readonly counts: MinuteCount[] = [];
  private first = 0;
  private sum = 0;

  constructor(private readonly minutes: number) {}

  /** How many calls the window that ends with this minute holds. */
  add(one: MinuteCount): number {
    this.counts.push(one);
    this.sum += one.count;
    for (let oldest = this.counts[this.first]; oldest && oldest.minute <= one.minute - this.minutes; oldest = this.counts[this.first]) {
      this.sum -= oldest.count;
      this.first += 1;
    }
    return this.sum;
  }
}

type At = Pick<Firing, 'minute' | 'group'>;

/**
 * What is left of them, which come by time, when a group pauses after each. `known`: firings of before, and of minutes that are looked at again: those stay, and
 * nothing comes close to them.
 */
export function paused<Found extends At>(
  rule: Pick<Thresholds, 'windowMinutes' | 'coolDownMinutes'>,
  found: readonly Found[],
  known: readonly At[] = [],
): Found[] {
  const pause = pauseMinutes(rule);
  const knownOf = new Map<string | null, number[]>();
  for (const { group, minute } of known) knownOf.set(group, [...(knownOf.get(group) ?? []), minute]);
  const last = new Map<string | null, number>();
  return found.filter(({ group, minute }) => {
    if (minute - (last.get(group) ?? -Infinity) < pause) return false;
    if (knownOf.get(group)?.some((other) => Math.abs(other - minute) < pause) === true) return false;
    last.set(group, minute);
    return true;
  });
}

export const firings = (
  rule: Thresholds,
  counts: readonly MinuteCount[],
  { from, known = [] }: { from: number; known?: readonly At[] },
): Firing[] => paused(rule, crossings(rule, counts, from), known);

/**
 * Findings pause like calls do: what the same detector says of the same subject is told once within the cool-down. They come in the order in which they were found,
 * which need not be that of their calls.
 */
export function findingFirings<Found extends At>(coolDownMinutes: number, found: readonly Found[], known: readonly At[] = []): Found[] {
  const pause = pauseMinutes({ windowMinutes: 1, coolDownMinutes });
  const firedOf = new Map<string | null, number[]>();
  const fire = ({ group, minute }: At): void => void firedOf.set(group, [...(firedOf.get(group) ?? []), minute]);
  known.forEach(fire);
  return found.filter((one) => {
    if (firedOf.get(one.group)?.some((other) => Math.abs(other - one.minute) < pause) === true) return false;
    fire(one);
    return true;
  });
}
