/**
 * Into a directory, perhaps of another machine (NFS, SMB). All files of an export appear at once: they are written into a folder with another name,
 * flushed, and the folder is renamed. The directory itself is never made: where it is missing, a mount is.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { bytesOf } from '../tar';
import { DeliveryFailed, type DeliveryFailure, type Destination, type Parcel, type ParcelFile } from './destination';

/** Of what is not finished. A name of ours never begins with a dot. */
const partialOf = (location: string): string => join(dirname(location), `.${location.slice(location.lastIndexOf('/') + 1)}.partial`);

export class DirectoryDestination implements Destination {
  readonly kind = 'directory';

  constructor(private readonly root: string) {}

  /** Where it lies on the machine is its operator's business. */
  shown(location: string): string {
    return location;
  }

  async deliver({ location, files }: Parcel, signal: AbortSignal): Promise<void> {
    try {
      const [final, partial] = [join(this.root, location), join(this.root, partialOf(location))];
      await this.within(dirname(final));
      if (await isDelivered(final, files)) return;
      await rm(partial, { recursive: true, force: true });
      await mkdir(partial, { mode: 0o750 });
      for (const file of files) await write(partial, file, signal);
      await flushed(partial);
      // Of an attempt that somebody else has spoilt; ours was renamed whole.
      await rm(final, { recursive: true, force: true });
      await rename(partial, final);
      await flushed(dirname(final));
    } catch (error) {
      throw failureOf(error);
    }
  }

  async fetch(location: string, name: string, path: string, signal: AbortSignal): Promise<void> {
    try {
      await this.within(dirname(join(this.root, location)));
      await pipeline(createReadStream(join(this.root, location, name)), createWriteStream(path, { flags: 'wx', mode: 0o640 }), { signal });
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? new DeliveryFailed('files_gone', { cause: error }) : failureOf(error);
    }
  }

  async remove(location: string): Promise<void> {
    await this.within(dirname(join(this.root, location)));
    await rm(join(this.root, location), { recursive: true, force: true });
  }

  /** Makes the folders below the root. A link in them that leads out of it is somebody else's way in. */
  private async within(folder: string): Promise<void> {
    const root = await realpath(this.root).catch((error: unknown) => {
      throw codeOf(error) === 'ENOENT' ? new DeliveryFailed('destination_missing', { cause: error }) : error;
    });
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const real = await realpath(folder);
    if (real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep)) throw new DeliveryFailed('access_denied');
  }
}

async function write(folder: string, { name, content, bytes }: ParcelFile, signal: AbortSignal): Promise<void> {
  const path = join(folder, name);
  await pipeline(bytesOf([content], { first: 0, last: bytes - 1 }), createWriteStream(path, { flags: 'wx', mode: 0o640 }), { signal });
  await flushed(path);
}

async function flushed(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems (SMB) flush no directory.
    if (codeOf(error) !== 'EINVAL' && codeOf(error) !== 'EISDIR') throw error;
  } finally {
    await handle.close();
  }
}

/** Renamed by an attempt that died before it could say so. */
async function isDelivered(final: string, files: readonly ParcelFile[]): Promise<boolean> {
  const names = await readdir(final).catch((): string[] => []);
  const manifest = files.at(-1);
  if (!manifest || !('bytes' in manifest.content) || files.some(({ name }) => !names.includes(name))) return false;
  return manifest.content.bytes.equals(await readFile(join(final, manifest.name)));
}

const codeOf = (error: unknown): unknown => (typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined);

const known: Record<string, DeliveryFailure> = {
  ENOENT: 'destination_missing',
  ENOTDIR: 'destination_missing',
  EACCES: 'access_denied',
  EPERM: 'access_denied',
  EROFS: 'access_denied',
  ENOSPC: 'disk_full',
  EDQUOT: 'disk_full',
  EIO: 'unreachable',
  ESTALE: 'unreachable',
  EHOSTDOWN: 'unreachable',
  ETIMEDOUT: 'unreachable',
  ABORT_ERR: 'interrupted',
};

const failureOf = (error: unknown): DeliveryFailed =>
  error instanceof DeliveryFailed ? error : new DeliveryFailed(known[String(codeOf(error))] ?? 'internal_error', { cause: error });
