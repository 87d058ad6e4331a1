/**
 * Alerts that bear what happens: a rule knows up to which minute it has counted, how often it has failed and why, what it could not count and what it opened no alert
 * for; an alert knows which channels have heard of it by itself; and how severe a finding was when is kept, so that a back-test sees what the rules saw.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const up = `
alter table alert_rule
  -- Of the calls that it has counted, the latest minute: nothing far ahead of the clock.
  add column last_minute integer,
  -- The plan had no alerts then: what comes until it has them again is not looked at.
  add column rests_since timestamptz(3),
  add column failures integer not null default 0,
  add column failing_since timestamptz(3),
  add column last_error text,
  add column next_look_at timestamptz(3),
  -- Calls that came too late to be counted.
  add column missed_calls bigint not null default 0,
  add column missed_at timestamptz(3),
  -- So many times it would have opened an alert when it fired last, and there were too many already.
  add column held_back integer not null default 0,
  add column held_back_at timestamptz(3);

-- Those that were told of it by itself: they also hear how it goes on.
alter table alert add column told_channels uuid[] not null default '{}';
update alert a set told_channels = r.channel_ids from alert_rule r
  where r.organization_id = a.organization_id and r.id = a.rule_id and a.state <> 'resolved'
    and exists (select from alert_event e where e.organization_id = a.organization_id and e.alert_id = a.id and e.kind = 'told');
create index alert_of_finding on alert (organization_id, finding_id) where finding_id is not null;
alter table alert_event drop constraint alert_event_kind;
alter table alert_event add constraint alert_event_kind
  check (kind in ('opened', 'told', 'notTold', 'acknowledged', 'assigned', 'escalated', 'resolved', 'incidentOpened'));

-- Channels that were deleted before rules were told of it.
update alert_rule r set channel_ids = array(select id from unnest(r.channel_ids) with ordinality u (id, place)
    where exists (select from channel c where c.organization_id = r.organization_id and c.id = u.id) order by place)
  where exists (select from unnest(r.channel_ids) u (id) where not exists (select from channel c where c.organization_id = r.organization_id and c.id = u.id));

-- An alert and its finding have one incident.
update finding f set incident_id = a.incident_id from alert a
  where a.organization_id = f.organization_id and a.finding_id = f.id and a.incident_id is not null and f.incident_id is null;
update alert a set incident_id = f.incident_id from finding f
  where a.organization_id = f.organization_id and a.finding_id = f.id and f.incident_id is not null and a.incident_id is null;

-- When a finding that somebody was told of was first this severe.
create table finding_severity (
  organization_id uuid not null,
  finding_id uuid not null,
  severity text not null constraint finding_severity_known check (severity in ('low', 'medium', 'high', 'critical')),
  at timestamptz(3) not null,
  constraint finding_severity_pkey primary key (organization_id, finding_id, severity),
  constraint finding_severity_finding foreign key (organization_id, finding_id) references finding (organization_id, id) on delete cascade
);
create index finding_severity_in_order on finding_severity (organization_id, at);
alter table finding_severity enable row level security;
alter table finding_severity force row level security;
create policy tenant on finding_severity to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on finding_severity to pinebill_maintenance using (true) with check (true);
grant select, insert on finding_severity to pinebill_app;
-- Those that were over when they were found were told to nobody.
insert into finding_severity (organization_id, finding_id, severity, at)
  select organization_id, id, severity, opened_at from finding where last_seen_at >= opened_at - interval '7 days';

create or replace function alerts_due(with_alerts text[], at timestamptz) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id from organization o where o.plan = any(with_alerts) and (
    exists (select from alert_rule r join audit_head h on h.organization_id = r.organization_id
      where r.organization_id = o.id and r.kind = 'filter' and r.enabled and r.deleted_at is null and r.through_sequence < h.sequence
        and (r.next_look_at is null or r.next_look_at <= at))
    or exists (select from alert a where a.organization_id = o.id and least(a.tell_at, a.escalate_at) <= at and (a.tell_at is not null or a.escalate_at is not null)))
  order by 1
$$;

-- Past the walls, and it tells nothing: rules of organizations whose plan has no alerts rest, and nobody is told of what waits there.
create function alerts_rest(with_alerts text[], now timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  update alert_rule r set rests_since = now from organization o
    where o.id = r.organization_id and not (o.plan = any(with_alerts)) and r.kind = 'filter' and r.enabled and r.deleted_at is null and r.rests_since is null;
  update alert a set tell_at = null, escalate_at = null from organization o
    where o.id = a.organization_id and not (o.plan = any(with_alerts)) and (a.tell_at is not null or a.escalate_at is not null)
$$;
revoke all on function alerts_rest(text[], timestamptz) from public;
grant execute on function alerts_rest(text[], timestamptz) to pinebill_app;

-- For metrics: how many rules fail, and not whose.
create function alert_rules_failing() returns bigint
language sql stable security definer set search_path = app, pg_temp as $$
  select count(*) from alert_rule where failing_since is not null and enabled and deleted_at is null
$$;
revoke all on function alert_rules_failing() from public;
grant execute on function alert_rules_failing() to pinebill_app;
`;

const down = `
drop function alert_rules_failing();
drop function alerts_rest(text[], timestamptz);
create or replace function alerts_due(with_alerts text[], at timestamptz) returns table (organization_id uuid)
language sql stable security definer set search_path = app, pg_temp as $$
  select o.id from organization o where o.plan = any(with_alerts) and (
    exists (select from alert_rule r join audit_head h on h.organization_id = r.organization_id
      where r.organization_id = o.id and r.kind = 'filter' and r.enabled and r.deleted_at is null and r.through_sequence < h.sequence)
    or exists (select from alert a where a.organization_id = o.id and least(a.tell_at, a.escalate_at) <= at and (a.tell_at is not null or a.escalate_at is not null)))
  order by 1
$$;
drop table finding_severity;
delete from alert_event where kind = 'notTold';
alter table alert_event drop constraint alert_event_kind;
alter table alert_event add constraint alert_event_kind
  check (kind in ('opened', 'told', 'acknowledged', 'assigned', 'escalated', 'resolved', 'incidentOpened'));
drop index alert_of_finding;
alter table alert drop column told_channels;
alter table alert_rule drop column last_minute, drop column rests_since, drop column failures, drop column failing_since, drop column last_error,
  drop column next_look_at, drop column missed_calls, drop column missed_at, drop column held_back, drop column held_back_at;
`;

export class AlertsMended1700000000037 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(down);
  }
}
