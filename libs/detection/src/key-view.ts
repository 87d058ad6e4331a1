/** What is known of the key that calls, before the call itself is learnt: how old it is, when it is used, from where. Made once a call, read by many detectors. */
import { networkOf } from './address';
import type { Call } from './call';
import { closeHours, DAY_MS, HOUR_MS, type History, newHistory, newRhythm, notePause, type Rhythm, weeksKnown } from './measures/rhythm';
import { count, minutes } from './measures/window';
import { standsOut } from './measures/usual-calls';
import type { Memory } from './detector';
import type { Part, Subjects } from './subjects';

export type Life = { firstAt: number; lastAt: number; calls: number; days: number; ids: string[] };

export type KeyView = {
  id: string;
  call: Call;
  part: Part;
  life: Life;
  rhythm: Rhythm;
  history: History;
  hour: number;
  network: string | null;
  /** Long enough in use for what is new to be news. */
  isSettled: boolean;
  /** False: it is told who called, and it is no precedent. */
  isTeaching: boolean;
};

/** Who made it, or from where, is why it was refused: it says nothing of what the key does in the right hands. */
const refusedAtTheDoor: ReadonlySet<string> = new Set(['quarantined_key', 'ip_not_allowed', 'ip_blocked', 'country_not_allowed']);

/** A call that a key made which was good at that moment, whatever became of the call. */
export const isOfGoodKey = (call: Call): boolean => call.actor === 'apiKey' && call.keyId !== null && call.status !== 401;

/** What is normal is learnt from it. Not from a key in quarantine either, which may still read. */
const isTeaching = (call: Call, keyId: string, { norms }: Memory): boolean =>
  !(call.reason !== null && refusedAtTheDoor.has(call.reason)) && !norms.quarantined.has(keyId);

const SETTLED_MS = 7 * DAY_MS;
const SETTLED_CALLS = 50;
const HOUR = minutes(60);
/** A pause that is worth knowing; shorter ones are not counted. */
const PAUSE_MS = HOUR_MS;

/** What a key that replaces another one begins with. */
const inherited = ['life', 'rhythm', 'places', 'sensitiveFirstUse', 'runawayLoop'] as const;

function inherit(part: Part, keyId: string, predecessor: string | null, subjects: Subjects): void {
  const before = predecessor === null ? null : subjects.peek('key', predecessor);
  if (predecessor === null || before === null) return;
  for (const name of inherited) if (before.cells[name] !== undefined) part.cells[name] = structuredClone(before.cells[name]);
  const hours = subjects.peek('history', predecessor)?.cells['hours'];
  if (hours !== undefined) subjects.part('history', keyId).cells['hours'] = structuredClone(hours);
}

/** Null: nothing is known of the key, and nothing may be learnt from this call. */
export function viewOf(call: Call, keyId: string, memory: Memory): KeyView | null {
  const { subjects } = memory;
  const teaches = isTeaching(call, keyId, memory);
  if (!teaches && subjects.peek('key', keyId)?.cells['life'] === undefined) return null;
  const part = subjects.part('key', keyId);
  if (part.cells['life'] === undefined) begin(part, call, keyId, memory);
  const life = part.cells['life'] as Life; // by `begin`, as the other two
  const rhythm = part.cells['rhythm'] as Rhythm;
  const history = (subjects.peek('history', keyId)?.cells['hours'] as History | undefined) ?? newHistory(call.at);
  const view = { id: keyId, call, part, life, rhythm, history, network: networkOfCall(call), isTeaching: teaches };
  if (teaches) keepTime(view, memory);
  const isSettled = call.at - life.firstAt >= SETTLED_MS && life.calls >= SETTLED_CALLS;
  return { ...view, hour: rhythm.hour, isSettled };
}

const networkOfCall = ({ ip }: Call): string | null => (ip === null ? null : networkOf(ip));

function begin(part: Part, call: Call, keyId: string, { subjects, norms }: Memory): void {
  subjects.part('history', keyId).cells['hours'] = newHistory(call.at);
  inherit(part, keyId, norms.predecessorOf(keyId), subjects);
  part.cells['life'] ??= { firstAt: call.at, lastAt: call.at, calls: 0, days: 0, ids: [] } satisfies Life;
  part.cells['rhythm'] ??= newRhythm(call.at);
}

/** Hours that are over are learnt, and this call is counted. */
function keepTime({ id, call, life, rhythm, history }: Omit<KeyView, 'hour' | 'isSettled'>, { subjects }: Memory): void {
  const hour = Math.floor(call.at / HOUR_MS);
  const isPause = call.at - life.lastAt >= PAUSE_MS;
  if (hour > rhythm.hour || isPause) subjects.part('history', id).cells['hours'] = history;
  if (isPause) notePause(history, life.lastAt, call.at);
  if (hour > rhythm.hour) closeHours(rhythm, history, hour, (ended, calls) => standsOut(history, ended, calls));
  if (hour >= rhythm.hour - 1) rhythm.calls += 1;
  count(rhythm.lastHour, call.at, HOUR, call.id);
}

/** After the detectors have looked. */
export function learn({ call, life }: KeyView): void {
  life.calls += 1;
  if (life.calls === 1 || Math.floor(call.at / DAY_MS) > Math.floor(life.lastAt / DAY_MS)) life.days += 1;
  life.lastAt = Math.max(life.lastAt, call.at);
  life.ids.push(call.id);
  if (life.ids.length > 3) life.ids.shift();
}

export const weeksOf = ({ history, hour }: KeyView): number => weeksKnown(history, hour);

export function cellOf<T>({ part }: KeyView, name: string, make: () => T): T {
  return (part.cells[name] ??= make()) as T; // only whoever names it writes it
}
