// How good the detectors are: precision and recall over labelled weeks of organizations with forty keys, and what a call costs.
//   node tools/bench/detection/bench.mjs                     1,000 weeks, on seeds that no threshold was chosen with
//   node tools/bench/detection/bench.mjs --tuning 10         10 organizations of the seeds that thresholds were chosen with
//   ... --show                                               what was missed and what was wrong
import { library } from './library.mjs';
import { runWorld, score } from './score.mjs';

const WARM_WEEKS = 5;
const WEEKS = 20;
const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : (process.argv[at + 1] ?? '');
};
const tuning = argument('--tuning');
const count = Number(tuning ?? argument('--organizations') ?? 50);
const first = Number(argument('--first') ?? (tuning === null ? 10_001 : 1));
const only = argument('--only');
const isShown = process.argv.includes('--show');

const engine = await library();
const began = performance.now();
const of = new Map();
const total = { calls: 0, microseconds: 0 };
const entry = (detector) => of.get(detector) ?? of.set(detector, { expected: 0, found: 0, wrong: 0, kinds: new Map() }).get(detector);

for (let seed = first; seed < first + count; seed++) {
  const run = runWorld(engine, seed, { warmWeeks: WARM_WEEKS, weeks: WEEKS });
  const { expected, wrong } = score(run);
  total.calls += run.spent.calls;
  total.microseconds += run.spent.microseconds;
  for (const one of expected) {
    const row = entry(one.detector);
    row.expected += 1;
    if (one.finding) row.found += 1;
    else if (isShown && (only === null || only === one.detector))
      console.log(
        'missed',
        seed,
        one.detector,
        one.label.kind,
        one.subject,
        new Date(one.label.at).toISOString(),
        ((one.label.until - one.label.at) / 60_000).toFixed(0),
        'min',
        run.world.programs.find(({ id }) => id === one.subject)?.kind ?? '',
      );
  }
  for (const finding of wrong) {
    entry(finding.detector).wrong += 1;
    if (isShown && (only === null || only === finding.detector))
      console.log(
        'wrong',
        seed,
        finding.detector,
        finding.subject.id,
        new Date(finding.from).toISOString(),
        run.world.programs.find(({ id }) => id === finding.subject.id)?.kind ?? '',
        finding.count,
        JSON.stringify(finding.seen),
        JSON.stringify(finding.normal),
        JSON.stringify(finding.threshold),
      );
  }
}

const share = (part, whole) => (whole === 0 ? '-' : (part / whole).toFixed(3));
console.log(`| Detector | expected | found | wrong | recall | precision |`);
console.log(`| --- | ---: | ---: | ---: | ---: | ---: |`);
for (const [detector, { expected, found, wrong }] of [...of].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`| ${detector} | ${expected} | ${found} | ${wrong} | ${share(found, expected)} | ${share(found, found + wrong)} |`);
const seconds = (performance.now() - began) / 1_000;
const micros = total.microseconds / total.calls;
console.log(
  `\n${count * WEEKS} labelled weeks (${count} organizations of 40 keys, each after ${WARM_WEEKS} weeks in which the engine only learns), ${total.calls} calls in ${seconds.toFixed(0)} s.`,
);
console.log(
  `The engine: ${micros.toFixed(1)} microseconds a call, ${Math.round(1e6 / micros)} calls/s; at 500 calls/s ${((micros * 500) / 1e4).toFixed(2)} % of a core.`,
);
