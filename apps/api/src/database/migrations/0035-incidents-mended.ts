/**
 * A key that is reported again at the same place is looked at again, unless it was revoked by then: it may have been enabled meanwhile, or its organization
 * may have chosen another policy. All of a report is worked off together, however many keys it names. And how much somebody wrote in the last hour is asked
 * before more is taken.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const take = ({ again }: { again: boolean }): string => `
create or replace function leak_reports_take(ids uuid[], hashes bytea[], types text[], urls text[], sources text[], places bytea[], at timestamptz)
returns table (hash bytea)
language sql security definer set search_path = app, pg_temp as $$
  with found as (
    select distinct on (k.organization_id, k.id, r.place) k.organization_id, k.id as api_key_id, k.revoked_at, r.*
    from unnest(ids, hashes, types, urls, sources, places) as r (id, hash, kind, url, source, place)
    join api_key k on k.secret_hash = r.hash
    order by k.organization_id, k.id, r.place, r.id
  ), kept as (
    insert into leak_report as known (organization_id, id, api_key_id, token_type, url, source, place_sha256, reported_at, last_reported_at, next_at)
    select organization_id, id, api_key_id, kind, url, source, place, at, at, at from found
    on conflict on constraint leak_report_once do update set last_reported_at = excluded.last_reported_at, times = known.times + 1${
      again
        ? `,
      again_at = case when known.handled_at is null or exists (select from found f where f.organization_id = known.organization_id
        and f.api_key_id = known.api_key_id and f.revoked_at is not null) then known.again_at else excluded.last_reported_at end,
      next_at = case when known.handled_at is null or known.again_at is not null then known.next_at else excluded.next_at end`
        : ''
    }
  )
  select distinct found.hash from found
$$`;

const waiting = (which: string, most: number): string => `
create or replace function leak_reports_waiting(at timestamptz) returns table (organization_id uuid, id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select r.organization_id, r.id from leak_report r where ${which} and r.next_at <= at order by r.next_at, r.id limit ${most}
$$`;

const OPEN = '(r.handled_at is null or r.again_at is not null)';

export class IncidentsMended1700000000035 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
alter table leak_report add column again_at timestamptz(3);
drop index leak_report_waiting;
create index leak_report_waiting on leak_report (next_at) where handled_at is null or again_at is not null;
create index incident_by_author on incident (organization_id, opened_by, opened_at);
create index incident_note_by_author on incident_note (organization_id, author_id, at);`);
    await db.query(take({ again: true }));
    await db.query(waiting(OPEN, 500));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(take({ again: false }));
    await db.query(waiting('r.handled_at is null', 100));
    await db.query(`
drop index incident_by_author;
drop index incident_note_by_author;
drop index leak_report_waiting;
create index leak_report_waiting on leak_report (next_at) where handled_at is null;
alter table leak_report drop column again_at`);
  }
}
