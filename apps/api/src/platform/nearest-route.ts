/**
 * Which declared route a path that leads nowhere was probably meant for. Segment by segment: a literal may be mistyped or written in another case, a
 * segment may be missing or too much, a version may be wrong. Whatever needs more than that is no likeness, and nothing is named.
 */
type Route = { method: string; route: string };

/** Costs: a segment too many, or an id or a version too few; a word that is another one altogether, or missing; another method than the one that was sent. */
const ONE_SEGMENT = 0.8;
const ANOTHER_WORD = 5;
const ANOTHER_METHOD = 0.25;
/** A parameter takes anything, but what was sent is more likely a word. */
const NO_ID = 0.4;
const MOST = 1.2;
const LIKE = 0.5;
const LONGEST_PATH = 200;

const isParameter = (segment: string): boolean => segment.startsWith('{');
const version = /^v\d[\d.]*$/i;
const segmentsOf = (path: string): string[] => path.split('/').filter((segment) => segment !== '');

export function nearestRoute<T extends Route>({ method, path }: { method: string | null; path: string }, routes: readonly T[]): T | null {
  // Longer than any route by far: nobody mistyped that.
  if (path.length > LONGEST_PATH) return null;
  const sent = segmentsOf(path);
  let best: { route: T; cost: number } | null = null;
  for (const route of routes) {
    const cost = distance(sent, segmentsOf(route.route)) + (route.method === method ? 0 : ANOTHER_METHOD);
    if (cost <= MOST && (best === null || cost < best.cost)) best = { route, cost };
  }
  return best && best.route;
}

/** The least that turns what was sent into the template, as between two words, with segments for letters. */
function distance(sent: readonly string[], template: readonly string[]): number {
  return edits(sent, template, {
    replace: substitution,
    drop: ONE_SEGMENT,
    add: (wanted) => (isParameter(wanted) || version.test(wanted) ? ONE_SEGMENT : ANOTHER_WORD),
  });
}

function substitution(sent: string, wanted: string): number {
  if (isParameter(wanted)) return /[\d_-]/.test(sent) || sent === '[redacted]' ? 0 : NO_ID;
  if (sent === wanted) return 0;
  if (version.test(sent) && version.test(wanted)) return 0.1;
  const [a, b] = [sent.toLowerCase(), wanted.toLowerCase()];
  if (a === b) return 0.1;
  const share = edits(a.split(''), b.split(''), letters) / Math.max(a.length, b.length);
  return share <= LIKE ? share : ANOTHER_WORD;
}

type Costs = { replace: (a: string, b: string) => number; drop: number; add: (b: string) => number };
const letters: Costs = { replace: (a, b) => (a === b ? 0 : 1), drop: 1, add: () => 1 };

/** Edit distance, a row at a time. */
function edits(from: readonly string[], to: readonly string[], { replace, drop, add }: Costs): number {
  let before = [0];
  for (const [at, b] of to.entries()) before.push((before[at] ?? 0) + add(b));
  for (const a of from) {
    const row = [(before[0] ?? 0) + drop];
    for (const [at, b] of to.entries()) {
      const [left, above, diagonal] = [row[at] ?? 0, before[at + 1] ?? 0, before[at] ?? 0];
      row.push(Math.min(left + add(b), above + drop, diagonal + replace(a, b)));
    }
    before = row;
  }
  return before.at(-1) ?? 0;
}
