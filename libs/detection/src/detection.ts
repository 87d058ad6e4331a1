/**
 * The engine of ONE organization: calls in the order of `sequence`, event time only, no clock and no chance. The same calls and the same advances
 * give the same findings, however they are cut into steps and wherever it was stopped and restored in between.
 */
import type { Call } from './call';
import { type Detector, Memory } from './detector';
import { unauthorizedBurst } from './detectors/unauthorized-burst';
import { Episodes } from './episodes';
import type { Finding } from './finding';
import { type DetectionProfile, Norms } from './profile';
import { parsePartName, type Snapshot, Subjects } from './subjects';

export interface Detection {
  /** One record. What is told may be a finding told before: same detector, subject and episode. */
  observe(call: Call): Finding[];
  /** Event time has come so far (never back): what shows by nothing happening, and what is over. */
  advance(untilMs: number): Finding[];
  /** The parts that have changed since the last time this was asked, as JSON; null: delete the part. All together are what `createDetection` takes. */
  snapshot(): Snapshot;
  /** The earliest time at which `advance` can have something to tell when no call comes; null: never. For whoever would let a quiet organization sleep. */
  wakeAt(): number | null;
}

const all: readonly Detector[] = [unauthorizedBurst];
const ENGINE = 'engine';

export function createDetection(profile: DetectionProfile, snapshot: Snapshot = new Map()): Detection {
  const subjects: Subjects = new Subjects((kind, id) => {
    if (kind === 'episode') episodes.forget(id);
  });
  const episodes = new Episodes(subjects);
  const memory = new Memory(subjects, episodes, new Norms(profile));
  restore(snapshot, subjects, episodes);
  let toldTurn = subjects.turn;
  return {
    observe(call) {
      subjects.turn += 1;
      for (const detector of all) detector.observe(call, memory);
      return episodes.take();
    },
    advance(until) {
      for (const detector of all) detector.advance?.(until, memory);
      episodes.advance(until);
      return episodes.take();
    },
    snapshot() {
      const changes = subjects.changes();
      if (subjects.turn !== toldTurn) changes.set(ENGINE, JSON.stringify({ turn: subjects.turn }));
      toldTurn = subjects.turn;
      return changes;
    },
    wakeAt() {
      const times = [episodes.nextEnd(), ...all.map((detector) => detector.nextAt?.(memory) ?? null)].filter((at) => at !== null);
      return times.length === 0 ? null : Math.min(...times);
    },
  };
}

function restore(snapshot: Snapshot, subjects: Subjects, episodes: Episodes): void {
  for (const [name, json] of snapshot) {
    if (json === null) continue;
    if (name === ENGINE) subjects.turn = (JSON.parse(json) as { turn: number }).turn;
    else subjects.restore(name, json);
  }
  for (const [id, { cells }] of subjects.all('episode')) episodes.restore(parsePartName(`episode/${id}`).id, cells);
}
