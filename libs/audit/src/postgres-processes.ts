/**
 * What processes tell each other through PostgreSQL: whose journal holds what, and which requests were begun in mode `committed`.
 *
 * Intents are locked in the order of their ids by whoever locks several, and behind the organization's head by whoever locks that too (postgres-store.ts).
 */
import type { PoolClient } from 'pg';
import type { AbandonedBy, AuditRecord, JournalNotice, JournalState, Queryable } from './audit.types';

type Client = Pick<PoolClient, 'query'>;

export async function noteJournal(client: Client, notice: JournalNotice): Promise<void> {
  const { journalId, host, pid, directory, startedAt, pendingEntries, journalBytes, stopped } = notice;
  await client.query(
    `insert into audit_journal (journal_id, host, pid, directory, started_at, seen_at, pending_entries, journal_bytes, stopped_at)
     values ($1, $2, $3, $4, $5, now(), $6, $7, case when $8 then now() end)
     on conflict (journal_id) do update set host = excluded.host, pid = excluded.pid, directory = excluded.directory, started_at = excluded.started_at,
       seen_at = excluded.seen_at, pending_entries = excluded.pending_entries, journal_bytes = excluded.journal_bytes, stopped_at = excluded.stopped_at`,
    [journalId, host, pid, directory, startedAt, pendingEntries, journalBytes, stopped],
  );
}

export async function openJournals(db: Queryable): Promise<JournalState[]> {
  const rows = await db.query(
    `select *, extract(epoch from now() - seen_at)::double precision as seconds_since_seen from audit_journal
     where stopped_at is null or pending_entries > 0 order by started_at, journal_id`,
  );
  // As the columns are, which only this library writes.
  return rows.map((row) => ({
    journalId: row['journal_id'] as string,
    host: row['host'] as string,
    pid: row['pid'] as number,
    directory: row['directory'] as string,
    startedAt: row['started_at'] as Date,
    seenAt: row['seen_at'] as Date,
    secondsSinceSeen: row['seconds_since_seen'] as number,
    stoppedAt: row['stopped_at'] as Date | null,
    pendingEntries: Number(row['pending_entries']),
    journalBytes: Number(row['journal_bytes']),
  }));
}

/**
 * One statement, so one round trip and one commit: the rows come out of the settings, so they hold when the rows are checked. A repetition
 * after a COMMIT without an answer finds its rows there; a newer version of an intent (the bound of a flood) takes the place of the older one.
 */
const insertIntents = `with settings as (
    select set_config('app.organization_id', $2, true), set_config('synchronous_commit', 'on', true))
  insert into audit_intent (journal_id, organization_id, id, occurred_at, record)
  select $1, $2::uuid, r.id, r.occurred_at, r.record from settings, unnest($3::uuid[], $4::timestamptz[], $5::jsonb[]) as r(id, occurred_at, record)
  order by r.id on conflict (organization_id, id) do update set record = excluded.record`;

/** Of one organization. */
export async function insertIntentsOf(
  client: Client,
  { journalId, organizationId }: { journalId: string; organizationId: string },
  records: readonly AuditRecord[],
): Promise<void> {
  const [ids, times, texts] = [
    records.map(({ id }) => id),
    records.map(({ startedAt }) => startedAt),
    records.map((record) => JSON.stringify(record)),
  ];
  await client.query({ name: 'audit_intent', text: insertIntents, values: [journalId, organizationId, ids, times, texts] });
}

/** A delete alone would lock them as it comes across them. */
const endIntents = `delete from audit_intent where organization_id = $1 and id = any(
    array(select id from audit_intent where organization_id = $1 and id = any($2::uuid[]) order by id for update))`;

export async function deleteIntents(client: Client, organizationId: string, ids: readonly string[]): Promise<void> {
  await client.query({ name: 'audit_intents_ended', text: endIntents, values: [organizationId, ids] });
}

export type AbandonedIntents = { organizationId: string; journalIds: string[] };

export async function abandonedIntents(client: Client, by: AbandonedBy): Promise<AbandonedIntents[]> {
  const { rows } = await client.query<{ organization_id: string; journal_ids: string[] }>(
    'select organization_id, array_agg(journal_id) as journal_ids from audit_abandoned_intents($1, $2) group by 1 order by 1',
    'journalId' in by ? [null, by.journalId] : [by.unseenForSeconds, null],
  );
  return rows.map((row) => ({ organizationId: row.organization_id, journalIds: row.journal_ids }));
}

/**
 * As a batch locks it: made where the organization has none yet, for a lock on a row that is not there holds nobody up. Whoever then took the intents first
 * would wait for the head of another, who waits for those intents.
 */
const lockHead = `insert into audit_head (organization_id, sequence) values ($1, 0)
  on conflict (organization_id) do update set sequence = audit_head.sequence`;

/** Those whose row is there already go without a word. */
const takeIntents = `with picked as (
    select id from audit_intent where organization_id = $1 and journal_id = any($2::uuid[]) order by id limit $3 for update
  ), taken as (
    delete from audit_intent i where i.organization_id = $1 and i.id in (select id from picked)
    returning i.id, i.occurred_at, i.record)
  select t.record, l.id is null as missing from taken t
  left join audit_log l on l.organization_id = $1 and l.occurred_at = t.occurred_at and l.id = t.id`;

/**
 * `client` is inside the organization's transaction. Null: there was none left; otherwise the records that have no row yet. Whoever adopts the same ones waits
 * at the head, and finds them gone.
 */
export async function takeAbandoned(
  client: Client,
  { organizationId, journalIds }: AbandonedIntents,
  most: number,
): Promise<AuditRecord[] | null> {
  await client.query(lockHead, [organizationId]);
  const { rows } = await client.query<{ record: AuditRecord; missing: boolean }>(takeIntents, [organizationId, journalIds, most]);
  if (rows.length === 0) return null;
  const unended = { outcome: 'unknown', status: null, durationMs: null } as const;
  return rows.filter(({ missing }) => missing).map(({ record }) => ({ ...record, ...unended }));
}

/** None when somebody has dealt with it meanwhile. An intent has no place in a journal, so it gets one that no journal has. */
export async function quarantineIntent(client: Client, { organizationId, id }: AuditRecord, error: Error): Promise<void> {
  await client.query(
    `with taken as (delete from audit_intent where organization_id = $1 and id = $2 returning *)
     insert into audit_quarantine (journal_id, journal_offset, organization_id, record, error, quarantined_at)
     select journal_id, -1 - floor(random() * 9e15)::bigint, organization_id, convert_to(record::text, 'UTF8'), $3, now() from taken`,
    [organizationId, id, error.message.replaceAll('\0', '\ufffd')],
  );
}
