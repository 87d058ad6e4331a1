/** What holds for every detector, whatever is called: generated traffic, cut and restored anywhere. */
import fc from 'fast-check';
import { createDetection, type Detection, type Finding, nothingKnown, type Snapshot } from '.';
import type { Call } from './call';
import { day, hour, minute, traffic } from './testing/calls';

type Step = { call: Call } | { advance: number };

const run = (detection: Detection, steps: readonly Step[]): Finding[] =>
  steps.flatMap((step) => ('call' in step ? detection.observe(step.call) : detection.advance(step.advance)));

/** As the runner's table keeps it: parts that are said again replace, null deletes; as jsonb, keys come back in another order. */
function store(table: Map<string, string>, snapshot: Snapshot): void {
  for (const [name, json] of snapshot) {
    if (json === null) table.delete(name);
    else table.set(name, JSON.stringify(reordered(JSON.parse(json))));
  }
}
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? 1 : -1)).map(([key, inner]) => [key, reordered(inner)])); // prettier-ignore
}

/** By seeds: a counterexample that is printed with all its calls reads nobody. */
const seeds = fc.integer({ min: 1, max: 1e6 });
function stepsOf(seed: number): Step[] {
  const calls = traffic(seed);
  const advances = calls.map(({ at }) => at).filter((_, n) => n % 97 === 96);
  return [
    ...calls.flatMap((call): Step[] => (advances.includes(call.at) ? [{ call }, { advance: call.at }] : [{ call }])),
    { advance: (calls.at(-1)?.at ?? 0) + 3 * day },
  ];
}

it('finds the same wherever it was stopped and restored', () => {
  fc.assert(
    fc.property(seeds, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 6 }), (seed, cuts) => {
      const all = stepsOf(seed);
      const whole = run(createDetection(nothingKnown), all);
      const table = new Map<string, string>();
      const places = [0, ...cuts.map((cut) => Math.floor(cut * all.length)).sort((a, b) => a - b), all.length];
      const pieces = places.slice(1).flatMap((end, n) => {
        const detection = createDetection(nothingKnown, table);
        const found = run(detection, all.slice(places[n], end));
        store(table, detection.snapshot());
        return found;
      });
      expect(pieces).toEqual(whole);
      expect(whole.length).toBeGreaterThan(0);
    }),
    { numRuns: 3 },
  );
});

const nameOf = ({ detector, subject, episode }: Finding): string => `${detector} ${subject.kind} ${subject.id} ${episode}`;

it('tells of one subject once at a time, with samples among its calls, and never less than before', () => {
  const detectors = new Set<string>();
  fc.assert(
    fc.property(seeds, (seed) => {
      const all = stepsOf(seed);
      const ids = new Set(all.flatMap((step) => ('call' in step ? [step.call.id] : [])));
      const open = new Map<string, Finding>();
      for (const finding of run(createDetection(nothingKnown), all)) {
        detectors.add(finding.detector);
        const before = open.get(nameOf(finding));
        expect(finding.samples.length).toBeGreaterThan(0);
        expect(finding.samples.length).toBeLessThanOrEqual(5);
        expect(new Set(finding.samples).size).toBe(finding.samples.length);
        for (const id of finding.samples) expect(ids).toContain(id);
        expect(finding.count).toBeGreaterThanOrEqual(before?.count ?? (finding.detector === 'silence' ? 0 : 1));
        expect(before?.isOver ?? false).toBe(false);
        expect(finding.to).toBeGreaterThanOrEqual(finding.from);
        open.set(nameOf(finding), finding);
      }
      // What was told is over in the end, but for those who are silent still.
      for (const { isOver, detector } of open.values()) expect(isOver || detector === 'silence').toBe(true);
    }),
    { numRuns: 3 },
  );
  expect(detectors.size).toBeGreaterThanOrEqual(10);
});

it('wakes in time for what shows by nothing happening', () => {
  const detection = createDetection(nothingKnown);
  for (const call of traffic(7)) detection.observe(call);
  for (let wake = detection.wakeAt(), turns = 0; wake !== null; wake = detection.wakeAt(), turns++) {
    expect(turns).toBeLessThan(200);
    expect(detection.advance(wake - 1)).toEqual([]);
    detection.advance(Math.ceil(wake / (5 * minute)) * 5 * minute);
  }
});

it('keeps what strangers send within bounds, and forgets no key for it', () => {
  const detection = createDetection(nothingKnown);
  const table = new Map<string, string>();
  const [known] = traffic(3);
  if (known) detection.observe(known);
  for (let n = 0; n < 30_000; n++) {
    detection.observe({ ...(known as Call), id: `s${n}`, at: n * 20, actor: 'anonymous', keyId: null, status: n % 2 === 0 ? 401 : 404, reason: 'unknown_key', route: null, path: `/${n}`, ip: `10.${n % 250}.${(n >> 8) % 250}.${n % 7}`, keyFingerprint: n.toString(16).padStart(12, '0') }); // prettier-ignore
    if (n % 5_000 === 0) store(table, detection.snapshot());
  }
  store(table, detection.snapshot());
  expect(table.size).toBeLessThan(8_000);
  expect([...table.values()].reduce((sum, json) => sum + json.length, 0)).toBeLessThan(6e6);
  expect(table.has(`key/${known?.keyId ?? ''}`)).toBe(true);
  expect(detection.advance(24 * hour).length).toBeLessThan(60);
});
