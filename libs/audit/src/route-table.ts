/** Which of many declared paths a path matches: a tree by segment, so that a request costs the depth of its path, not the number of routes. */
import { matchSegments, type CompiledTemplate } from './route-template';

type Node<T> = {
  literals: Map<string, Node<T>>;
  parameter: Node<T> | null;
  /** End here, or go on by a pattern or a rest. */ entries: T[];
};

const node = <T>(): Node<T> => ({ literals: new Map(), parameter: null, entries: [] });

export class RouteTable<T extends { template: CompiledTemplate }> {
  private readonly root = node<T>();

  constructor(readonly entries: readonly T[]) {
    for (const entry of entries) this.add(entry);
  }

  /** Every entry whose template matches, in no particular order. `segments` are decoded. */
  matching(segments: readonly string[]): T[] {
    const found: T[] = [];
    collect(this.root, segments, 0, found);
    return found.filter(({ template }) => matchSegments(template, segments));
  }

  /** Down to the first segment that is neither a literal nor a whole parameter; `matchSegments` decides about the rest. */
  private add(entry: T): void {
    let at = this.root;
    for (const segment of entry.template.segments) {
      if (segment.kind === 'literal') {
        const next = at.literals.get(segment.text) ?? node<T>();
        at.literals.set(segment.text, next);
        at = next;
      } else if (segment.kind === 'parameter' && segment.pattern === null) at = at.parameter ??= node<T>();
      else break;
    }
    at.entries.push(entry);
  }
}

function collect<T>(from: Node<T>, segments: readonly string[], depth: number, found: T[]): void {
  found.push(...from.entries);
  const segment = segments[depth];
  if (segment === undefined) return;
  const literal = from.literals.get(segment);
  if (literal) collect(literal, segments, depth + 1, found);
  if (from.parameter) collect(from.parameter, segments, depth + 1, found);
}
