/**
 * Far more calls of a key within an hour than it makes at this hour of the week. A key that often has large hours (batch jobs), or had one a month
 * ago (billing runs), is measured by those. A young key is measured by the largest hour it has had.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { noteTold } from '../measures/rhythm';
import { type Limit, limitAt } from '../measures/usual-calls';
import { count, emptyWindow, minutes, startOf } from '../measures/window';
import { hours, ofKey, rounded } from '../signs';

const name = 'requestSpike';
const HOUR = minutes(60);
type Kept = { hour: number; limit: number | null; usual: Omit<Limit, 'calls'> };

export const requestSpike: Detector = {
  name,
  observe(call, memory) {
    const { key, norms } = memory;
    if (key !== null && norms.organization.callsPerHour !== null) ofAllKeys(call, norms.organization.callsPerHour, memory);
    if (key === null || key.rhythm.lastHour.total < (norms.of(key.id).callsPerHour ?? norms.settings[name].callsPerHour)) return;
    const kept = cellOf<{ of: Kept | null }>(key, name, () => ({ of: null }));
    if (kept.of?.hour !== key.hour) kept.of = limitOfHour(key, memory);
    const { limit } = kept.of;
    if (limit !== null && key.rhythm.lastHour.total > limit) tell(key, { ...kept.of, limit }, memory);
  },
};

/** What was approved for all keys together; what they do together is not learnt. */
function ofAllKeys(call: Call, limit: number, memory: Memory): void {
  const hour = memory.cell('organization', '', name, emptyWindow);
  const calls = count(hour, call.at, HOUR, call.id);
  const subject = { kind: 'organization', id: '' } as const;
  if (calls <= limit || memory.norms.isAccepted(name, subject, 'callsPerHour', calls)) return;
  memory.episodes.raise({
    detector: name, subject, strand: '', at: call.at, from: startOf(hour, call.at), count: calls, ids: hour.ids,
    severity: calls > 3 * limit ? 'high' : 'medium',
    seen: { callsInHour: calls },
    normal: { approvedCallsInHour: limit },
    threshold: { callsInHour: limit },
    filter: { actorType: 'apiKey' },
    lesson: { what: 'callsPerHour', upTo: calls },
    quietMs: hours(2),
  }); // prettier-ignore
}

function limitOfHour(key: KeyView, { norms }: Memory): Kept {
  const { calls, ...usual } = limitAt(key.history, key.hour, norms.settings[name]);
  const said = norms.of(key.id).callsPerHour;
  if (said !== null) return { hour: key.hour, limit: said, usual };
  // Infinity is no JSON.
  return { hour: key.hour, limit: Number.isFinite(calls) ? calls : null, usual };
}

function tell(key: KeyView, { limit, usual }: Kept & { limit: number }, { norms, episodes }: Memory): void {
  const { rhythm, call, id } = key;
  const subject = ofKey(id);
  const calls = rhythm.lastHour.total;
  if (norms.isAccepted(name, subject, 'callsPerHour', calls)) return;
  noteTold(rhythm);
  episodes.raise({
    detector: name, subject, strand: '', at: call.at, from: startOf(rhythm.lastHour, call.at), count: calls, ids: rhythm.lastHour.ids,
    severity: calls > 3 * limit ? 'high' : 'medium',
    seen: { callsInHour: calls },
    normal: { callsInHour: rounded(usual.usual), deviation: rounded(usual.deviation), learntWeeks: usual.weeks, because: usual.because },
    threshold: { callsInHour: Math.round(limit) },
    filter: { apiKeyId: id },
    lesson: { what: 'callsPerHour', upTo: calls },
    quietMs: hours(2),
  }); // prettier-ignore
}
