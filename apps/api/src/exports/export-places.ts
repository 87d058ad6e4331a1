import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../config';
import { ExportFolders } from './export-folders';

@Injectable()
export class ExportPlaces extends ExportFolders {
  /** Of this process: its data directory belongs to no other at the same time. */
  readonly name: string;

  constructor(@Inject(APP_CONFIG) config: Pick<AppConfig, 'dataDirectory' | 'exportDirectory'>) {
    super(config.exportDirectory ?? join(config.dataDirectory, 'exports'));
    this.name = `${hostname()}:${resolve(config.dataDirectory)}`;
  }
}
