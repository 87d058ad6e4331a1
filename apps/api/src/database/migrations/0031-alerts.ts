/**
 * Alert rules and what they fired. A rule that is deleted stays as a row, because its alerts tell of it. `alert_rule_count` is what the runner has counted, as far
 * back as the rule's window reaches: so a record is counted once, however long the window is.
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
create table alert_rule (
  organization_id uuid not null references organization (id),
  id uuid not null,
  name text not null constraint alert_rule_name_length check (length(name) between 1 and 80),
  kind text not null constraint alert_rule_kind check (kind in ('filter', 'detector')),
  severity text not null constraint alert_rule_severity check (severity in ('low', 'medium', 'high', 'critical')),
  enabled boolean not null,
  version integer not null,
  -- Of calls: the one grammar of filters, by the names of its parameters.
  filter jsonb,
  threshold bigint,
  window_minutes integer,
  group_by text,
  -- Of findings. Null: of any detector, about anything.
  detectors text[],
  least_severity text,
  subjects jsonb,
  cool_down_minutes integer not null,
  quiet_hours jsonb,
  channel_ids uuid[] not null,
  escalation jsonb,
  -- What came before is not looked at: the rule was made or changed then.
  counts_from integer not null,
  -- Up to which record of the log it has been looked.
  through_sequence bigint not null,
  created_at timestamptz(3) not null,
  created_by uuid not null,
  created_by_name text not null,
  changed_at timestamptz(3) not null,
  changed_by_name text not null,
  deleted_at timestamptz(3),
  constraint alert_rule_pkey primary key (organization_id, id),
  constraint alert_rule_whole check (case kind when 'filter' then num_nulls(filter, threshold, window_minutes, group_by) = 0 else least_severity is not null end)
);
create unique index alert_rule_name_taken on alert_rule (organization_id, lower(name)) where deleted_at is null;

-- Calls of a group in a minute. No group: ''.
create table alert_rule_count (
  organization_id uuid not null,
  rule_id uuid not null,
  minute integer not null,
  group_key text not null,
  calls bigint not null,
  constraint alert_rule_count_pkey primary key (organization_id, rule_id, minute, group_key),
  constraint alert_rule_count_rule foreign key (organization_id, rule_id) references alert_rule (organization_id, id)
);

create table alert (
  organization_id uuid not null,
  id uuid not null,
  rule_id uuid not null,
  -- As the rule was when it fired.
  rule_name text not null,
  rule_version integer not null,
  rule jsonb not null,
  state text not null constraint alert_state check (state in ('open', 'acknowledged', 'resolved')),
  severity text not null constraint alert_severity check (severity in ('low', 'medium', 'high', 'critical')),
  title text not null,
  group_key text not null,
  finding_id uuid,
  -- Of a finding: what it said then.
  facts jsonb,
  window_from timestamptz(3) not null,
  window_to timestamptz(3) not null,
  -- The last minute of the window (since 1970): what the pause is reckoned from.
  minute integer not null,
  count bigint not null,
  filter jsonb not null,
  samples uuid[] not null,
  opened_at timestamptz(3) not null,
  -- When people are told; later than it opened in quiet hours. Null: they have been, or need not be any more.
  tell_at timestamptz(3),
  told_at timestamptz(3),
  escalate_at timestamptz(3),
  escalated_at timestamptz(3),
  assignee_id uuid,
  acknowledged_at timestamptz(3),
  acknowledged_by uuid,
  acknowledged_by_name text,
  resolved_at timestamptz(3),
  resolved_by uuid,
  resolved_by_name text,
  resolution text,
  incident_id uuid,
  constraint alert_pkey primary key (organization_id, id),
  constraint alert_rule_of foreign key (organization_id, rule_id) references alert_rule (organization_id, id),
  constraint alert_incident foreign key (organization_id, incident_id) references incident (organization_id, id)
);
-- A subject and a window have one alert of a rule.
create unique index alert_once on alert (organization_id, rule_id, minute, group_key) where finding_id is null;
create unique index alert_once_for_finding on alert (organization_id, rule_id, finding_id) where finding_id is not null;
create index alert_in_order on alert (organization_id, opened_at, id);
create index alert_of_rule on alert (organization_id, rule_id, group_key, minute);
create index alert_not_resolved on alert (organization_id, opened_at) where state <> 'resolved';
create index alert_by_incident on alert (organization_id, incident_id) where incident_id is not null;
create index alert_due on alert (least(tell_at, escalate_at)) where tell_at is not null or escalate_at is not null;

create table alert_event (
  organization_id uuid not null,
  id uuid not null,
  alert_id uuid not null,
  at timestamptz(3) not null,
  kind text not null constraint alert_event_kind check (kind in ('opened', 'told', 'acknowledged', 'assigned', 'escalated', 'resolved', 'incidentOpened')),
  actor_type text not null,
  actor_id uuid,
  actor_name text not null,
  data jsonb not null,
  constraint alert_event_pkey primary key (organization_id, id),
  constraint alert_event_alert foreign key (organization_id, alert_id) references alert (organization_id, id)
);
create index alert_event_in_order on alert_event (organization_id, alert_id, at, id);

-- Where there may be something to do: records that a rule has not looked at, or somebody to tell.
create function alerts_due(with_alerts text[], at timestamptz) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id from organization o where o.plan = any(with_alerts) and (
    exists (select from alert_rule r join audit_head h on h.organization_id = r.organization_id
      where r.organization_id = o.id and r.kind = 'filter' and r.enabled and r.deleted_at is null and r.through_sequence < h.sequence)
    or exists (select from alert a where a.organization_id = o.id and least(a.tell_at, a.escalate_at) <= at and (a.tell_at is not null or a.escalate_at is not null)))
  order by 1
$$;
revoke all on function alerts_due(text[], timestamptz) from public;
grant execute on function alerts_due(text[], timestamptz) to pinebill_app;
`;

const grants: Record<string, string> = {
  alert_event: 'select, insert',
  alert: 'select, insert, update',
  alert_rule_count: 'select, insert, update, delete',
  alert_rule: 'select, insert, update',
};

export class Alerts1700000000031 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(sql + Object.entries(grants).map(([table, grant]) => walls(table, grant)).join('')); // prettier-ignore
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop function alerts_due');
    await db.query(Object.keys(grants).map((table) => `drop table ${table};`).join(' ')); // prettier-ignore
  }
}
