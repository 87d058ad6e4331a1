/**
 * The same request (method, path, size) at a quick and regular beat, answered alike: what a loop without an end does. Whoever goes through pages is answered
 * with another size each time; whoever asks for a state every half a minute is slower; and what a key did from its first days is what it does.
 */
import type { Call } from '../call';
import type { Detector, Memory } from '../detector';
import { cellOf, type KeyView } from '../key-view';
import { type Beat, beatOf, pausesOf, unevenness } from '../measures/beat';
import { endpointOf, filterOf } from '../measures/of-route';
import { quickHash } from '../measures/seen-set';
import { days, hours, ofKey, rounded } from '../signs';

const name = 'runawayLoop';
/** When clocks differ, pauses are known of some of the calls only: of fewer, chance may look even. */
const MEASURED_SHARE = 1 / 3;
type Kept = { beats: Beat[]; known: number[] };

export const runawayLoop: Detector = {
  name,
  observe(call, memory) {
    const { key } = memory;
    if (key === null) return;
    const kept = cellOf<Kept>(key, name, () => ({ beats: [], known: [] }));
    const sign = quickHash(call.path ?? '', quickHash(call.method ?? '', call.requestBytes ?? 0));
    const beat = beatOf(kept.beats, sign, { ...timesOf(call), id: call.id, bytes: call.responseBytes ?? 0 });
    if (beat === null || !isRunaway(beat, memory) || kept.known.includes(sign)) return;
    const { settledDays } = memory.norms.settings[name];
    if (call.at - key.life.firstAt < days(settledDays)) kept.known = [...kept.known, sign].slice(-16);
    else tell(call, key, beat, memory);
  },
};

const timesOf = ({ at, saidAt = at }: Call) => ({ at: saidAt, isAhead: saidAt > at, seenAt: at });

function isRunaway(beat: Beat, { norms }: Memory): boolean {
  const { calls, slowestSeconds, spanSeconds, unevenness: bound, sameShare } = norms.settings[name];
  return (
    beat.count >= calls &&
    beat.mean <= slowestSeconds * 1_000 &&
    beat.lastAt - beat.firstAt >= spanSeconds * 1_000 &&
    beat.same >= beat.count * sameShare &&
    pausesOf(beat) >= calls * MEASURED_SHARE &&
    unevenness(beat) <= bound
  );
}

function tell(call: Call, key: KeyView, beat: Beat, { norms, episodes }: Memory): void {
  const { calls, slowestSeconds } = norms.settings[name];
  const strand = beat.sign.toString(36);
  if (norms.isAccepted(name, ofKey(key.id), strand, 0)) return;
  episodes.raise({
    detector: name, subject: ofKey(key.id), strand, at: call.at, from: Math.min(beat.firstAt, call.at), count: beat.count, ids: beat.ids,
    severity: 'medium',
    seen: { endpoint: endpointOf(call), requestBytes: call.requestBytes, calls: beat.count, everySeconds: rounded(beat.mean / 1_000), unevenness: rounded(unevenness(beat)) },
    normal: {},
    threshold: { calls, everySeconds: slowestSeconds },
    filter: { apiKeyId: key.id, ...filterOf(call) },
    lesson: { what: strand, upTo: null },
    quietMs: hours(1),
  }); // prettier-ignore
}
