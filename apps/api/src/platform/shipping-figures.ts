/** How batches of records reach PostgreSQL, measured where they are stored. */
import { Injectable } from '@nestjs/common';
import { PostgresStore, type AuditBatch, type PostgresStoreOptions } from '@pinebill/nestjs-audit';

export type ShippedBatch = { rows: number; milliseconds: number };

/** Who wants to know: the metrics. The last batch is told by the writer. */
@Injectable()
export class ShippingFigures {
  /** Told of each batch that was stored. */
  shipped: (batch: ShippedBatch) => void = () => undefined;
  /** Told of each attempt that failed, for whatever reason. */
  failed: () => void = () => undefined;
}

/** The store of the product: PostgreSQL, with a watch in hand. */
export class MeasuredStore extends PostgresStore {
  constructor(
    options: PostgresStoreOptions,
    private readonly figures: ShippingFigures,
    /** Told of each organization that has new records. */
    private readonly onStored: (organizationIds: ReadonlySet<string>) => void,
  ) {
    super(options);
  }

  override async append(batch: AuditBatch): Promise<readonly string[]> {
    const startedMs = performance.now();
    let present: readonly string[];
    try {
      present = await super.append(batch);
    } catch (error) {
      this.figures.failed();
      throw error;
    }
    // A batch without entries only moves the watermark.
    if (batch.entries.length > 0) {
      this.figures.shipped({ rows: batch.entries.length, milliseconds: performance.now() - startedMs });
      this.onStored(new Set(batch.entries.map(({ record }) => record.organizationId)));
    }
    return present;
  }
}
