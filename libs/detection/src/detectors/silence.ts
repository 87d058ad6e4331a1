/**
 * A busy key stops. Expected are the calls of the same hours in the quietest of the weeks that are known: what was as silent once in five weeks
 * may be so again.
 */
import type { Detector, Memory } from '../detector';
import type { Life } from '../key-view';
import { HOUR_MS, type History, LeastOfWeeks, longestPause, weeksKnown } from '../measures/rhythm';
import { days, hours, ofKey, rounded } from '../signs';

const name = 'silence';
/** A look at all keys costs something, and nobody is silent by the second. */
const LOOK_EVERY_MS = 5 * 60_000;
const LOOK_BACK_HOURS = 14 * 24;

type Silence = { expected: number; longest: number; at: number };

export const silence: Detector = {
  name,
  observe(call, memory) {
    if (memory.key === null) return;
    // It speaks again.
    if (call.at - memory.key.life.lastAt > HOUR_MS) memory.episodes.end({ detector: name, subject: ofKey(memory.key.id), strand: '' });
  },
  advance(until, memory) {
    if (Math.floor(until / LOOK_EVERY_MS) === Math.floor(memory.until / LOOK_EVERY_MS)) return;
    for (const [id, part] of memory.subjects.all('key')) look(id, part.cells['life'] as Life | undefined, until, memory);
  },
  nextAt(memory) {
    let next: number | null = null;
    for (const [id, part] of memory.subjects.all('key')) {
      const at = silentAt(id, part.cells['life'] as Life | undefined, memory);
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  },
};

function look(id: string, life: Life | undefined, until: number, memory: Memory): void {
  if (life === undefined || until - life.lastAt < HOUR_MS || memory.norms.retired.has(id)) return;
  const subject = ofKey(id);
  if (memory.episodes.isOpen({ detector: name, subject, strand: '' }, until)) return;
  const found = silenceOf(id, life, until, memory);
  if (found === null || memory.norms.isAccepted(name, subject, '*', 0)) return;
  const { calls, weeks } = memory.norms.settings[name];
  const cell = memory.cell<{ told: number }>('key', id, name, () => ({ told: 0 }));
  // Once for each time it falls silent, however long that lasts.
  if (cell.told === life.lastAt) return;
  cell.told = life.lastAt;
  memory.episodes.raise({
    detector: name, subject, strand: '', at: life.lastAt, from: life.lastAt, count: Math.round(found.expected), ids: life.ids,
    severity: 'medium',
    seen: { calls: 0, silentHours: rounded((until - life.lastAt) / HOUR_MS) },
    normal: { callsExpected: Math.round(found.expected), longestPauseHours: rounded(found.longest / HOUR_MS), learntWeeks: weeks },
    threshold: { callsExpected: calls },
    filter: { apiKeyId: id },
    lesson: { what: '*', upTo: null },
    quietMs: days(30),
  }); // prettier-ignore
}

const historyOf = (id: string, memory: Memory): History | null =>
  (memory.subjects.peek('history', id)?.cells['hours'] as History | undefined) ?? null;

/**
 * The first whole hour, up to `until`, at whose end the key has been silent for too long. An hour at both ends is left out: clocks change, and jobs run late. What comes
 * in few hours of the week (a nightly job) has to be missed for longer than it ever paused.
 */
function silenceOf(id: string, life: Life, until: number, memory: Memory): Silence | null {
  const { calls, activeHours, weeks, timesPause } = memory.norms.settings[name];
  const history = historyOf(id, memory);
  const last = Math.floor(life.lastAt / HOUR_MS);
  const known = history === null ? 0 : weeksKnown(history, last);
  if (history === null || known < weeks) return null;
  const longest = longestPause(history);
  const end = Math.min(Math.floor(until / HOUR_MS), last + LOOK_BACK_HOURS);
  const least = new LeastOfWeeks(history, Math.min(known, 5));
  for (let hour = last + 2; hour < end - 1; hour++) {
    least.add(hour);
    const at = (hour + 2) * HOUR_MS;
    const isLong = at - life.lastAt > longest * timesPause + hours(2);
    if (least.calls >= calls && (least.hours >= activeHours || isLong)) return { expected: least.calls, longest, at };
  }
  return null;
}

function silentAt(id: string, life: Life | undefined, memory: Memory): number | null {
  const cells = memory.subjects.peek('key', id)?.cells;
  if (life === undefined || memory.norms.retired.has(id) || (cells?.[name] as { told: number } | undefined)?.told === life.lastAt)
    return null;
  return silenceOf(id, life, life.lastAt + LOOK_BACK_HOURS * HOUR_MS, memory)?.at ?? null;
}
