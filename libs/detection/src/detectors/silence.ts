/**
 * A busy key stops. Expected are the calls of the same hours in the quietest of the weeks that are known: what was as quiet once in five weeks may
 * be so again. Only a single week without any call counts as none (LeastOfWeeks).
 */
import type { Detector, Memory } from '../detector';
import type { Life } from '../key-view';
import { HOUR_MS, type History, LeastOfWeeks, longestPause, weeksKnown } from '../measures/rhythm';
import { days, hours, ofKey, rounded } from '../signs';
import type { Part } from '../subjects';
import { SharedPause } from './shared-pause';

const name = 'silence';
/** A look at all keys costs something, and nobody is silent by the second. */
const LOOK_EVERY_MS = 5 * 60_000;
const LOOK_BACK_HOURS = 14 * 24;

/** Nobody waits for a key for ever. */
const MOST_DAYS = 30;
/** Two holidays and a weekend, and the evening before. */
const MOST_HELD_DAYS = 6;

/** `held`: until then others were silent as well; what is missed counts from there. */
type Kept = { told: number; held: number };
type Silence = { expected: number; longest: number; at: number };

export const silence: Detector = {
  name,
  observe(call, memory) {
    if (memory.key === null) return;
    // It speaks again.
    if (call.at - memory.key.life.lastAt > HOUR_MS) memory.episodes.end(of(memory.key.id));
  },
  advance(until, memory) {
    if (Math.floor(until / LOOK_EVERY_MS) === Math.floor(memory.until / LOOK_EVERY_MS)) return;
    const pause = new SharedPause(until, memory);
    for (const [id, part] of memory.subjects.all('key')) look({ id, part, until, pause }, memory);
  },
  nextAt(memory) {
    let next: number | null = null;
    for (const [id, part] of memory.subjects.all('key')) {
      const at = nextLookAt(id, part, memory);
      if (at !== null && (next === null || at < next)) next = at;
    }
    return next;
  },
};

const of = (id: string) => ({ detector: name, subject: ofKey(id), strand: '' }) as const;
const lifeOf = ({ cells }: Part): Life | undefined => cells['life'] as Life | undefined;
const seenBy = (until: number, life: Life) => ({ calls: 0, silentHours: rounded((until - life.lastAt) / HOUR_MS) });

type Look = { id: string; part: Part; until: number; pause: SharedPause };

function look(one: Look, memory: Memory): void {
  const { id, part, until } = one;
  const life = lifeOf(part);
  if (life === undefined || until - life.lastAt < HOUR_MS) return;
  const open = memory.episodes.opened(of(id));
  const isOver = memory.norms.retired.has(id) || memory.norms.isAccepted(name, ofKey(id), '*', 0);
  if (open !== null) goesOn({ id, life, until, open, isOver }, memory);
  else if (!isOver) fallenSilent(one, life, memory);
}

function fallenSilent({ id, part, until, pause }: Look, life: Life, memory: Memory): void {
  const found = silenceOf(id, part, memory);
  if (found === null || found.at > until) return;
  const { calls, weeks } = memory.norms.settings[name];
  const kept = memory.cell<Kept>('key', id, name, () => ({ told: 0, held: 0 }));
  if (until - life.lastAt < days(MOST_HELD_DAYS) && pause.holds(id, part)) {
    kept.held = until;
    return;
  }
  // Once for each time it falls silent, however long that lasts.
  kept.told = life.lastAt;
  memory.episodes.raise({
    ...of(id), at: until, from: life.lastAt, count: 0, ids: life.ids,
    severity: 'medium',
    seen: seenBy(until, life),
    normal: { callsExpected: Math.round(found.expected), longestPauseHours: rounded(found.longest / HOUR_MS), learntWeeks: weeks },
    threshold: { callsExpected: calls },
    filter: { apiKeyId: id },
    lesson: { what: '*', upTo: null },
    quietMs: days(2),
  }); // prettier-ignore
}

type Lasting = { id: string; life: Life; until: number; open: { to: number }; isOver: boolean };

/** Told once a day while it lasts, so that it does not look as if it were over. */
function goesOn({ id, life, until, open, isOver }: Lasting, { episodes }: Memory): void {
  if (isOver || until - life.lastAt > days(MOST_DAYS)) episodes.end(of(id));
  else if (until - open.to >= days(1)) episodes.goesOn({ ...of(id), seen: seenBy(until, life) }, until);
}

const historyOf = (id: string, memory: Memory): History | null =>
  (memory.subjects.peek('history', id)?.cells['hours'] as History | undefined) ?? null;

/** By key, for the call that was its last: what is known of its hours changes only with its calls. */
const reckoned = new WeakMap<Part, { since: number; silence: Silence | null }>();
const keptOf = ({ cells }: Part): Kept => (cells[name] as Kept | undefined) ?? { told: 0, held: 0 };

function silenceOf(id: string, part: Part, memory: Memory): Silence | null {
  const life = lifeOf(part);
  const { told, held } = keptOf(part);
  if (life === undefined || told === life.lastAt) return null;
  const since = Math.max(life.lastAt, held);
  const known = reckoned.get(part);
  if (known?.since === since) return known.silence;
  const silence = reckon(id, { since, lastAt: life.lastAt }, memory);
  reckoned.set(part, { since, silence });
  return silence;
}

/**
 * The first whole hour at whose end the key has been silent for too long, if it is not used before. The hour after its last call is left out: clocks change. What comes
 * in few hours of the week (a nightly job) has to be missed for longer than it ever paused, and an hour more: jobs run late.
 */
function reckon(id: string, { since, lastAt }: { since: number; lastAt: number }, memory: Memory): Silence | null {
  const { calls, activeHours, weeks, timesPause } = memory.norms.settings[name];
  const history = historyOf(id, memory);
  const last = Math.floor(lastAt / HOUR_MS);
  const known = history === null ? 0 : weeksKnown(history, last);
  if (history === null || known < weeks) return null;
  const longest = longestPause(history);
  const least = new LeastOfWeeks(history, Math.min(known, 5));
  for (let hour = Math.floor(since / HOUR_MS) + 2; hour < last + LOOK_BACK_HOURS - 1; hour++) {
    least.add(hour);
    if (least.calls < calls) continue;
    const [ended, later] = [(hour + 1) * HOUR_MS, (hour + 2) * HOUR_MS];
    if (least.hours >= activeHours) return { expected: least.calls, longest, at: ended };
    if (later - since > longest * timesPause + hours(2)) return { expected: least.calls, longest, at: later };
  }
  return null;
}

function nextLookAt(id: string, part: Part, memory: Memory): number | null {
  const open = memory.episodes.opened(of(id));
  const lastAt = lifeOf(part)?.lastAt ?? 0;
  if (open !== null) return Math.min(open.to + days(1), lastAt + days(MOST_DAYS) + 1);
  return memory.norms.retired.has(id) ? null : (silenceOf(id, part, memory)?.at ?? null);
}
