/** What is delivered of an export: its files, the public key, the signature, and last the manifest. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { typeId } from '../../platform/ids';
import { papersOf } from '../download';
import type { ExportPlaces } from '../export-places';
import type { SigningKey } from '../../signing-keys';
import type { ExportRow } from '../exports.queries';
import { fileNames, filesOf } from '../manifest';
import { DeliveryFailed, type Parcel, type ParcelFile } from './destination';

/**
 * A folder of the organization, then the one that the schedule names, then one for the export: by the beginning of its period, so that a list of
 * them is in order.
 */
export function locationOf(row: ExportRow, folder: string): string {
  const { from } = row.request.filter;
  const day = typeof from === 'string' ? `${from.slice(0, 10)}_` : '';
  return [typeId('org', row.organization_id), ...(folder === '' ? [] : [folder]), `${day}${typeId('exp', row.id)}`].join('/');
}

/** In the order in which they are delivered. */
export function namesIn(row: ExportRow): string[] {
  const { publicKey, signature, manifest } = fileNames(row.id);
  return [...filesOf(row).map(({ name }) => name), publicKey, signature, manifest];
}

/** Whether this process can reach the files. */
export async function isHere(row: ExportRow, places: ExportPlaces): Promise<boolean> {
  const there = await Promise.all(filesOf(row).map(({ name }) => places.has(join(places.folder(row), name))));
  return there.every(Boolean);
}

export function parcelOf(row: ExportRow, { key, folder, places }: { key: SigningKey; folder: string; places: ExportPlaces }): Parcel {
  const papers = papersOf(row, key);
  if (papers === null) throw new DeliveryFailed('files_gone');
  const names = fileNames(row.id);
  const data = filesOf(row).map(({ name, bytes, sha256 }): ParcelFile => ({
    ...{ name, bytes, sha256 },
    content: { path: join(places.folder(row), name), size: bytes },
  }));
  const small = (['publicKey', 'signature', 'manifest'] as const).map((paper): ParcelFile => {
    const { bytes } = papers[paper];
    return { name: names[paper], content: { bytes }, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  });
  return { location: locationOf(row, folder), files: [...data, ...small] };
}

/** What leaves the house is what was signed: a disk that forgot something is noticed here. */
export async function requireSound({ files }: Parcel, signal: AbortSignal): Promise<void> {
  for (const { content, sha256 } of files) {
    if (!('path' in content)) continue;
    const hash = createHash('sha256');
    try {
      for await (const chunk of createReadStream(content.path, { highWaterMark: 256 * 1024, signal })) hash.update(chunk as Buffer);
    } catch (error) {
      throw new DeliveryFailed(signal.aborted ? 'interrupted' : 'files_gone', { cause: error });
    }
    if (hash.digest('hex') !== sha256) throw new DeliveryFailed('damaged');
  }
}
