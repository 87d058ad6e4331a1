/** Which of many declared paths a path matches: a tree by segment, so that a request costs the depth of its path, not the number of routes. */
import { matchSegments, type CompiledTemplate } from './route-template';

/** `at`: its place in the order of declaration. */
type Placed<T> = { entry: T; at: number };
/** `placed`: what ends here, or goes on by a pattern or a rest. */
type Node<T> = { literals: Map<string, Node<T>>; parameter: Node<T> | null; placed: Placed<T>[] };

const node = <T>(): Node<T> => ({ literals: new Map(), parameter: null, placed: [] });

export class RouteTable<T extends { template: CompiledTemplate }> {
  private readonly root = node<T>();

  constructor(readonly entries: readonly T[]) {
    for (const [at, entry] of entries.entries()) this.add({ entry, at });
  }

  /** Every entry whose template matches, in the order of declaration. `segments` are decoded. */
  matching(segments: readonly string[]): T[] {
    const found: Placed<T>[] = [];
    collect(this.root, segments, 0, found);
    const matching = found.filter(({ entry }) => matchSegments(entry.template, segments));
    if (matching.length > 1) matching.sort((a, b) => a.at - b.at);
    return matching.map(({ entry }) => entry);
  }

  /** Down to the first segment that is neither a literal nor a whole parameter; `matchSegments` decides about the rest. */
  private add(placed: Placed<T>): void {
    let place = this.root;
    for (const segment of placed.entry.template.segments) {
      if (segment.kind === 'literal') {
        const next = place.literals.get(segment.text) ?? node<T>();
        place.literals.set(segment.text, next);
        place = next;
      } else if (segment.kind === 'parameter' && segment.pattern === null) place = place.parameter ??= node<T>();
      else break;
    }
    place.placed.push(placed);
  }
}

function collect<T>(from: Node<T>, segments: readonly string[], depth: number, found: Placed<T>[]): void {
  found.push(...from.placed);
  const segment = segments[depth];
  if (segment === undefined) return;
  const literal = from.literals.get(segment);
  if (literal) collect(literal, segments, depth + 1, found);
  if (from.parameter) collect(from.parameter, segments, depth + 1, found);
}
