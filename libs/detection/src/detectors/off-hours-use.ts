/**
 * A key that is idle for much of every week is used in hours in which it never was, and which are not next to hours in which it is: work that
 * lasts a little longer, and clocks that change, are no news.
 */
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView, weeksOf } from '../key-view';
import { isUnused, noteTold, slotAt, unusedShare, wasStrayMonthAgo } from '../measures/rhythm';
import { count, emptyWindow, minutes, startOf, type Window } from '../measures/window';
import { hours, ofKey, rounded } from '../signs';

const name = 'offHoursUse';
const HOUR = minutes(60);
type Kept = { hour: number; isOff: boolean; unused: number; calls: Window };

export const offHoursUse: Detector = {
  name,
  observe(call, memory) {
    const { key, norms } = memory;
    if (key === null) return;
    const kept = cellOf<Kept>(key, name, () => ({ hour: -1, isOff: false, unused: 0, calls: emptyWindow() }));
    if (kept.hour !== key.hour) Object.assign(kept, { hour: key.hour, ...judge(key, memory) });
    if (!kept.isOff) return;
    const { calls: enough, quietHours } = norms.settings[name];
    const subject = ofKey(key.id);
    const slot = String(slotAt(call.at));
    const calls = count(kept.calls, call.at, HOUR, call.id);
    if (calls < enough && !memory.episodes.isOpen({ detector: name, subject, strand: '' }, call.at)) return;
    if (norms.isAccepted(name, subject, slot, calls)) return;
    noteTold(key.rhythm);
    memory.episodes.raise({
      detector: name, subject, strand: '', at: call.at, from: startOf(kept.calls, call.at), count: calls, ids: kept.calls.ids,
      severity: 'medium',
      seen: { callsInHour: calls, hourOfWeek: Number(slot) },
      normal: { callsInHour: 0, unusedShareOfWeek: rounded(kept.unused), learntWeeks: weeksOf(key) },
      threshold: { callsInHour: enough },
      filter: { apiKeyId: key.id },
      lesson: { what: slot, upTo: null },
      quietMs: hours(quietHours),
    }); // prettier-ignore
  },
};

function judge(key: KeyView, { norms }: Memory): Pick<Kept, 'isOff' | 'unused'> {
  const { weeks, unusedShare: idle, reachHours } = norms.settings[name];
  const said = norms.hours(key.id);
  if (said !== null) return { isOff: !said.some((slot) => isNear(slot, slotAt(key.call.at))), unused: rounded(1 - said.length / 168) };
  if (weeksOf(key) < weeks) return { isOff: false, unused: 0 };
  const unused = unusedShare(key.history);
  // Once in five weeks beside it is a month's end, and makes no hour of its own.
  const isIdle =
    isUnused(key.history, key.hour, { reach: 0, weeks: 0 }) && isUnused(key.history, key.hour, { reach: reachHours, weeks: 1 });
  return { isOff: unused >= idle && isIdle && !wasStrayMonthAgo(key.history, key.hour), unused };
}

const isNear = (slot: number, other: number): boolean => [0, 1, 167].includes((slot - other + 168) % 168);
