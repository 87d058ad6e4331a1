/** How batches of records reach PostgreSQL, measured where they are stored. */
import { Injectable } from '@nestjs/common';
import { PostgresStore, type AuditBatch, type PostgresStoreOptions } from '@pinebill/nestjs-audit';

export type ShippedBatch = { rows: number; milliseconds: number; at: string };

@Injectable()
export class ShippingFigures {
  lastBatch: ShippedBatch | null = null;
  /** Told of each batch that was stored. */
  observe: (batch: ShippedBatch) => void = () => undefined;
  /** Told of each attempt that failed, for whatever reason. */
  failed: () => void = () => undefined;

  shipped(batch: ShippedBatch): void {
    this.lastBatch = batch;
    this.observe(batch);
  }
}

/** The store of the product: PostgreSQL, with a watch in hand. */
export class MeasuredStore extends PostgresStore {
  constructor(
    options: PostgresStoreOptions,
    private readonly figures: ShippingFigures,
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
    if (batch.entries.length > 0)
      this.figures.shipped({
        rows: batch.entries.length,
        milliseconds: Math.round((performance.now() - startedMs) * 10) / 10,
        at: new Date().toISOString(),
      });
    return present;
  }
}
