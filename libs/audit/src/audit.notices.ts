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
 * What damaged places of a file may have held; null when everything around them is stored already. Its id is made from the first place, so that
 * finding it again stores it once. A torn end counts too: what was being written when the machine stopped was never acknowledged, but nobody can
 * tell it from an acknowledged entry that was damaged since.
 */
export function damageRecord(organizationId: string, journalId: string, damage: Damage, watermark: bigint | null): AuditRecord | null {
  const missing = missingEntries(damage, watermark ?? -1n);
  if (missing <= 0n) return null;
  const [place] = damage.places;
  const random = createHash('sha256')
    .update(`${journalId}:${place?.after ?? ''}:${place?.before ?? ''}`)
    .digest();
  const id = v7({ msecs: damage.at.getTime(), seq: random.readUInt32BE(16) >>> 2, random });
  return {
    ...gapRecord(organizationId, { from: damage.at, to: damage.at, count: null, atMost: Number(missing), cause: 'journal_damaged' }),
    id,
  };
}

/** A run numbers its entries one after the other; the next run begins at the clock in microseconds, so much further that it is told apart. */
const SAME_RUN = 100_000n;

/** At most so many that are not stored: by the numbers around each place, or, where a run ends there, by its size: an entry has more than 100 bytes. */
function missingEntries({ places, bytes }: Damage, storedUpTo: bigint): bigint {
  const fits = BigInt(Math.ceil(bytes / 100));
  return places.reduce((sum, { after, before }) => {
    if (before !== null && before <= storedUpTo) return sum;
    const known = after !== null && after > storedUpTo ? after : storedUpTo;
    const between = before === null || known < 0n ? SAME_RUN : before - known - 1n;
    return sum + (between < SAME_RUN ? between : fits);
  }, 0n);
}
