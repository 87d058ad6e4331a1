// `npm run faults`: the built product under load and under faults; afterwards every answer that a client saw must have its record, once.
// Ends with exit code 1 and the offending rows when something does not hold.
//
//   npm run faults -- [--only name,name] [--short] [--seed N] [--set '{"kills":{"api":50}}'] [--summary file] [--keep] [--list]
//
// Without --only: every scenario that is part of the promise of today. --short: smaller numbers, for trying out; `npm test` runs some so.
// The seed brings back what is sent and what is broken, not the microsecond in which it happens.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { scenarios } from './scenarios.mjs';
import { Impossible, Stage } from './stage.mjs';

const SHOWN_FINDINGS = 50;
/** What the long run of all scenarios has to have seen, for its zero to mean something. */
const GOAL_ANSWERS = 200_000;

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seed: { type: 'string' },
      set: { type: 'string' },
      summary: { type: 'string' },
      short: { type: 'boolean' },
      keep: { type: 'boolean' },
      list: { type: 'boolean' },
    },
  });
  const seed = Number(values.seed ?? Date.now() % 1_000_000);
  const names = values.only?.split(',') ?? Object.keys(scenarios);
  const unknown = names.filter((name) => !(name in scenarios));
  if (unknown.length > 0 || !Number.isSafeInteger(seed))
    throw new Error(`Takes --seed N and --only with names of ${Object.keys(scenarios).join(', ')}.`);
  return { ...values, all: values.only === undefined && !values.short, seed, names, set: JSON.parse(values.set ?? '{}') };
}

let onStage = null;
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => void Promise.resolve(onStage?.end(false)).finally(() => process.exit(130)));

async function play(name, { seed, short, set, keep }) {
  const scenario = scenarios[name];
  const stage = (onStage = new Stage({ name, seed, settings: { ...(short ? scenario.short : scenario.long), ...set } }));
  const startedAt = Date.now();
  stage.log(`${scenario.about} (seed ${seed})`);
  let skipped = null;
  try {
    await scenario.run(stage);
  } catch (error) {
    if (error instanceof Impossible) skipped = error.message;
    else stage.find('broke off', error.stack ?? String(error));
  }
  const failed = stage.findings.length > 0;
  await stage.end(failed || keep === true);
  if (failed || keep) stage.log(`the data is left in ${stage.base}`);
  onStage = null;
  const { answered, figures, findings } = stage;
  const verdict = skipped !== null ? 'SKIPPED' : failed ? 'FAILED' : 'holds';
  return { name, verdict, skipped, seconds: Math.round((Date.now() - startedAt) / 1_000), answered, figures, findings };
}

function tell({ name, skipped, figures, findings }) {
  console.table(figures);
  if (skipped !== null) console.log(`${name}: SKIPPED, ${skipped}`);
  for (const { rule, what } of findings.slice(0, SHOWN_FINDINGS)) console.log(`${name}: ${rule}: ${what}`);
  if (findings.length > SHOWN_FINDINGS) console.log(`${name}: ... and ${findings.length - SHOWN_FINDINGS} more`);
}

const countOf = (results, ...rules) => results.flatMap(({ findings }) => findings).filter(({ rule }) => rules.includes(rule)).length;

/** Returns whether everything holds. */
function sum(results, { all, seed, summary = join(import.meta.dirname, '../../dist/faults/summary.json') }) {
  const answered = results.reduce((total, one) => total + one.answered, 0);
  const [lost, doubled] = [countOf(results, 'lost', 'off the record', 'uncounted'), countOf(results, 'doubled')];
  const others = results.reduce((total, { findings }) => total + findings.length, 0) - lost - doubled;
  const enough = !all || answered >= GOAL_ANSWERS;
  console.table(results.map((one) => ({ scenario: one.name, verdict: one.verdict, seconds: one.seconds, answered: one.answered, findings: one.findings.length }))); // prettier-ignore
  if (!enough) console.log(`${answered} answers are fewer than ${GOAL_ANSWERS}: this run says less than it should.`);
  console.log(`${answered} answers`);
  console.log(`${lost} lost, ${doubled} doubled${others > 0 ? `, ${others} other findings` : ''}`);
  const scenarios = results.map((one) => ({ ...one, findings: one.findings.slice(0, SHOWN_FINDINGS) }));
  mkdirSync(dirname(summary), { recursive: true });
  writeFileSync(summary, `${JSON.stringify({ at: new Date(), seed, answered, lost, doubled, others, scenarios }, null, 2)}\n`);
  return lost + doubled + others === 0 && enough;
}

async function main() {
  const options = readOptions();
  if (options.list) {
    for (const [name, { about }] of Object.entries(scenarios)) console.log(`${name}: ${about}`);
    return 0;
  }
  const results = [];
  for (const name of options.names) {
    const result = await play(name, options);
    tell(result);
    results.push(result);
  }
  return sum(results, options) ? 0 : 1;
}

try {
  process.exit(await main());
} catch (error) {
  console.error(error.message);
  process.exit(2);
}
