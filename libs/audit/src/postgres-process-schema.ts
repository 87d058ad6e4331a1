/** The tables of running processes: who holds a journal, and what was begun in mode `committed`. */
import { walls, type SchemaRoles } from './postgres-walls';

/** Run once, after the tables of the log. */
export function processTables(roles: SchemaRoles): string {
  const { appRole } = roles;
  return `
-- A process says here that it lives, and what its journal still holds. Belongs to processes, not to organizations.
create table audit_journal (
  journal_id uuid constraint audit_journal_pkey primary key,
  host text not null,
  pid integer not null,
  directory text not null,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  pending_entries bigint not null,
  journal_bytes bigint not null,
  stopped_at timestamptz
);
grant select, insert, update on audit_journal to ${appRole};

-- Requests that have begun and have no row yet, in mode committed.
create table audit_intent (
  journal_id uuid not null,
  organization_id uuid not null,
  id uuid not null,
  occurred_at timestamptz(3) not null,
  record jsonb not null,
  constraint audit_intent_pkey primary key (organization_id, id)
);
create index audit_intent_journal on audit_intent (journal_id);
${walls('audit_intent', roles)}
grant select, insert, update, delete on audit_intent to ${appRole};

-- Which organizations have intents of one journal, or of journals that nobody has heard of for so long. Past the walls, so it tells nothing but that; the search
-- path is fixed when it is made, with temporary tables last.
do $$ begin execute format($f$
create function audit_abandoned_intents(older_than_seconds double precision, of_journal uuid) returns table (organization_id uuid, journal_id uuid)
language sql stable security definer set search_path = %I, pg_temp as $q$
  select distinct i.organization_id, i.journal_id from audit_intent i left join audit_journal j on j.journal_id = i.journal_id
  where case when of_journal is null then j.seen_at is null or j.seen_at < now() - make_interval(secs => older_than_seconds)
    else i.journal_id = of_journal end
  order by 1, 2
$q$ $f$, current_schema()); end $$;
revoke all on function audit_abandoned_intents(double precision, uuid) from public;
grant execute on function audit_abandoned_intents(double precision, uuid) to ${appRole};
`;
}
