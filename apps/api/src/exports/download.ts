/** Which file of an export is meant, and what it is made of. */
import { typeId } from '../platform/ids';
import type { SigningKey } from '../signing-keys';
import type { ExportFileView } from './exports.dto';
import type { ExportRow } from './exports.queries';
import { fileNames } from './manifest';
import { tarOf, type Segment, type TarEntry } from './tar';

export type Download = { name: string; segments: Segment[]; contentType: string; etag: string };

/** What says of an export what it is: small, kept in the database, and there for good. */
export const papers = ['manifest', 'signature', 'publicKey'] as const;
type Paper = (typeof papers)[number];
/** What a download may be called beside the names of its files. */
export const shortNames = [...papers, 'bundle'] as const;

/** Null: a file of rows is meant, or all of them. */
export function paperNamed(id: string, file: string | null): Paper | null {
  const names = fileNames(id);
  return papers.find((paper) => file === paper || file === names[paper]) ?? null;
}

/** The data when nothing is named; of several files all in one, which is null as well. 'unknown': there is no such file. */
export function rowsNamed(id: string, files: readonly ExportFileView[], file: string | null): ExportFileView | null | 'unknown' {
  if (file === null) return theOnlyOne(files);
  if (file === 'bundle' || file === fileNames(id).bundle) return null;
  return files.find(({ name, part }) => name === file || part === file) ?? 'unknown';
}

/** Evidence was one file before there were certificates of purges: as long as nothing was purged it still is, for whoever names none. */
function theOnlyOne(files: readonly ExportFileView[]): ExportFileView | null {
  const told = files.filter(({ part, rows }) => part !== 'purgeCertificates' || rows > 0);
  return told.length === 1 ? (told[0] ?? null) : null;
}

type Papers = Record<Paper, { bytes: Buffer }>;
/** Null before there are any. */
export function papersOf({ manifest, signature }: ExportRow, { publicKey }: SigningKey): Papers | null {
  if (manifest === null || signature === null) return null;
  return { manifest: { bytes: Buffer.from(manifest) }, signature: { bytes: signature }, publicKey: { bytes: Buffer.from(publicKey) } };
}

const paperTypes: Record<Paper, string> = {
  manifest: 'application/json',
  signature: 'application/octet-stream',
  publicKey: 'application/x-pem-file',
};

export function paperDownload(id: string, paper: Paper, all: Papers): Download {
  const name = fileNames(id)[paper];
  return { name, segments: [all[paper]], contentType: paperTypes[paper], etag: `"${name}"` };
}

const types: readonly [ending: string, type: string][] = [
  ['.gz', 'application/gzip'],
  ['.csv', 'text/csv; charset=utf-8; header=present'],
  ['.jsonl', 'application/jsonl'],
  ['.json', 'application/json'],
  ['.parquet', 'application/vnd.apache.parquet'],
];

export function fileDownload({ name, sha256 }: ExportFileView, content: Segment): Download {
  const contentType = types.find(([ending]) => name.endsWith(ending))?.[1] ?? 'application/octet-stream';
  return { name, segments: [content], contentType, etag: `"${sha256}"` };
}

export function bundleDownload(row: ExportRow, files: readonly Pick<TarEntry, 'name' | 'content'>[], all: Papers): Download {
  const names = fileNames(row.id);
  const modifiedAt = row.ended_at ?? row.created_at;
  const entries = [...files, ...papers.map((paper) => ({ name: names[paper], content: all[paper] }))];
  return {
    name: names.bundle,
    segments: tarOf(entries.map((entry) => ({ ...entry, modifiedAt }))),
    contentType: 'application/x-tar',
    etag: `"${typeId('exp', row.id)}.tar"`,
  };
}
