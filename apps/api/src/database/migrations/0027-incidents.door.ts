/** What the door looks up of a key, with the networks that its organization refuses, and without: a function's columns cannot be changed in place. */

const parameters = `id uuid, organization_id uuid, name text, last4 char(4), scopes text[], service text, team text, environment text,
  allowed_cidrs text[], allowed_countries text[], expires_at timestamptz, disabled_at timestamptz, quarantined_at timestamptz,
  rotated_out_at timestamptz, revoked_at timestamptz, per_key_per_minute integer, per_organization_per_minute integer, plan text,
  denied_countries text[], unknown_country text, organization_allowed_cidrs text[], organization_allowed_countries text[],
  organization_denied_countries text[], organization_unknown_country text`;
const selected = `k.id, k.organization_id, k.name, k.last4, k.scopes, k.service, k.team, k.environment, k.allowed_cidrs::text[], k.allowed_countries,
    k.expires_at, k.disabled_at, k.quarantined_at, k.rotated_out_at, k.revoked_at, o.per_key_per_minute, o.per_organization_per_minute, o.plan,
    k.denied_countries, k.unknown_country, o.allowed_cidrs::text[], o.allowed_countries, o.denied_countries, o.unknown_country`;

// The new one comes last: a process of the version before reads the ones it knows.
export const keyByHash = ({ deniedNetworks }: { deniedNetworks: boolean }): string => `
drop function key_by_hash(bytea);
create function key_by_hash(hash bytea)
returns table (${parameters}${deniedNetworks ? ', organization_denied_cidrs text[]' : ''})
language sql stable security definer set search_path = app, pg_temp as $$
  select ${selected}${deniedNetworks ? ', o.denied_cidrs::text[]' : ''}
  from api_key k join organization o on o.id = k.organization_id where k.secret_hash = hash
$$;
revoke all on function key_by_hash(bytea) from public;
grant execute on function key_by_hash(bytea) to pinebill_app;
`;
