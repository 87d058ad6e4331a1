/** Where files of archives lie for a moment: in the data directory, which belongs to one process, so what an earlier one has left there is nobody's. */
import { mkdtemp, readdir, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config';

const PREFIX = 'archive-';
/** The journal lies beside them, and without room for it no request is accepted. */
const LEFT_FREE_BYTES = 1024 ** 3;

@Injectable()
export class ArchiveFolders implements OnModuleInit {
  private readonly logger = new Logger('Archives');

  constructor(@Inject(APP_CONFIG) private readonly config: Pick<AppConfig, 'dataDirectory'>) {}

  async onModuleInit(): Promise<void> {
    const names = await readdir(this.config.dataDirectory).catch((): string[] => []);
    for (const name of names.filter((one) => one.startsWith(PREFIX)))
      await rm(join(this.config.dataDirectory, name), { recursive: true, force: true }).catch((error: unknown) =>
        this.logger.warn(`${name} in the data directory was left by an earlier process, and cannot be removed.`, error),
      );
  }

  async hasRoomFor(bytes: number): Promise<boolean> {
    const { bavail, bsize } = await statfs(this.config.dataDirectory);
    return bavail * bsize >= bytes + LEFT_FREE_BYTES;
  }

  /** Gone with all that is in it when the work is over. */
  async within<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(this.config.dataDirectory, PREFIX));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
