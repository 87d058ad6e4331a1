/** What an entry of the journal says, and its JSON. */
import type { AuditRecord } from '../audit.types';
import type { EncodedEntry } from './entry-codec';
import { readRecord, recordJson } from './record-json';

/** What a response's end can still change while its record rests in the journal. */
export type Settlement = Partial<Pick<AuditRecord, 'outcome' | 'status' | 'reason' | 'durationMs' | 'responseBytes'>>;

export type EntryContent =
  /** The row, should the process die before its `release`. */
  | { type: 'provisional'; record: AuditRecord }
  /** The final row of a request. */
  | { type: 'release'; record: AuditRecord }
  /** A finished record that belongs to no running request. */
  | { type: 'history'; record: AuditRecord }
  /** A change to a row released before. */
  | { type: 'amend'; id: string; change: Settlement }
  /** A provisional entry that becomes no row: its request is counted in a row of kind `gap`. */
  | { type: 'withdraw'; id: string };

export const entryId = (content: EntryContent): string => ('record' in content ? content.record.id : content.id);

/** Whether the entry is a row of its own once shipped. */
export const isRow = (content: EntryContent): content is Extract<EntryContent, { type: 'release' | 'history' }> =>
  content.type === 'release' || content.type === 'history';

/** Whether it opens, replaces or closes the provisional entry of its id. */
export const isAboutProvisional = (
  content: EntryContent,
): content is Extract<EntryContent, { type: 'provisional' | 'release' | 'withdraw' }> =>
  content.type === 'provisional' || content.type === 'release' || content.type === 'withdraw';

export const entryJson = (content: EntryContent): string =>
  'record' in content ? recordJson(content.record) : JSON.stringify({ ...content, type: undefined });

/** Null when the payload is not what its type promises; the checksum held, so we ourselves wrote it wrong. */
export function parseEntry({ type, payload }: EncodedEntry): EntryContent | null {
  try {
    const value: unknown = JSON.parse(payload.toString('utf8'));
    if (typeof value !== 'object' || value === null || !('id' in value)) return null;
    if (type === 'amend') return { type, ...(value as { id: string; change: Settlement }) };
    if (type === 'withdraw') return { type, id: (value as { id: string }).id };
    return { type, record: readRecord(value) };
  } catch {
    return null;
  }
}
