/**
 * Reports of keys that were found where they do not belong: one row for a key of ours and the place it was found at, kept before the report is
 * answered, worked off a moment later. Never the key itself. And what an organization wants done about it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const sql = `
alter table organization add column leak_policy text not null default 'revoke'
  constraint organization_leak_policy check (leak_policy in ('revoke', 'quarantine', 'alert'));

create table leak_report (
  organization_id uuid not null references organization (id),
  id uuid not null,
  api_key_id uuid not null,
  -- As the scanner says it, without anything that looks like a key.
  token_type text not null,
  url text,
  source text,
  -- Of the place as it was sent: the same key at the same place is one report, however often it comes.
  place_sha256 bytea not null,
  reported_at timestamptz(3) not null,
  last_reported_at timestamptz(3) not null,
  times integer not null default 1,
  -- Until something was done; later again where that failed.
  next_at timestamptz(3) not null,
  handled_at timestamptz(3),
  policy text constraint leak_report_policy check (policy in ('revoke', 'quarantine', 'alert')),
  action text constraint leak_report_action check (action in ('revoked', 'quarantined', 'alerted', 'alreadyRevoked')),
  incident_id uuid,
  constraint leak_report_handled check ((handled_at is null) = (action is null) and (handled_at is null) = (policy is null)),
  constraint leak_report_pkey primary key (organization_id, id),
  constraint leak_report_once unique (organization_id, api_key_id, place_sha256)
);
create index leak_report_waiting on leak_report (next_at) where handled_at is null;
alter table leak_report enable row level security;
alter table leak_report force row level security;
create policy tenant on leak_report to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on leak_report to pinebill_maintenance using (true) with check (true);
-- Added to by the function below alone.
grant select, update on leak_report to pinebill_app;
`;

/** Past the walls: a report does not say whose key it is. They tell which of the hashes are of keys, and which reports wait. */
const functions: Record<string, string> = {
  'leak_reports_take(uuid[], bytea[], text[], text[], text[], bytea[], timestamptz)': `
create function leak_reports_take(ids uuid[], hashes bytea[], types text[], urls text[], sources text[], places bytea[], at timestamptz)
returns table (hash bytea)
language sql security definer set search_path = app, pg_temp as $$
  with found as (
    select distinct on (k.organization_id, k.id, r.place) k.organization_id, k.id as api_key_id, r.*
    from unnest(ids, hashes, types, urls, sources, places) as r (id, hash, kind, url, source, place)
    join api_key k on k.secret_hash = r.hash
    order by k.organization_id, k.id, r.place, r.id
  ), kept as (
    insert into leak_report as known (organization_id, id, api_key_id, token_type, url, source, place_sha256, reported_at, last_reported_at, next_at)
    select organization_id, id, api_key_id, kind, url, source, place, at, at, at from found
    on conflict on constraint leak_report_once do update set last_reported_at = excluded.last_reported_at, times = known.times + 1
  )
  select distinct found.hash from found
$$`,
  'leak_reports_waiting(timestamptz)': `
create function leak_reports_waiting(at timestamptz) returns table (organization_id uuid, id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select r.organization_id, r.id from leak_report r where r.handled_at is null and r.next_at <= at order by r.next_at, r.id limit 100
$$`,
};

export class Leaks1700000000028 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql);
    for (const [signature, text] of Object.entries(functions)) {
      await db.query(text);
      await db.query(`revoke all on function ${signature} from public; grant execute on function ${signature} to pinebill_app`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const signature of Object.keys(functions)) await db.query(`drop function ${signature}`);
    await db.query('drop table leak_report; alter table organization drop column leak_policy');
  }
}
