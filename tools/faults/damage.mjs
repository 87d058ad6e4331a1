// Damages the files of a journal as a bad disk, a torn write or a careless hand would, and says which requests lay there.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Begins every entry, and occurs in no payload (libs/audit/src/journal/entry-codec.ts). */
const MARKER = Buffer.from([0xff, 0x50, 0x42, 0xfe]);
const LABEL = /"clientRequestId":"(faults\d*-\d+)"/;

/** Each returns the range [from, to) that is not what it was, and the bytes of the file as they are now. */
const kinds = {
  flip: (bytes, random) => {
    const at = random.below(entriesOf(bytes).at(-1).from);
    bytes[at] ^= 1 << random.below(8);
    return { bytes, from: at, to: at + 1 };
  },
  zeroed: (bytes, random) => overwrite(bytes, random, (part) => part.fill(0)),
  garbage: (bytes, random) => overwrite(bytes, random, (part) => part.forEach((_, at) => (part[at] = random.below(256)))),
  'cut out': (bytes, random) => {
    const [from, to] = range(bytes, random);
    return { bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]), from, to };
  },
  header: (bytes, random) => {
    const at = random.below(28);
    bytes[at] ^= 1 << random.below(8);
    return { bytes, from: at, to: at + 1 };
  },
  /** Written and flushed whole, and changed since. */
  'last entry': (bytes, random) => {
    const { from, to } = entriesOf(bytes).at(-1);
    const at = random.between(from, to);
    bytes[at] ^= 1 << random.below(8);
    return { bytes, from: at, to: at + 1 };
  },
  /** What a process or machine that died in the middle of a write leaves: nobody was told of it. */
  'torn write': (bytes, random) => {
    const { from, to } = entriesOf(bytes).at(-1);
    const part = bytes.subarray(from, random.between(from + 1, to));
    return { bytes: Buffer.concat([bytes, part]), from: bytes.length, to: bytes.length };
  },
  /** Flushed bytes that are gone without a trace: no journal can know how many they were. */
  'end cut off': (bytes, random) => {
    const from = bytes.length - 1 - random.below(Math.min(4_096, bytes.length - 1));
    return { bytes: bytes.subarray(0, from), from, to: bytes.length };
  },
};
export const damageKinds = Object.keys(kinds);
/** At the end of the last file. */
export const atEnd = new Set(['last entry', 'torn write', 'end cut off']);

/** Before the last entry. */
function range(bytes, random) {
  const end = entriesOf(bytes).at(-1).from;
  const from = random.below(end);
  return [from, Math.min(end, from + random.between(1, 8_192))];
}

function overwrite(bytes, random, change) {
  const [from, to] = range(bytes, random);
  change(bytes.subarray(from, to));
  return { bytes, from, to };
}

/** The entries of a segment: where each lies, and whose request it tells of. */
export function entriesOf(bytes) {
  const starts = [];
  for (let at = bytes.indexOf(MARKER); at !== -1; at = bytes.indexOf(MARKER, at + 1)) starts.push(at);
  return starts.map((from, index) => {
    const to = starts[index + 1] ?? bytes.length;
    return { from, to, label: LABEL.exec(bytes.toString('utf8', from, to))?.[1] ?? null };
  });
}

/** Where the bytes were changed, how they are now, and whose requests' entries that touches. */
export function damaged(before, kind, random) {
  const { bytes, from, to } = kinds[kind](Buffer.from(before), random);
  const touched = entriesOf(before).filter((entry) => entry.from < to && entry.to > from);
  return { bytes, from, to, entries: touched.length, labels: new Set(touched.map(({ label }) => label).filter((label) => label !== null)) };
}

/** Damages one segment, the last one for the end of the journal. Resolves with the labels of the requests whose entries were touched. */
export function damage(directory, kind, random) {
  const files = readdirSync(directory).filter((name) => name.endsWith('.journal')).sort(); // prettier-ignore
  const path = join(directory, atEnd.has(kind) ? files.at(-1) : random.pick(files));
  const { bytes, ...done } = damaged(readFileSync(path), kind, random);
  writeFileSync(path, bytes);
  return { path, ...done };
}
