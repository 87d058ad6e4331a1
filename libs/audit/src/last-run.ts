/** What the last run of this journal leaves to tell: that the mode has changed, and places on disk that were damaged. Both are records too. */
import { damageRecord, modeRecord } from './audit.notices';
import type { AuditMode, AuditRecord } from './audit.types';
import type { Journal } from './journal/journal';
import type { Damage } from './journal/recovery';

export type LastRun = {
  journal: Journal;
  mode: AuditMode;
  previousMode: AuditMode | null;
  damages: readonly Damage[];
  /** Of the store, now. */
  watermark: bigint | null;
  /** They are the home organization's; without one they are only reported. */
  homeOrganizationId: (() => Promise<string> | string) | undefined;
  write: (record: AuditRecord) => Promise<void>;
  onError: (message: string, error: unknown) => void;
};

export async function tellOfTheLastRun({
  journal,
  mode,
  previousMode,
  damages,
  watermark,
  homeOrganizationId,
  write,
  onError,
}: LastRun): Promise<void> {
  const changed = previousMode !== mode;
  try {
    const home = changed || damages.length > 0 ? await homeOrganizationId?.() : undefined;
    const told = home ? damages.flatMap((damage) => damageRecord(home, journal.id, damage, watermark) ?? []) : [];
    if (home && changed && previousMode) told.push(modeRecord(home, previousMode, mode, new Date()));
    await Promise.all(told.map((record) => write(record)));
    if (changed) await journal.saveMode(mode);
  } catch (error) {
    onError('The change of mode, or the damage, could not be recorded; the next start tries again.', error);
  }
}

/** Only when the directory came back from a backup and the clock went back as well: what has such a number would be taken as stored. */
export function skipStoredNumbers(journal: Journal, watermark: bigint | null, onError: LastRun['onError']): void {
  if (watermark === null || watermark <= journal.lastDurableOffset || watermark < journal.firstOffset) return;
  const message =
    'The store is ahead of this journal: the directory is an old copy and the clock went back. Records of the last moments are missing.';
  onError(message, null);
  journal.skipTo(watermark);
}
