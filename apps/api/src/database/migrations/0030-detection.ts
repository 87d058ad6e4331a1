/**
 * Detection: how far the log has been looked through, what is remembered of it, and what was found. And normal usage, as people have approved it. The rules are
 * in libs/detection; the order in which things are written, and why a replay comes to the same, is ADR 0030.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;
const walls = (table: string, grants: string): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on ${table} to pinebill_maintenance using (true) with check (true);
grant ${grants} on ${table} to pinebill_app;
`;

const sql = `
-- What was known of what is normal here, from when on. A new one is written when a person has changed it.
create table detection_profile (
  organization_id uuid not null references organization (id),
  id uuid not null,
  document jsonb not null,
  since timestamptz(3) not null,
  constraint detection_profile_pkey primary key (organization_id, id)
);

-- Everything up to this number has been looked at; its row is the lock of the organization's detection.
create table detection_cursor (
  organization_id uuid constraint detection_cursor_pkey primary key references organization (id),
  -- Where the looking began: what is older is only remembered by the log.
  began_at bigint not null,
  sequence bigint not null,
  advanced_until timestamptz(3),
  profile_id uuid,
  -- When time alone is worth a look; null: not before something new is recorded.
  look_at timestamptz(3)
);

create table detection_state (
  organization_id uuid not null references organization (id),
  part text not null,
  -- JSON as it was written: jsonb would order its members anew, and takes no \\u0000.
  state text not null,
  constraint detection_state_pkey primary key (organization_id, part)
);

-- When time was told to go on, and after which record: with the log itself, all that a replay needs.
create table detection_step (
  organization_id uuid not null references organization (id),
  through_sequence bigint not null,
  until timestamptz(3) not null,
  profile_id uuid not null,
  constraint detection_step_pkey primary key (organization_id, through_sequence, until)
);

create table finding (
  organization_id uuid not null references organization (id),
  id uuid not null,
  detector text not null,
  subject_kind text not null constraint finding_subject_kind
    check (subject_kind in ('key', 'keyFingerprint', 'address', 'network', 'organization', 'person')),
  -- As a filter of the log has it: the id of a key or a person as the API writes it, an address, a network, a fingerprint.
  subject_ref text not null,
  episode text not null,
  severity text not null constraint finding_severity check (severity in ('low', 'medium', 'high', 'critical')),
  state text not null constraint finding_state check (state in ('open', 'normal', 'closed')),
  opened_at timestamptz(3) not null,
  began_at timestamptz(3) not null,
  ended_at timestamptz(3) not null,
  last_seen_at timestamptz(3) not null,
  count bigint not null,
  -- { seen, normal, threshold, lesson } as the detector says it.
  facts jsonb not null,
  -- The one grammar of filters, by the names of its parameters.
  filter jsonb not null,
  samples uuid[] not null,
  incident_id uuid,
  decided_by uuid,
  decided_by_name text,
  decided_at timestamptz(3),
  because text,
  constraint finding_pkey primary key (organization_id, id),
  constraint finding_episode unique (organization_id, detector, subject_kind, subject_ref, episode),
  constraint finding_incident foreign key (organization_id, incident_id) references incident (organization_id, id),
  constraint finding_decided check ((state = 'normal') = (decided_at is not null))
);
create index finding_in_order on finding (organization_id, opened_at, id);
-- What people have said is normal; asked for before each step.
create index finding_normal on finding (organization_id, decided_at) where state = 'normal';
create index finding_open on finding (organization_id, last_seen_at) where state = 'open';

-- What is normal for a key, or for the organization where no key is named: versions, of which one is in force.
create table normal_usage (
  organization_id uuid not null references organization (id),
  id uuid not null,
  api_key_id uuid,
  version integer not null,
  state text not null constraint normal_usage_state check (state in ('draft', 'approved', 'superseded')),
  document jsonb not null,
  -- What the draft was made from.
  observed jsonb not null,
  drafted_at timestamptz(3) not null,
  drafted_by uuid,
  drafted_by_name text not null,
  changed_at timestamptz(3) not null,
  changed_by_name text not null,
  approved_at timestamptz(3),
  approved_by uuid,
  approved_by_name text,
  superseded_at timestamptz(3),
  constraint normal_usage_pkey primary key (organization_id, id),
  constraint normal_usage_approved check ((state = 'draft') = (approved_at is null)),
  constraint normal_usage_superseded check ((state = 'superseded') = (superseded_at is not null))
);
create unique index normal_usage_version on normal_usage (organization_id, api_key_id, version) nulls not distinct;
create unique index normal_usage_one_draft on normal_usage (organization_id, api_key_id) nulls not distinct where state = 'draft';
create unique index normal_usage_one_approved on normal_usage (organization_id, api_key_id) nulls not distinct where state = 'approved';
`;

/** Past the walls: which organizations have something new, or something to wait for. Whoever works for one does so inside its own walls. */
const due = `
create function detection_due(at timestamptz) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select h.organization_id from audit_head h join organization o on o.id = h.organization_id
    left join detection_cursor c on c.organization_id = h.organization_id
  where h.sequence > coalesce(c.sequence, 0) or c.look_at <= at
  order by c.advanced_until nulls first, 1
$$;
revoke all on function detection_due(timestamptz) from public;
grant execute on function detection_due(timestamptz) to pinebill_app;
`;

/** What is over, everywhere: findings of which nothing more was seen, and steps so old that nobody replays them. */
const tidy = `
create function detection_tidy(quiet_since timestamptz, steps_before timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update finding set state = 'closed' where state = 'open' and last_seen_at < quiet_since;
  delete from detection_step where until < steps_before;
  delete from detection_profile p where since < steps_before
    and not exists (select from detection_cursor c where c.organization_id = p.organization_id and c.profile_id = p.id)
    and not exists (select from detection_step s where s.organization_id = p.organization_id and s.profile_id = p.id)
$$;
revoke all on function detection_tidy(timestamptz, timestamptz) from public;
grant execute on function detection_tidy(timestamptz, timestamptz) to pinebill_app;
`;

const grants: Record<string, string> = {
  finding: 'select, insert, update',
  normal_usage: 'select, insert, update, delete',
  detection_step: 'select, insert',
  detection_state: 'select, insert, update, delete',
  detection_cursor: 'select, insert, update',
  detection_profile: 'select, insert',
};

export class Detection1700000000030 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql + Object.entries(grants).map(([table, grant]) => walls(table, grant)).join('')); // prettier-ignore
    await db.query(due + tidy);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop function detection_tidy(timestamptz, timestamptz); drop function detection_due(timestamptz)');
    await db.query(Object.keys(grants).map((table) => `drop table ${table};`).join(' ')); // prettier-ignore
  }
}
