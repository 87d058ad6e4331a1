/**
 * Incidents: what is affected, what happened, and what was found. Events, steps, notes and evidence are only ever added: they are what the report is made
 * of. And networks that the organization refuses (`organization.denied_cidrs`), which come to the door with its other rules.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { keyByHash } from './0027-incidents.door';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string, grants: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant ${grants} on ${table} to pinebill_app;
`;

const ofIncident = (table: string): string => `constraint ${table}_incident foreign key (organization_id, incident_id) references incident (organization_id, id)`; // prettier-ignore

const sql = `
alter table organization add column denied_cidrs cidr[];

-- The next number of an organization's incidents; its row is the lock.
create table incident_number (
  organization_id uuid constraint incident_number_pkey primary key references organization (id),
  last integer not null
);

create table incident (
  organization_id uuid not null references organization (id),
  id uuid not null,
  number integer not null,
  title text not null constraint incident_title_length check (length(title) between 1 and 200),
  severity text not null constraint incident_severity check (severity in ('low', 'medium', 'high', 'critical')),
  drill boolean not null default false,
  opened_at timestamptz(3) not null,
  -- Null: the system, as opened_by_name says.
  opened_by uuid,
  opened_by_name text not null,
  -- { kind: record | records | key | address | person | alert | leak | drill | blank, and the ids that go with it }
  opened_from jsonb not null,
  assignee_id uuid,
  -- An admin's first look.
  looked_at timestamptz(3),
  looked_by uuid,
  looked_by_name text,
  -- What was looked through for the extent, once an admin has confirmed it. Without an end: up to the containment.
  scope_from timestamptz(3),
  scope_to timestamptz(3),
  scoped_at timestamptz(3),
  scoped_by uuid,
  scoped_by_name text,
  root_cause text,
  impact text,
  lessons text,
  closed_at timestamptz(3),
  closed_by uuid,
  closed_by_name text,
  reopened_at timestamptz(3),
  hold_released_at timestamptz(3),
  hold_released_by uuid,
  hold_released_by_name text,
  changed_at timestamptz(3) not null,
  constraint incident_pkey primary key (organization_id, id),
  -- What is held is held until the end.
  constraint incident_hold check (hold_released_at is null or closed_at is not null)
);
create unique index incident_number_taken on incident (organization_id, number);
create index incident_open on incident (organization_id, opened_at) where closed_at is null;

create table incident_subject (
  organization_id uuid not null,
  incident_id uuid not null,
  kind text not null constraint incident_subject_kind check (kind in ('key', 'address', 'person')),
  -- The uuid of a key or a person; an address or network as PostgreSQL writes a cidr.
  reference text not null,
  added_at timestamptz(3) not null,
  added_by uuid,
  -- Of a key its own row says it. Of an address or a person: when it was blocked, when the sessions ended.
  contained_at timestamptz(3),
  contained_how text constraint incident_subject_how check (contained_how in ('revoke', 'quarantine', 'sessions', 'block')),
  contained_by uuid,
  contained_by_name text,
  constraint incident_subject_pkey primary key (organization_id, incident_id, kind, reference),
  ${ofIncident('incident_subject')}
);
create index incident_subject_by_reference on incident_subject (organization_id, kind, reference);

-- How a step ended: by a fact, stamped when the incident was closed, or by somebody who says that it does not apply.
create table incident_step (
  organization_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  step text not null constraint incident_step_step check (step in ('contained', 'replaced', 'servicesUpdated', 'scoped', 'documented')),
  how text not null constraint incident_step_how check (how in ('done', 'notNeeded', 'neededAfterAll')),
  at timestamptz(3),
  by_id uuid,
  by_name text,
  because text,
  facts jsonb not null,
  stamped_at timestamptz(3) not null,
  constraint incident_step_pkey primary key (organization_id, id),
  ${ofIncident('incident_step')}
);
create index incident_step_by_incident on incident_step (organization_id, incident_id);

create table incident_event (
  organization_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  at timestamptz(3) not null,
  kind text not null,
  actor_type text not null,
  actor_id uuid,
  actor_name text not null,
  -- Ids as uuids, names as they were; never a secret.
  data jsonb not null,
  request_id uuid,
  constraint incident_event_pkey primary key (organization_id, id),
  ${ofIncident('incident_event')}
);
create index incident_event_by_incident on incident_event (organization_id, incident_id, at);

create table incident_note (
  organization_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  at timestamptz(3) not null,
  author_id uuid,
  author_name text not null,
  text text not null constraint incident_note_length check (length(text) between 1 and 10000),
  mentions uuid[] not null,
  constraint incident_note_pkey primary key (organization_id, id),
  ${ofIncident('incident_note')}
);
create index incident_note_by_incident on incident_note (organization_id, incident_id, at);

create table incident_follow_up (
  organization_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  title text not null constraint incident_follow_up_length check (length(title) between 1 and 200),
  owner_id uuid,
  due_on date,
  created_at timestamptz(3) not null,
  done_at timestamptz(3),
  done_by uuid,
  done_by_name text,
  constraint incident_follow_up_pkey primary key (organization_id, id),
  ${ofIncident('incident_follow_up')}
);
create index incident_follow_up_by_incident on incident_follow_up (organization_id, incident_id, created_at);

-- Who used a key that is affected: found in the log, or added by a person.
create table incident_caller (
  organization_id uuid not null,
  id uuid not null,
  incident_id uuid not null,
  api_key_id uuid,
  label text not null constraint incident_caller_label_length check (length(label) between 1 and 200),
  -- As the sums of use by key name it (0006): empty for an unknown address, and for an agent that says nothing. Null: no caller of the log.
  network text,
  agent text,
  service text,
  source text not null constraint incident_caller_source check (source in ('system', 'person')),
  -- From an address that the incident is about: nobody waits for it to move.
  suspect boolean not null default false,
  added_at timestamptz(3) not null,
  added_by uuid,
  last_old_at timestamptz(3),
  -- First seen with a key that took the place of the old one.
  moved_at timestamptz(3),
  moved_to uuid,
  removed_at timestamptz(3),
  removed_by uuid,
  not_needed_at timestamptz(3),
  not_needed_because text,
  done_at timestamptz(3),
  comment text,
  changed_by uuid,
  changed_by_name text,
  constraint incident_caller_pkey primary key (organization_id, id),
  ${ofIncident('incident_caller')}
);
create unique index incident_caller_once on incident_caller (organization_id, incident_id, api_key_id, network, agent);

-- A copy of the record as it was shown. It is the copy that outlives retention (ADR 0028).
create table incident_evidence (
  organization_id uuid not null,
  incident_id uuid not null,
  record_id uuid not null,
  occurred_at timestamptz(3) not null,
  sequence bigint not null,
  -- Of nobody: beside other organizations it is for admins alone, as in the log.
  anonymous boolean not null,
  record jsonb not null,
  added_at timestamptz(3) not null,
  added_by uuid,
  added_by_name text not null,
  constraint incident_evidence_pkey primary key (organization_id, incident_id, record_id),
  ${ofIncident('incident_evidence')}
);
create index incident_evidence_in_order on incident_evidence (organization_id, incident_id, occurred_at, record_id);
`;

const grants: Record<string, string> = {
  incident_evidence: 'select, insert',
  incident_caller: 'select, insert, update',
  incident_follow_up: 'select, insert, update',
  incident_note: 'select, insert',
  incident_event: 'select, insert',
  incident_step: 'select, insert',
  incident_subject: 'select, insert, update',
  incident: 'select, insert, update',
  incident_number: 'select, insert, update',
};

export class Incidents1700000000027 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql + Object.entries(grants).map(([table, grant]) => walls(table, grant)).join('')); // prettier-ignore
    await db.query(keyByHash({ deniedNetworks: true }));
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(keyByHash({ deniedNetworks: false }));
    await db.query(Object.keys(grants).map((table) => `drop table ${table};`).join(' ')); // prettier-ignore
    await db.query('alter table organization drop column denied_cidrs');
  }
}
