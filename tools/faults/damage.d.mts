export type Entry = { from: number; to: number; label: string | null };
export type Random = { below(limit: number): number; between(from: number, to: number): number; pick<T>(list: T[]): T };
export const damageKinds: string[];
export function entriesOf(bytes: Buffer): Entry[];
export function damaged(
  before: Buffer,
  kind: string,
  random: Random,
): { bytes: Buffer; from: number; to: number; entries: number; labels: Set<string> };
