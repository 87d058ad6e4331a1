/**
 * What repeats at a regular beat: of one caller, the few requests that come most (Misra and Gries: four counters find whatever is more than a fifth of all
 * calls), each with the mean and the spread of its pauses and how often the answer had the same size.
 */
export type Beat = {
  sign: number;
  weight: number;
  count: number;
  firstAt: number;
  lastAt: number;
  mean: number;
  square: number;
  bytes: number;
  same: number;
  ids: string[];
};
const COUNTERS = 4;

export function beatOf(beats: Beat[], sign: number, { at, id, bytes }: { at: number; id: string; bytes: number }): Beat | null {
  const beat = beats.find((one) => one.sign === sign);
  if (beat !== undefined) {
    again(beat, { at, id, bytes });
    return beat;
  }
  if (beats.length < COUNTERS) {
    beats.push({ sign, weight: 1, count: 1, firstAt: at, lastAt: at, mean: 0, square: 0, bytes, same: 0, ids: [id] });
    return null;
  }
  for (const other of beats) other.weight -= 1;
  for (let place = beats.length - 1; place >= 0; place--) if ((beats[place]?.weight ?? 0) <= 0) beats.splice(place, 1);
  return null;
}

/** Whoever pauses for longer has no beat that a loop could have: another one begins. */
const LONGEST_PAUSE_MS = 30_000;

/** Mean and spread by Welford. */
function again(beat: Beat, { at, id, bytes }: { at: number; id: string; bytes: number }): void {
  const pause = Math.max(0, at - beat.lastAt);
  if (pause > LONGEST_PAUSE_MS) Object.assign(beat, { count: 0, firstAt: at, mean: 0, square: 0, same: 0, ids: [] });
  beat.weight = Math.min(beat.weight + 1, 1_000);
  beat.count += 1;
  if (beat.count > 1) {
    const off = pause - beat.mean;
    beat.mean += off / (beat.count - 1);
    beat.square += off * (pause - beat.mean);
    if (bytes === beat.bytes) beat.same += 1;
  }
  beat.bytes = bytes;
  beat.lastAt = Math.max(beat.lastAt, at);
  beat.ids.push(id);
  if (beat.ids.length > 5) beat.ids.shift();
}

/** Deviation of the pauses over their mean: 0 is a metronome, 1 is chance. */
export const unevenness = ({ count, mean, square }: Beat): number => (mean === 0 ? 0 : Math.sqrt(square / Math.max(1, count - 1)) / mean);
