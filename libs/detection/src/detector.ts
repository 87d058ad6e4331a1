/** What a detector is: it looks at one call after the other, remembers in cells, and raises signs. */
import type { DetectorName } from '@pinebill/contract';
import type { Call } from './call';
import type { Episodes } from './episodes';
import type { KeyView } from './key-view';
import type { Norms } from './profile';
import type { PartKind, Subjects } from './subjects';

export class Memory {
  /** Of the call that is looked at, when a key made it and the key was good. */
  key: KeyView | null = null;
  /** Event time as last advanced to. */
  until = 0;

  constructor(
    readonly subjects: Subjects,
    readonly episodes: Episodes,
    readonly norms: Norms,
  ) {}

  /** What the detector keeps of this subject, made when it is asked for the first time. Plain JSON. */
  cell<T>(kind: PartKind, id: string, name: string, make: () => T): T {
    const { cells } = this.subjects.part(kind, id);
    return (cells[name] ??= make()) as T; // only whoever names it writes it
  }
}

export type Detector = {
  name: DetectorName;
  observe: (call: Call, memory: Memory) => void;
  /** Event time has come so far: for what shows by nothing happening. */
  advance?: (until: number, memory: Memory) => void;
  /** When `advance` would first find something if nothing happens. */
  nextAt?: (memory: Memory) => number | null;
};
