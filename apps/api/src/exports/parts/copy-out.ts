/** COPY ... TO STDOUT on the connection of a transaction, chunk by chunk; no further chunk is read before the one before is taken. */
import { setImmediate as immediate } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { to } from 'pg-copy-streams';
import type { EntityManager } from 'typeorm';

/** Returns how many rows it were. What `take` throws is thrown when the rest has been read: a connection in the middle of a COPY takes no ROLLBACK. */
export async function copyOut(tx: EntityManager, sql: string, take: (chunk: Buffer) => Promise<void>): Promise<number> {
  if (!tx.queryRunner) throw new TypeError('COPY needs the connection of a transaction');
  // TypeORM's type says nothing of the driver; the data source is PostgreSQL's.
  const client = (await tx.queryRunner.connect()) as PoolClient;
  const stream = to(sql);
  // The rows end before the statement does: only then it is known how many they were, and the connection takes the next one.
  const ended = new Promise<void>((resolve) => Object.assign(stream, { handleReadyForQuery: resolve }));
  client.query(stream);
  const failures: unknown[] = [];
  try {
    for await (const chunk of stream) {
      if (failures.length > 0) continue;
      await take(chunk as Buffer).catch((error: unknown) => failures.push(error));
      // There is always a next chunk: without this, requests would wait for a whole page.
      await immediate();
    }
  } finally {
    // The driver has set a timer for the answer, and waits to be told that it came.
    (stream as { callback?: (error: null) => void }).callback?.(null);
  }
  await ended;
  if (failures.length > 0) throw failures[0];
  return stream.rowCount;
}
