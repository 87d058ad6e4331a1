/** The part of migration 0011 that is about getting in: links for a new password, and how often may be tried. */

/** A link for a new password. Only the hash of its token is kept. */
export const passwordReset = `
create table password_reset (
  organization_id uuid not null references organization (id),
  id uuid not null,
  user_id uuid not null references app_user (id),
  token_hash bytea not null constraint password_reset_token unique,
  -- Null: the person asked for it.
  made_by uuid,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint password_reset_pkey primary key (organization_id, id)
);
create index password_reset_open on password_reset (user_id) where used_at is null;
alter table password_reset enable row level security;
alter table password_reset force row level security;
create policy tenant on password_reset to pinebill_app
  using (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)
  with check (organization_id = nullif(current_setting('app.organization_id', true), '')::uuid);
create policy maintenance on password_reset to pinebill_maintenance using (true) with check (true);
grant select, insert on password_reset to pinebill_app;
`;

/**
 * Of all processes and organizations, by the hash of what is counted, in spans that begin with the first. Reached through the functions only. A network from
 * which the account was entered is one of its own: what strangers try does not close it.
 */
export const throttle = `
create table throttle (
  name bytea constraint throttle_pkey primary key,
  count integer not null,
  until timestamptz not null
);
create index throttle_until on throttle (until);
create table sign_in_network (
  account bytea not null,
  network bytea not null,
  seen_at timestamptz not null,
  constraint sign_in_network_pkey primary key (account, network)
);
insert into sign_in_network (account, network, seen_at)
select sha256(convert_to('account ' || email, 'UTF8')), sha256(convert_to('network ' || network, 'UTF8')), seen_at
from (
  select email, network, max(created_at) as seen_at, row_number() over (partition by email order by max(created_at) desc) as place
  from (
    select lower(u.email) as email, host(network(set_masklen(s.ip, case family(s.ip) when 6 then 64 else 32 end))) as network, s.created_at
    from user_session s join app_user u on u.id = s.user_id where s.ip is not null
  ) as opened group by email, network
) as entered where place <= 5;
`;

/** In the order in which they are made. */
export const doorFunctions = {
  'password_reset_by_hash(bytea)': `
create function password_reset_by_hash(hash bytea)
returns table (id uuid, organization_id uuid, user_id uuid, email text, expires_at timestamptz, used_at timestamptz)
language sql stable security definer set search_path = app, pg_temp as $$
  select r.id, r.organization_id, r.user_id, u.email, r.expires_at, r.used_at
  from password_reset r join app_user u on u.id = r.user_id where r.token_hash = hash
$$`,
  // Of many at once one gets it; all other links of the person end with it, whoever made them.
  'password_reset_use(bytea, timestamptz)': `
create function password_reset_use(hash bytea, at timestamptz) returns boolean
language plpgsql security definer set search_path = app, pg_temp as $$
declare
  person uuid;
begin
  update password_reset set used_at = at where token_hash = hash and used_at is null and expires_at > at returning user_id into person;
  if person is null then return false; end if;
  update password_reset set used_at = at where user_id = person and used_at is null;
  return true;
end $$`,
  // Suspended ones too: they may be reinstated.
  'memberships_of_user(uuid)': `
create function memberships_of_user(person uuid) returns bigint
language sql stable security definer set search_path = app, pg_temp as $$ select count(*) from membership where user_id = person $$`,
  // Counts one of each, or none; then says when it may be tried again. What is refused writes nothing. Names are locked in the order in which they are given,
  // so it must be the same everywhere: what is shared by most comes first.
  'throttle_take(bytea[], integer[], interval, timestamptz)': `
create function throttle_take(names bytea[], limits integer[], span interval, at timestamptz) returns timestamptz
language plpgsql security definer set search_path = app, pg_temp as $$
declare
  wait timestamptz;
begin
  select max(t.until) into wait from unnest(names, limits) as wanted (name, most) join throttle t on t.name = wanted.name
  where t.count >= wanted.most and t.until > at;
  if wait is not null then return wait; end if;
  for place in 1 .. cardinality(names) loop
    insert into throttle as t (name, count, until) values (names[place], 1, at + span)
    on conflict (name) do update set
      count = case when t.until <= at then 1 else t.count + 1 end, until = case when t.until <= at then excluded.until else t.until end
    returning case when t.count > limits[place] then t.until end into wait;
    if wait is not null then
      update throttle set count = count - 1 where name = any (names[1:place]);
      return wait;
    end if;
  end loop;
  -- So it is swept as fast as it fills.
  delete from throttle where name in (select old.name from throttle old where old.until <= at order by old.until limit 4 for update skip locked);
  return null;
end $$`,
  'sign_in_begin(bytea, bytea, bytea, integer[], interval, timestamptz)': `
create function sign_in_begin(network bytea, account bytea, pair bytea, limits integer[], span interval, at timestamptz)
returns table (wait timestamptz, known boolean)
language plpgsql security definer set search_path = app, pg_temp as $$
begin
  known := exists (select 1 from sign_in_network n where n.account = sign_in_begin.account and n.network = sign_in_begin.network);
  wait := case when known then throttle_take(array[network, pair], array[limits[1], limits[3]], span, at)
    else throttle_take(array[network, account, pair], limits, span, at) end;
  return next;
end $$`,
  // The failure that was counted ahead is taken back; of the account from this network all are. known: the account was not counted over all networks.
  'sign_in_succeeded(bytea, bytea, bytea, boolean, timestamptz)': `
create function sign_in_succeeded(network bytea, account bytea, pair bytea, known boolean, at timestamptz) returns void
language plpgsql security definer set search_path = app, pg_temp as $$
begin
  update throttle t set count = greatest(t.count - 1, 0) where t.name = sign_in_succeeded.network;
  update throttle t set count = greatest(t.count - 1, 0) where t.name = sign_in_succeeded.account and not sign_in_succeeded.known;
  delete from throttle t where t.name = sign_in_succeeded.pair;
  perform sign_in_remember(sign_in_succeeded.network, sign_in_succeeded.account, sign_in_succeeded.at);
end $$`,
  // The five that were used last.
  'sign_in_remember(bytea, bytea, timestamptz)': `
create function sign_in_remember(network bytea, account bytea, at timestamptz) returns void
language sql security definer set search_path = app, pg_temp as $$
  insert into sign_in_network as n (network, account, seen_at) values (network, account, at)
  on conflict on constraint sign_in_network_pkey do update set seen_at = excluded.seen_at;
  delete from sign_in_network n where n.account = sign_in_remember.account and n.network not in
    (select kept.network from sign_in_network kept where kept.account = sign_in_remember.account order by kept.seen_at desc limit 5);
$$`,
};
