/**
 * Reads what an earlier process left in the directory. Takes every whole entry, reports damaged places, never fails because of them.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditRecord } from '../audit.types';
import { entryId, isAboutProvisional, isRow, parseEntry, type EntryContent, type Settlement } from './journal-entry';
import { journalIdOf, readSegment, SEGMENT_HEADER_BYTES, segmentNumber, type Segment, type SegmentChunk } from './segment';

/** In one file. */
export type Damage = {
  path: string;
  bytes: number;
  /** The offsets of the whole entries around each place; null: there is none, not in the files before or behind either. */
  places: { after: bigint | null; before: bigint | null }[];
  /** When the file was last written. */
  at: Date;
};

export type Recovered = {
  /** From the first readable header; null when there is none. */
  journalId: string | null;
  segments: Segment[];
  lastOffset: bigint;
  /** Begun and never finished: the process died first. */
  open: Map<string, { record: AuditRecord; segment: Segment }>;
  amendments: Map<string, Settlement>;
  /** Mode `async`: the last record of what a kill may have lost. */
  admitted: AuditRecord | null;
  rows: number;
  damages: Damage[];
};

export async function recover(directory: string): Promise<Recovered> {
  const found: Recovered = {
    journalId: null,
    segments: [],
    lastOffset: 0n,
    open: new Map(),
    amendments: new Map(),
    admitted: null,
    rows: 0,
    damages: [],
  };
  const numbers = (await readdir(directory)).map((name) => ({ name, number: segmentNumber(name) }));
  for (const { name, number } of numbers.sort((a, b) => (a.number ?? 0) - (b.number ?? 0))) {
    if (number !== null) await recoverSegment(found, join(directory, name), number);
  }
  return found;
}

async function recoverSegment(found: Recovered, path: string, number: number): Promise<void> {
  const { size, mtime } = await stat(path);
  const segment: Segment = { path, number, size, lastOffset: null, openProvisionals: new Set() };
  found.segments.push(segment);
  const journalId = await readHeader(path);
  found.journalId ??= journalId;
  const damage: Damage = { path, bytes: 0, places: [], at: mtime };
  if (!journalId)
    Object.assign(damage, { bytes: Math.min(size, SEGMENT_HEADER_BYTES), places: [{ after: found.lastOffset || null, before: null }] });
  for (let position = SEGMENT_HEADER_BYTES; position < size;) {
    const chunk = await readSegment(segment, position);
    noteDamage(damage, chunk, found);
    takeEntries(found, segment, chunk);
    position = chunk.next;
  }
  if (damage.bytes > 0) found.damages.push(damage);
}

function noteDamage(damage: Damage, { places, damagedBytes, entries }: SegmentChunk, found: Recovered): void {
  damage.bytes += damagedBytes;
  // What lies at the end of one read may go on in the next, or in the next file.
  const [first] = entries;
  const open = [...found.damages, damage].flatMap((each) => each.places).filter(({ before }) => before === null);
  if (first) for (const place of open) place.before = first.offset;
  const before = found.lastOffset || null;
  for (const place of places) {
    const goesOn = place.after === null && open.length > 0;
    if (!goesOn) damage.places.push({ ...place, after: place.after ?? before });
  }
}

async function readHeader(path: string): Promise<string | null> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SEGMENT_HEADER_BYTES), 0, SEGMENT_HEADER_BYTES, 0);
    return journalIdOf(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

function takeEntries(found: Recovered, segment: Segment, chunk: SegmentChunk): void {
  for (const encoded of chunk.entries) {
    // Entries that could not be flushed are written again into the next segment under the offsets they had.
    if (encoded.offset <= found.lastOffset) continue;
    found.lastOffset = segment.lastOffset = encoded.offset;
    const content = parseEntry(encoded);
    if (!content) continue;
    const id = entryId(content);
    if (content.type === 'amend') found.amendments.set(id, { ...found.amendments.get(id), ...content.change });
    if (isAboutProvisional(content)) closeProvisional(found.open, id);
    if (content.type === 'provisional') {
      found.open.set(id, { record: content.record, segment });
      segment.openProvisionals.add(id);
    }
    if (isRow(content)) found.rows++;
    noteKept(found, content);
  }
}

/**
 * Mode `async`: a request behind the record of what a kill may have lost was not lost. Only of the latest such record, for that of an earlier run
 * does not speak of this one's requests; and only requests, for nobody was answered with anything else.
 */
function noteKept(found: Recovered, content: EntryContent): void {
  if (content.type === 'provisional' && content.record.gap?.cause === 'process_died') found.admitted = content.record;
  const { gap } = found.admitted ?? {};
  if (gap && gap.atMost > 0 && content.type === 'release' && content.record.kind === 'request') gap.atMost--;
}

/** The request's earlier provisional entry no longer speaks for it. */
export function closeProvisional(open: Recovered['open'], id: string): void {
  open.get(id)?.segment.openProvisionals.delete(id);
  open.delete(id);
}
