/**
 * Everything the engine remembers, by subject: one part a subject, with what each detector keeps of it. A part is plain JSON, is written only
 * when it has changed, and its number is bounded by kind: beyond the bound those that were touched longest ago are forgotten, a tenth at a
 * time. So a flood of made-up addresses costs what the bound costs, and forgets other strangers, never keys, which are another kind.
 */

/** `history` is what of a key changes once an hour: large, and not written at each step. */
export const partKinds = ['key', 'history', 'address', 'network', 'fingerprint', 'organization', 'episode'] as const;
export type PartKind = (typeof partKinds)[number];

const bounds: Record<PartKind, number> = {
  key: 5_000,
  history: 5_000,
  address: 4_000,
  network: 2_000,
  fingerprint: 2_000,
  organization: 1,
  episode: 1_000,
};

/** `isSaid`: as it is now, it was in a snapshot. */
export type Part = { touched: number; cells: Record<string, unknown>; isSaid: boolean };

/** One part as it was last said. The value is JSON, or null when the part is forgotten. */
export type Snapshot = ReadonlyMap<string, string | null>;

export class Subjects {
  private readonly kinds = new Map<PartKind, Map<string, Part>>(partKinds.map((kind) => [kind, new Map<string, Part>()]));
  private readonly changed: { kind: PartKind; id: string; part: Part }[] = [];
  private readonly forgotten = new Set<string>();
  /** The engine's count of calls: the order of touching, the same in every replay. */
  turn = 0;

  /** Called with what is forgotten, so that nothing else holds on to it. */
  constructor(private readonly onForgotten: (kind: PartKind, id: string) => void) {}

  /** What is remembered of it, for reading only. */
  peek(kind: PartKind, id: string): Part | null {
    return this.kinds.get(kind)?.get(id) ?? null;
  }

  /** To be changed by whoever asks. */
  part(kind: PartKind, id: string): Part {
    const parts = this.kinds.get(kind) as Map<string, Part>; // every kind has its map from the beginning
    let part = parts.get(id);
    if (part === undefined) {
      part = { touched: this.turn, cells: {}, isSaid: true };
      parts.set(id, part);
      if (parts.size > bounds[kind]) this.forgetOldest(kind, parts, id);
    }
    part.touched = this.turn;
    if (part.isSaid) {
      part.isSaid = false;
      this.changed.push({ kind, id, part });
    }
    return part;
  }

  *all(kind: PartKind): Iterable<readonly [id: string, part: Part]> {
    yield* this.kinds.get(kind) ?? [];
  }

  drop(kind: PartKind, id: string): void {
    if (this.kinds.get(kind)?.delete(id)) this.forgotten.add(`${kind}/${id}`);
  }

  restore(name: string, json: string): void {
    const { kind, id } = parsePartName(name);
    const { touched, cells } = JSON.parse(json) as Omit<Part, 'isSaid'>; // written by `changes`
    this.kinds.get(kind)?.set(id, { touched, cells, isSaid: true });
  }

  /** What has changed since the last time this was asked, one part after the other: nothing may be observed before the last of them was taken. */
  *changes(): Generator<[name: string, json: string | null]> {
    const [forgotten, changed] = [[...this.forgotten], this.changed.splice(0)];
    this.forgotten.clear();
    for (const name of forgotten) {
      const { kind, id } = parsePartName(name);
      if (this.peek(kind, id) === null) yield [name, null];
    }
    for (const { kind, id, part } of changed) {
      part.isSaid = true;
      // One that was forgotten since, and perhaps made anew, is another part.
      if (this.peek(kind, id) === part) yield [`${kind}/${id}`, JSON.stringify({ touched: part.touched, cells: part.cells })];
    }
  }

  /** Takes what is remembered of all of a kind out of mind, but for these cells. */
  forgetCells(kind: PartKind, but: readonly string[]): void {
    for (const id of [...(this.kinds.get(kind) as Map<string, Part>).keys()]) {
      const part = this.part(kind, id);
      part.cells = Object.fromEntries(Object.entries(part.cells).filter(([name]) => but.includes(name)));
    }
  }

  private forgetOldest(kind: PartKind, parts: Map<string, Part>, except: string): void {
    const byAge = [...parts].filter(([id]) => id !== except).sort(([a, { touched: x }], [b, { touched: y }]) => x - y || (a < b ? -1 : 1));
    for (const [id] of byAge.slice(0, Math.ceil(bounds[kind] / 10))) {
      this.drop(kind, id);
      this.onForgotten(kind, id);
    }
  }
}

export function parsePartName(name: string): { kind: PartKind; id: string } {
  const cut = name.indexOf('/');
  return { kind: name.slice(0, cut) as PartKind, id: name.slice(cut + 1) }; // written by `part`
}
