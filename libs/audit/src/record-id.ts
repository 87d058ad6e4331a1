import { randomBytes } from 'node:crypto';
import { v7 } from 'uuid';

let last = { msecs: -1, seq: 0 };

/** A version 7 uuid for a record that began at `at`. Ids asked for one after the other for the same millisecond grow. */
export function recordId(at: Date): string {
  const msecs = at.getTime();
  const seq = msecs === last.msecs ? last.seq + 1 : randomBytes(4).readUInt32BE() >>> 2;
  last = { msecs, seq };
  return v7({ msecs, seq });
}

/** The millisecond that a version 7 uuid carries; null for any other. */
export function recordIdTime(id: string): Date | null {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/i.test(id)) return null;
  return new Date(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16));
}
