/** Where the files of exports lie: a folder for each export, in it one for each attempt, so that whoever lost the lease spoils nothing. */
import { mkdir, open, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { validate } from 'uuid';

/** The journal lies on the same disk, and a full journal refuses requests: an export must never be the reason. */
const LEAST_FREE_BYTES = 1024 ** 3;
const LEAST_FREE_SHARE = 0.05;

export class ExportFolders {
  constructor(readonly root: string) {}

  folder({ id, attempt }: { id: string; attempt: number }): string {
    return join(this.root, id, String(attempt));
  }

  /** Empty: what an attempt of the same number left behind is nobody's. */
  async make(lease: { id: string; attempt: number }): Promise<string> {
    const folder = this.folder(lease);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  /** That the files are there is on the disk as well, not only what is in them. */
  async settle(lease: { id: string; attempt: number }): Promise<void> {
    for (const folder of [this.folder(lease), join(this.root, lease.id), this.root]) {
      const handle = await open(folder);
      await handle.sync().finally(() => handle.close());
    }
  }

  /** All attempts but this one. */
  async removeOthers({ id, attempt }: { id: string; attempt: number }): Promise<void> {
    for (const name of await readdir(join(this.root, id)).catch(() => []))
      if (name !== String(attempt)) await rm(join(this.root, id, name), { recursive: true, force: true });
  }

  async removeAttempt(lease: { id: string; attempt: number }): Promise<void> {
    await rm(this.folder(lease), { recursive: true, force: true });
  }

  async remove(id: string): Promise<void> {
    await rm(join(this.root, id), { recursive: true, force: true });
  }

  async discard(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Whose folders are here. */
  async ids(): Promise<string[]> {
    return (await readdir(this.root).catch(() => [])).filter((name) => validate(name));
  }

  async has(path: string): Promise<boolean> {
    return stat(path).then(
      (found) => found.isFile(),
      () => false,
    );
  }

  /** Whether the disk has so little room left that an export must stop. */
  async isFull(): Promise<boolean> {
    const { bavail, blocks, bsize } = await statfs(this.root);
    return bavail * bsize < Math.min(LEAST_FREE_BYTES, blocks * bsize * LEAST_FREE_SHARE);
  }
}
