/** What an entry of the journal says, and its JSON. */
import type { AuditRecord } from '../audit.types';
import type { EncodedEntry } from './entry-codec';

/** What a response's end can still change while its record rests in the journal. */
export type Settlement = Partial<Pick<AuditRecord, 'outcome' | 'status' | 'durationMs' | 'responseBytes'>>;

export type EntryContent =
  /** The row, should the process die before its `release`. */
  | { type: 'provisional'; record: AuditRecord }
  /** The final row of a request. */
  | { type: 'release'; record: AuditRecord }
  /** A finished record that belongs to no running request. */
  | { type: 'history'; record: AuditRecord }
  /** A change to a row released before. */
  | { type: 'amend'; id: string; change: Settlement };

export const entryId = (content: EntryContent): string => (content.type === 'amend' ? content.id : content.record.id);

/** Whether the entry is a row of its own once shipped. */
export const isRow = (content: EntryContent): content is Extract<EntryContent, { type: 'release' | 'history' }> =>
  content.type === 'release' || content.type === 'history';

export const entryJson = (content: EntryContent): string =>
  JSON.stringify(content.type === 'amend' ? { id: content.id, change: content.change } : content.record);

/** Null when the payload is not what its type promises; the checksum held, so we ourselves wrote it wrong. */
export function parseEntry({ type, payload }: EncodedEntry): EntryContent | null {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    if (typeof value !== 'object' || value === null || !('id' in value)) return null;
    if (type === 'amend') return { type, ...(value as { id: string; change: Settlement }) };
    return { type, record: value as AuditRecord };
  } catch {
    return null;
  }
}
