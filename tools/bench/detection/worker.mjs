// Some of the organizations, one after the other.
import { parentPort, workerData } from 'node:worker_threads';
import { runWorld, score } from './score.mjs';

const { file, seeds, warmWeeks, weeks } = workerData;
const engine = await import(file);
const iso = (at) => new Date(at).toISOString().slice(0, 16);

for (const seed of seeds) {
  const { world, found, calls } = runWorld(engine, seed, { warmWeeks, weeks });
  const kindOf = (subject) => world.programs.find(({ id }) => id === subject)?.kind ?? '';
  const { expected, wrong } = score({ world, found });
  parentPort.postMessage({
    calls,
    expected: expected.map(({ detector, subject, label, finding, isLate }) => ({
      detector,
      isFound: finding !== null && !isLate,
      isLate: finding !== null && isLate,
      what: `${seed} ${detector} ${label.kind} ${subject} ${kindOf(subject)} ${iso(label.at)} ${iso(label.until)} clear ${iso(label.clearAt)}${finding === null ? '' : ` told ${iso(finding.openedAt)}`}`,
    })),
    wrong: wrong.map(({ detector, subject, from, count, ...facts }) => ({
      detector,
      what: `${seed} ${detector} ${subject.id} ${kindOf(subject.id)} ${iso(from)} told ${iso(facts.openedAt)} ${count} ${JSON.stringify(facts.seen)} ${JSON.stringify(facts.normal)} ${JSON.stringify(facts.threshold)}`,
    })),
  });
}
