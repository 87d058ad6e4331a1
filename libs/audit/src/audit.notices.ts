/** Records that the writer makes itself: what is missing from the log (`gap`), and that the mode changed (`mode`). */
import { createHash } from 'node:crypto';
import { v7 } from 'uuid';
import type { AuditMode, AuditRecord } from './audit.types';
import { blank } from './blank-record';
import type { Damage } from './journal/recovery';
import { recordId } from './record-id';

/**
 * `journal_full`, `journal_failing`: refused with an answer; `overflow`: lost in async mode; `journal_damaged`: bytes on disk changed;
 * `coalesced`: refusals of one anonymous source beyond its bound; `overload`: refused because too many requests were open; `process_died`: answered
 * in async mode and not on disk when the process was killed.
 */
export type GapCause =
  'journal_full' | 'journal_failing' | 'store_away' | 'overflow' | 'journal_damaged' | 'coalesced' | 'overload' | 'process_died';

const notice = (organizationId: string, kind: 'gap' | 'mode', at: Date): AuditRecord => ({
  ...blank,
  marks: [],
  id: recordId(at),
  organizationId,
  kind,
  startedAt: at.toISOString(),
});

export function gapRecord(
  organizationId: string,
  gap: { from: Date; to: Date; count: number | null; atMost: number; cause: GapCause },
): AuditRecord {
  return { ...notice(organizationId, 'gap', gap.to), gap: { ...gap, from: gap.from.toISOString(), to: gap.to.toISOString() } };
}

/** Refusals that are counted from now on; how many, and until when, follows. Its time is the first of them: id and time of a row belong together. */
export function coalescedRecord(
  organizationId: string,
  source: Pick<AuditRecord, 'ip' | 'country'>,
  { from, to }: { from: Date; to: Date },
): AuditRecord {
  const gap = { from: from.toISOString(), to: to.toISOString(), count: null, atMost: 0, cause: 'coalesced' satisfies GapCause };
  // Anonymous, so that it is found among what strangers did.
  return { ...notice(organizationId, 'gap', from), actorType: 'anonymous', ...source, gap };
}

/** Refusals beyond what is worked on at once, counted from now on. */
export function overloadRecord(organizationId: string, { from, to }: { from: Date; to: Date }): AuditRecord {
  const gap = { from: from.toISOString(), to: to.toISOString(), count: null, atMost: 0, cause: 'overload' satisfies GapCause };
  return { ...notice(organizationId, 'gap', from), gap };
}

/** What a kill from now on may have lost. */
export function lostRecord(organizationId: string, from: Date): AuditRecord {
  const at = from.toISOString();
  return {
    ...notice(organizationId, 'gap', from),
    gap: { from: at, to: at, count: null, atMost: 0, cause: 'process_died' satisfies GapCause },
  };
}

/** Where both modes are found: the record's `query`, `{ from, to }`. */
export function modeRecord(organizationId: string, from: AuditMode, to: AuditMode, at: Date): AuditRecord {
  return { ...notice(organizationId, 'mode', at), query: { from, to } };
}

/**
 * What a damaged place may have held; null when everything around it is stored already, or when it is the torn end of a run: what was being
 * written when the process died was never acknowledged. Its id is made from the place, so that finding it again stores it once.
 */
export function damageRecord(organizationId: string, journalId: string, damage: Damage, watermark: bigint | null): AuditRecord | null {
  const missing = missingEntries(damage, watermark ?? -1n);
  if (damage.before === null || missing <= 0n) return null;
  const random = createHash('sha256')
    .update(`${journalId}:${damage.after ?? ''}:${damage.before}`)
    .digest();
  const id = v7({ msecs: damage.at.getTime(), seq: random.readUInt32BE(16) >>> 2, random });
  return {
    ...gapRecord(organizationId, { from: damage.at, to: damage.at, count: null, atMost: Number(missing), cause: 'journal_damaged' }),
    id,
  };
}

/** At most so many that are not stored: by the numbers around the place, and by its size, for an entry has more than 100 bytes. */
function missingEntries({ after, before, bytes }: Damage, storedUpTo: bigint): bigint {
  if (before === null || before <= storedUpTo) return 0n;
  const known = after !== null && after > storedUpTo ? after : storedUpTo;
  const fits = BigInt(Math.ceil(bytes / 100));
  const between = known < 0n ? fits : before - known - 1n;
  return between < fits ? between : fits;
}
