/** What is known of the key that calls, before the call itself is learnt: how old it is, when it is used, from where. Made once a call, read by many detectors. */
import { networkOf } from './address';
import type { Call } from './call';
import { closeHours, DAY_MS, HOUR_MS, type History, newHistory, newRhythm, notePause, type Rhythm, weeksKnown } from './measures/rhythm';
import { count, minutes } from './measures/window';
import { standsOut } from './measures/usual-calls';
import type { Part, Subjects } from './subjects';

export type Life = { firstAt: number; lastAt: number; okAt: number | null; calls: number; days: number; ids: string[] };

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
};

/** A call that a key made which was good at that moment, whatever became of the call. */
export const isOfGoodKey = (call: Call): boolean => call.actor === 'apiKey' && call.keyId !== null && call.status !== 401;

const SETTLED_MS = 7 * DAY_MS;
const SETTLED_CALLS = 50;
const HOUR = minutes(60);
/** A pause that is worth knowing; shorter ones are not counted. */
const PAUSE_MS = HOUR_MS;

export function viewOf(call: Call, keyId: string, subjects: Subjects): KeyView {
  const part = subjects.part('key', keyId);
  const life = (part.cells['life'] ??= { firstAt: call.at, lastAt: call.at, okAt: null, calls: 0, days: 0, ids: [] }) as Life; // written here only
  const rhythm = (part.cells['rhythm'] ??= newRhythm(call.at)) as Rhythm;
  const known = subjects.peek('history', keyId)?.cells['hours'];
  const history = (known ?? (subjects.part('history', keyId).cells['hours'] = newHistory(call.at))) as History;
  const hour = Math.floor(call.at / HOUR_MS);
  if (hour > rhythm.hour) {
    subjects.part('history', keyId);
    closeHours(rhythm, history, hour, (ended, calls) => standsOut(history, ended, calls));
  }
  if (call.at - life.lastAt >= PAUSE_MS) {
    subjects.part('history', keyId);
    notePause(history, life.lastAt, call.at);
  }
  if (hour >= rhythm.hour - 1) rhythm.calls += 1;
  count(rhythm.lastHour, call.at, HOUR, call.id);
  const isSettled = call.at - life.firstAt >= SETTLED_MS && life.calls >= SETTLED_CALLS;
  return {
    id: keyId,
    call,
    part,
    life,
    rhythm,
    history,
    hour: rhythm.hour,
    network: call.ip === null ? null : networkOf(call.ip),
    isSettled,
  };
}

/** After the detectors have looked. */
export function learn({ call, life }: KeyView): void {
  life.calls += 1;
  if (life.calls === 1 || Math.floor(call.at / DAY_MS) > Math.floor(life.lastAt / DAY_MS)) life.days += 1;
  life.lastAt = Math.max(life.lastAt, call.at);
  if (call.status !== null && call.status < 400) life.okAt = Math.max(life.okAt ?? 0, call.at);
  life.ids.push(call.id);
  if (life.ids.length > 3) life.ids.shift();
}

export const weeksOf = ({ history, hour }: KeyView): number => weeksKnown(history, hour);

export function cellOf<T>({ part }: KeyView, name: string, make: () => T): T {
  return (part.cells[name] ??= make()) as T; // only whoever names it writes it
}
