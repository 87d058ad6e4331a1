import { Inject, Injectable } from '@nestjs/common';
import { APP_CONFIG, type AppConfig } from '../../config';
import type { Destination, DestinationKind } from './destination';
import { DirectoryDestination } from './directory-destination';
import { S3Destination } from './s3-destination';

/** The destinations that whoever runs the product has allowed: none, one or both. */
@Injectable()
export class Destinations {
  private readonly all: readonly Destination[];

  constructor(@Inject(APP_CONFIG) { delivery: { directory, s3 } }: Pick<AppConfig, 'delivery'>) {
    this.all = [...(directory === null ? [] : [new DirectoryDestination(directory)]), ...(s3 === null ? [] : [new S3Destination(s3)])];
  }

  get kinds(): DestinationKind[] {
    return this.all.map(({ kind }) => kind);
  }

  find(kind: DestinationKind): Destination | null {
    return this.all.find((one) => one.kind === kind) ?? null;
  }

  /** Of one that was taken away since: nobody knows any more. */
  shown(kind: DestinationKind, location: string): string {
    return this.find(kind)?.shown(location) ?? location;
  }
}
