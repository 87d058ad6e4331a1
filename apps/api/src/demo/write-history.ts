/** The history enters where every record enters, at the writer: journal, shipper, PostgreSQL. Only its times are given. */
import { ensurePartitions, pgQueryable, recordId, type AuditRecord, type AuditWriter } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
import { countNext } from '../api-keys';
import { openCountryDatabase } from '../platform/country';
import { history } from './history';
import type { HistoryOrganization } from './history-records';

const DAY = 86_400_000;
const HISTORY_DAYS = 28;
const BATCH = 2_000;
/** From the month of the first record to the current one. */
const MONTHS = 2;

export type HistoryRun = {
  db: Client;
  writer: AuditWriter;
  organizations: readonly HistoryOrganization[];
  now: Date;
  seed: number;
  log: (message: string) => void;
};

/** Returns how many records were written; all of them are in PostgreSQL by then. */
export async function writeHistory({ db, writer, organizations, now, seed, log }: HistoryRun): Promise<number> {
  const from = new Date(now.getTime() - HISTORY_DAYS * DAY);
  await ensurePartitions(pgQueryable(db), from, MONTHS);
  let [batch, written]: [AuditRecord[], number] = [[], 0];
  const release = async (): Promise<void> => {
    await writer.history(batch);
    written += batch.length;
    batch = [];
    if (written % (10 * BATCH) === 0) log(`  ${written.toLocaleString('en')} records`);
  };
  for (const record of history({ seed, from, to: now, organizations, recordId, country: openCountryDatabase() })) {
    batch.push(record);
    if (batch.length === BATCH) await release();
  }
  await release();
  await writer.flush();
  for (const { id } of organizations) await countUse(db, id);
  return written;
}

/** The product does it within seconds; whoever opens the demo looks at once. */
async function countUse(db: Client, organizationId: string): Promise<void> {
  const tx = { query: async <T>(sql: string, parameters?: unknown[]) => (await db.query(sql, parameters)).rows as T };
  while ((await countNext(tx, organizationId)) > 0);
}
