/**
 * What repeats at a regular beat: of one caller, the few requests that come most (Misra and Gries: four counters find whatever is more than a fifth of all
 * calls), each with the mean and the spread of its pauses and how often the answer had the same size.
 *
 * Times are told by the hosts that answered, each by its clock. Pauses are taken of one of them; a call by a clock that is behind, or known to be ahead, has
 * none of its own, and the next pause is shared by all calls since the last: of a beat they come out even, and of chance as uneven as they are.
 */
export type Beat = {
  sign: number;
  weight: number;
  count: number;
  firstAt: number;
  lastAt: number;
  mean: number;
  square: number;
  /** Measured, the calls since the last that had none of their own, and of which clock. Missing in what was remembered before clocks were told apart. */
  pauses?: number;
  unmeasured?: number;
  isAhead?: boolean;
  /** When the last call came, whatever its clock said. Missing as well. */
  seenAt?: number;
  bytes: number;
  same: number;
  ids: string[];
};
const COUNTERS = 4;

/** `at` is told by the clock of its host; `seenAt` too, unless that is known to be ahead. */
type Again = { at: number; isAhead: boolean; seenAt: number; id: string; bytes: number };

const begun = (sign: number, { at, isAhead, seenAt, id, bytes }: Again): Beat => ({
  ...{ sign, weight: 1, count: 1, firstAt: at, lastAt: at, mean: 0, square: 0 },
  ...{ pauses: 0, unmeasured: 0, isAhead, seenAt, bytes, same: 0, ids: [id] },
});

export function beatOf(beats: Beat[], sign: number, call: Again): Beat | null {
  const beat = beats.find((one) => one.sign === sign);
  if (beat !== undefined) {
    again(beat, call);
    return beat;
  }
  if (beats.length < COUNTERS) {
    beats.push(begun(sign, call));
    return null;
  }
  for (const other of beats) other.weight -= 1;
  for (let place = beats.length - 1; place >= 0; place--) if ((beats[place]?.weight ?? 0) <= 0) beats.splice(place, 1);
  return null;
}

/** Whoever pauses for longer has no beat that a loop could have: another one begins. */
const LONGEST_PAUSE_MS = 30_000;
/** After so many in a row by another clock, that one counts. */
const MOST_UNMEASURED = 32;

function again(beat: Beat, call: Again): void {
  const { at, id, bytes } = call;
  const isOther = isByOtherClock(beat, call);
  if (isOver(beat, call, isOther)) beginAnew(beat, call);
  beat.weight = Math.min(beat.weight + 1, 1_000);
  beat.count += 1;
  if (beat.count > 1) {
    if (isOther) beat.unmeasured = unmeasuredOf(beat) + 1;
    else measure(beat, Math.max(0, at - beat.lastAt));
    if (bytes === beat.bytes) beat.same += 1;
  }
  beat.bytes = bytes;
  if (!isOther) beat.lastAt = Math.max(beat.lastAt, at);
  beat.seenAt = Math.max(seenOf(beat), call.seenAt);
  beat.ids.push(id);
  if (beat.ids.length > 5) beat.ids.shift();
}

const unmeasuredOf = ({ unmeasured }: Beat): number => unmeasured ?? 0;
const isByOtherClock = (beat: Beat, { at, isAhead }: Again): boolean => isAhead !== (beat.isAhead ?? false) || beat.lastAt - at > beat.mean;
const seenOf = ({ seenAt, lastAt }: Beat): number => seenAt ?? lastAt;
const isOver = (beat: Beat, { seenAt }: Again, isOther: boolean): boolean =>
  (isOther && unmeasuredOf(beat) >= MOST_UNMEASURED) || seenAt - seenOf(beat) > LONGEST_PAUSE_MS * (unmeasuredOf(beat) + 1);

const beginAnew = (beat: Beat, { at, isAhead, seenAt }: Again): void => {
  Object.assign(beat, {
    count: 0,
    firstAt: at,
    lastAt: at,
    mean: 0,
    square: 0,
    pauses: 0,
    unmeasured: 0,
    isAhead,
    seenAt,
    same: 0,
    ids: [],
  });
};

/** Mean and spread by Welford. Of calls that share a pause only the mean is known, which spreads less the more they are. */
function measure(beat: Beat, pause: number): void {
  const sharers = unmeasuredOf(beat) + 1;
  const off = pause / sharers - beat.mean;
  beat.pauses = pausesOf(beat) + 1;
  beat.unmeasured = 0;
  beat.mean += (off * sharers) / (beat.count - 1);
  beat.square += sharers * off * (pause / sharers - beat.mean);
}

/** So many were measured. Of what was remembered without that number, all were; `count` is ahead by the call that is looked at. */
export const pausesOf = ({ pauses, count }: Beat): number => pauses ?? Math.max(0, count - 2);

/** Deviation of the pauses over their mean: 0 is a metronome, 1 is chance. */
export const unevenness = (beat: Beat): number => (beat.mean === 0 ? 0 : Math.sqrt(beat.square / Math.max(1, pausesOf(beat))) / beat.mean);
