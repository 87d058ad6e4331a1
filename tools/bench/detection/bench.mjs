// How good the detectors are: precision and recall over labelled weeks of organizations with forty keys, and what a call costs.
//   node tools/bench/detection/bench.mjs                     1,000 weeks, on seeds that no threshold was chosen with
//   node tools/bench/detection/bench.mjs --tuning 10         10 organizations of the seeds that thresholds were chosen with
//   ... --show                                               what was missed and what was wrong
//   ... --table FILE                                         the table so far, after each organization
//   ... --workers 2                                          on so many cores; one without it
import { writeFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { library } from './library.mjs';
import { costOf } from './score.mjs';

const WARM_WEEKS = 5;
const WEEKS = 25;
/** Of these seeds nobody has looked at a call. Those from 30,001 on were used up: their figures were known when detectors were changed. */
const HELD_OUT = 40_001;
const argument = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? null : (process.argv[at + 1] ?? '');
};
const tuning = argument('--tuning');
const count = Number(tuning ?? argument('--organizations') ?? 40);
const first = Number(argument('--first') ?? (tuning === null ? HELD_OUT : 1));
const workers = Math.min(count, Number(argument('--workers') ?? 1));

const { file, engine } = await library();
const began = performance.now();
const rows = new Map();
const row = (detector) => rows.get(detector) ?? rows.set(detector, { expected: 0, found: 0, late: 0, wrong: 0 }).get(detector);
let calls = 0;
let organizations = 0;

const share = (part, whole) => (whole === 0 ? '-' : (part / whole).toFixed(3));
function table() {
  const { user, system } = process.cpuUsage();
  const lines = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([detector, { expected, found, late, wrong }]) =>
        `| \`${detector}\` | ${expected} | ${found} | ${late} | ${wrong} | ${share(found, expected)} | ${share(found, found + wrong)} |`,
    );
  return [
    '| detector | expected | in time | late | wrong | recall | precision |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
    `\n${organizations * WEEKS} labelled weeks (${organizations} organizations of 40 keys, each after ${WARM_WEEKS} weeks in which the engine only learns), ${calls} calls; ` +
      `${((performance.now() - began) / 1_000).toFixed(0)} s, ${((user + system) / 1e6).toFixed(0)} s of the processor.`,
  ].join('\n');
}

function add({ calls: more, expected, wrong }) {
  calls += more;
  organizations += 1;
  for (const { detector, isFound, isLate, what } of expected) {
    row(detector).expected += 1;
    if (isFound) row(detector).found += 1;
    if (isLate) row(detector).late += 1;
    if (!isFound && process.argv.includes('--show')) console.log(isLate ? 'late' : 'missed', what);
  }
  for (const { detector, what } of wrong) {
    row(detector).wrong += 1;
    if (process.argv.includes('--show')) console.log('wrong', what);
  }
  const file = argument('--table');
  if (file !== null) writeFileSync(file, table());
}

const seeds = Array.from({ length: count }, (_, n) => first + n);
await Promise.all(
  Array.from({ length: workers }, (_, n) => {
    const workerData = { file, seeds: seeds.filter((_seed, at) => at % workers === n), warmWeeks: WARM_WEEKS, weeks: WEEKS };
    const worker = new Worker(new URL('worker.mjs', import.meta.url), { workerData });
    worker.on('message', add);
    return new Promise((done, failed) => worker.on('error', failed).on('exit', done));
  }),
);
console.log(table());
const cost = costOf(engine, { seed: 1, weeks: 12 });
console.log(
  `The engine: ${cost.engine.toFixed(1)} microseconds of the processor a call (over ${cost.calls} calls), so ${((cost.engine * 500) / 1e4).toFixed(2)} % of a core at 500 calls/s.`,
);
