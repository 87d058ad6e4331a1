/**
 * The engine of ONE organization: calls in the order of `sequence`, event time only, no clock and no chance. The same calls and the same advances
 * give the same findings, however they are cut into steps and wherever it was stopped and restored in between.
 */
import type { Call } from './call';
import { type Detector, Memory } from './detector';
import { consistentBadRequests } from './detectors/consistent-bad-requests';
import { idScanning } from './detectors/id-scanning';
import { impossibleTravel } from './detectors/impossible-travel';
import { intermittentRateLimits } from './detectors/intermittent-rate-limits';
import { newAddress } from './detectors/new-address';
import { newCountry } from './detectors/new-country';
import { newProgram } from './detectors/new-program';
import { notFoundPattern } from './detectors/not-found-pattern';
import { offHoursUse } from './detectors/off-hours-use';
import { requestSpike } from './detectors/request-spike';
import { retiredKeyUse } from './detectors/retired-key-use';
import { runawayLoop } from './detectors/runaway-loop';
import { sensitiveFirstUse } from './detectors/sensitive-first-use';
import { serverErrorRate } from './detectors/server-error-rate';
import { silence } from './detectors/silence';
import { unauthorizedBurst } from './detectors/unauthorized-burst';
import { isOfGoodKey, learn, viewOf } from './key-view';
import { learnPlaces } from './places';
import { Episodes } from './episodes';
import type { Finding } from './finding';
import { type DetectionProfile, Norms } from './profile';
import { setBack } from './set-back';
import { type Snapshot, Subjects } from './subjects';

export interface Detection {
  /** One record. What is told may be a finding told before: same detector, subject and episode. */
  observe(call: Call): Finding[];
  /** Event time has come so far (never back): what shows by nothing happening, and what is over. */
  advance(untilMs: number): Finding[];
  /**
   * The parts that have changed since the last time this was asked, as JSON; null: delete the part. All together are what `createDetection` takes. One after the
   * other, for whoever has other things to do in between; nothing may be observed before the last was taken.
   */
  changes(): Iterable<[part: string, json: string | null]>;
  /** All of them at once. */
  snapshot(): Snapshot;
  /** How far event time has come. */
  readonly until: number;
  /**
   * The clock stood ahead, and time goes on from here. Counts of the last hours are given up, for nothing that happens now would be younger than they are; what
   * is known of keys and networks stays.
   */
  setBack(untilMs: number): void;
  /** The earliest time at which `advance` can have something to tell when no call comes; null: never. For whoever would let a quiet organization sleep. */
  wakeAt(): number | null;
}

/** In this order: who is told first is not told again by another (a new country before a new address, a scan before ids that are not there). */
const all: readonly Detector[] = [
  unauthorizedBurst, retiredKeyUse, newCountry, newAddress, newProgram, impossibleTravel, sensitiveFirstUse, requestSpike, runawayLoop, offHoursUse,
  consistentBadRequests, intermittentRateLimits, idScanning, notFoundPattern, serverErrorRate, silence,
]; // prettier-ignore
/** Of a call that teaches nothing: who calls, and from where, is told; what it does is not taken for something that the key does. */
const ofWhoever: readonly Detector[] = [
  unauthorizedBurst,
  retiredKeyUse,
  newCountry,
  newAddress,
  newProgram,
  impossibleTravel,
  serverErrorRate,
];
const ENGINE = 'engine';

export function createDetection(profile: DetectionProfile, snapshot: Snapshot = new Map()): Detection {
  const subjects: Subjects = new Subjects((kind, id) => {
    if (kind === 'episode') episodes.forget(id);
  });
  const episodes = new Episodes(subjects);
  const memory = new Memory(subjects, episodes, new Norms(profile));
  restore(snapshot, memory);
  let said = stateOf(memory);
  function* changes(): Generator<[string, string | null]> {
    yield* subjects.changes();
    const now = stateOf(memory);
    if (now !== said) yield [ENGINE, now];
    said = now;
  }
  return {
    observe(call) {
      subjects.turn += 1;
      memory.key = call.keyId !== null && isOfGoodKey(call) ? viewOf(call, call.keyId, memory) : null;
      for (const detector of memory.key?.isTeaching === false ? ofWhoever : all) detector.observe(call, memory);
      if (memory.key?.isTeaching === true) {
        learnPlaces(memory.key, memory);
        learn(memory.key);
      }
      return episodes.take();
    },
    advance(until) {
      for (const detector of all) detector.advance?.(until, memory);
      episodes.advance(until);
      memory.until = Math.max(memory.until, until);
      return episodes.take();
    },
    changes,
    snapshot: () => new Map(changes()),
    get until() {
      return memory.until;
    },
    setBack(until) {
      setBack(memory, until);
    },
    wakeAt() {
      const times = [episodes.nextEnd(), ...all.map((detector) => detector.nextAt?.(memory) ?? null)].filter((at) => at !== null);
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}

const stateOf = ({ subjects, until }: Memory): string => JSON.stringify({ turn: subjects.turn, until });

function restore(snapshot: Snapshot, memory: Memory): void {
  const { subjects, episodes } = memory;
  for (const [name, json] of snapshot) {
    if (json === null) continue;
    if (name !== ENGINE) {
      subjects.restore(name, json);
      continue;
    }
    const { turn, until } = JSON.parse(json) as { turn: number; until: number }; // written by `stateOf`
    subjects.turn = turn;
    memory.until = until;
  }
  for (const [id, { cells }] of subjects.all('episode')) episodes.restore(id, cells);
}
