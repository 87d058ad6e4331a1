// Runs one organization through the engine, and compares what was found with what happened.
import { HOUR, MINUTE } from './programs.mjs';
import { World } from './world.mjs';

/** A finding is about a label when it is about its subject and its time. */
const AFTER = 3 * HOUR;
const BEFORE = 15 * MINUTE;
/** It is found when it is told within so long of the moment at which it was clear. */
const IN_TIME = HOUR;
const STEP = 5 * MINUTE;
/** Between the arrival of a call and the look at it: whatever a clock says, it did not happen later. */
const LOOK = 3_000;

/** Of this process, not of the clock: others may be at work on the machine. */
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** What a call costs the engine, in microseconds of the processor: weeks of one organization that are there already. */
export function costOf({ createDetection, nothingKnown }, { seed, weeks }) {
  const world = new World(seed, { warmWeeks: 0, weeks, onRetire: () => undefined });
  const calls = [...world.hours()].flatMap((hour) => hour.calls);
  const detection = createDetection(nothingKnown);
  const began = processorTime();
  for (const call of calls) detection.observe(call);
  const engine = (processorTime() - began) / calls.length;
  return { calls: calls.length, engine };
}

export function runWorld({ createDetection, nothingKnown }, seed, { warmWeeks, weeks }) {
  let profile = nothingKnown;
  const parts = new Map();
  let detection = createDetection(profile);
  let callCount = 0;
  const found = new Map();
  const world = new World(seed, { warmWeeks, weeks, onRetire });

  /** As the runner does it: another profile is another engine, that goes on where this one stopped. */
  function onRetire(key, successor) {
    profile = {
      ...profile,
      retiredKeys: [...profile.retiredKeys, key],
      successors: successor === null ? profile.successors : { ...profile.successors, [successor]: key },
    };
    for (const [name, json] of detection.snapshot()) json === null ? parts.delete(name) : parts.set(name, json);
    detection = createDetection(profile, parts);
  }
  const keep = (findings, now) => {
    for (const finding of findings) {
      const name = `${finding.detector} ${finding.subject.kind} ${finding.subject.id} ${finding.episode}`;
      found.set(name, { ...finding, openedAt: found.get(name)?.openedAt ?? now });
    }
  };
  let step = 0;
  const advance = (until) => {
    if (step === 0) step = Math.floor(until / STEP) * STEP;
    for (; step + STEP <= until; step += STEP) keep(detection.advance(step + STEP), step + STEP);
  };
  for (const { until, calls } of world.hours()) {
    for (const call of calls) {
      advance(call.arrivedAt);
      if (call.at > call.arrivedAt + LOOK) Object.assign(call, { at: call.arrivedAt + LOOK, saidAt: call.at });
      keep(detection.observe(call), call.arrivedAt);
    }
    advance(until);
    callCount += calls.length;
  }
  return { world, found: [...found.values()], calls: callCount };
}

const isAbout = ({ detector, subject }, finding) => detector === finding.detector && (subject === '*' || subject === finding.subject.id);
const isInTime = ({ clearAt }, finding) => finding.openedAt <= clearAt + IN_TIME;
const isThen = ({ at, until }, finding) => finding.from <= until + AFTER && Math.max(finding.to, finding.openedAt) >= at - BEFORE;

/** Per detector: what was expected and found, expected and missed, found and wrong. */
export function score({ world, found }) {
  const isScored = ({ at, until }) => at >= world.warmUntil && until < world.end - 24 * HOUR;
  const expected = world.labels.filter(isScored).flatMap((label) => label.expects.map((expect) => ({ label, ...expect, finding: null })));
  const tolerated = new Map();
  const wrong = [];
  for (const finding of found) {
    if (finding.openedAt < world.warmUntil) continue;
    const expect = expected.find((one) => one.finding === null && isAbout(one, finding) && isThen(one.label, finding));
    if (expect !== undefined) Object.assign(expect, { finding, isLate: !isInTime(expect.label, finding) });
    else if (!isTolerated(finding)) wrong.push(finding);
  }
  return { expected, wrong };

  function isTolerated(finding) {
    return world.labels.some((label) =>
      [...label.tolerates, ...(isScored(label) ? [] : label.expects)].some((tolerate) => {
        if (!isAbout(tolerate, finding) || !isThen(label, finding)) return false;
        const count = (tolerated.get(tolerate) ?? 0) + 1;
        tolerated.set(tolerate, count);
        return count <= (tolerate.most ?? Infinity);
      }),
    );
  }
}
