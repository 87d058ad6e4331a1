/** The history enters where every record enters, at the writer: journal, shipper, PostgreSQL. Only its times are given. */
import { ensurePartitions, pgQueryable, recordId, type AuditRecord, type AuditWriter } from '@pinebill/nestjs-audit';
import type { Client } from 'pg';
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
  const lastUses = new Map<string, AuditRecord>();
  let [batch, written]: [AuditRecord[], number] = [[], 0];
  const release = async (): Promise<void> => {
    await writer.history(batch);
    written += batch.length;
    batch = [];
    if (written % (10 * BATCH) === 0) log(`  ${written.toLocaleString('en')} records`);
  };
  for (const record of history({ seed, from, to: now, organizations, recordId, country: openCountryDatabase() })) {
    batch.push(record);
    if (record.apiKeyId !== null && record.status !== 401) lastUses.set(record.apiKeyId, record);
    if (batch.length === BATCH) await release();
  }
  await release();
  await writer.flush();
  for (const record of lastUses.values()) await noteUse(db, record);
  return written;
}

async function noteUse(db: Client, { apiKeyId, startedAt, ip, userAgent }: AuditRecord): Promise<void> {
  await db.query('update api_key set last_used_at = $2, last_used_ip = $3, last_used_user_agent = $4 where id = $1', [
    apiKeyId,
    startedAt,
    ip,
    userAgent,
  ]);
}
