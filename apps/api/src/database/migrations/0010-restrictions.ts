/**
 * From where keys may call: denied countries and the choice about unknown ones for a key, and the same rule for the whole organization. The
 * organization's rule stands in its own row, behind the wall of that row, and comes to the door in the one look-up it makes anyway.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const columns = `
alter table api_key
  add column denied_countries text[],
  add column unknown_country text constraint api_key_unknown_country check (unknown_country in ('allow', 'refuse'));
-- Until now an address of unknown country was in none of the allowed ones.
update api_key set unknown_country = 'refuse' where allowed_countries is not null;

alter table organization
  add column allowed_cidrs cidr[],
  add column allowed_countries text[],
  add column denied_countries text[],
  add column unknown_country text constraint organization_unknown_country check (unknown_country in ('allow', 'refuse'));
`;

const parameters = `id uuid, organization_id uuid, name text, last4 char(4), scopes text[], service text, team text, environment text,
  allowed_cidrs text[], allowed_countries text[], expires_at timestamptz, disabled_at timestamptz, quarantined_at timestamptz,
  rotated_out_at timestamptz, revoked_at timestamptz, per_key_per_minute integer, per_organization_per_minute integer, plan text`;
const selected = `k.id, k.organization_id, k.name, k.last4, k.scopes, k.service, k.team, k.environment, k.allowed_cidrs::text[], k.allowed_countries,
    k.expires_at, k.disabled_at, k.quarantined_at, k.rotated_out_at, k.revoked_at, o.per_key_per_minute, o.per_organization_per_minute, o.plan`;

// A function's columns cannot be changed in place. The new ones come last: a process of the version before reads the ones it knows.
const keyByHash = (added: { parameters: string; selected: string } = { parameters: '', selected: '' }): string => `
drop function key_by_hash(bytea);
create function key_by_hash(hash bytea)
returns table (${parameters}${added.parameters})
language sql stable security definer set search_path = app, pg_temp as $$
  select ${selected}${added.selected}
  from api_key k join organization o on o.id = k.organization_id where k.secret_hash = hash
$$;
revoke all on function key_by_hash(bytea) from public;
grant execute on function key_by_hash(bytea) to pinebill_app;
`;

export class Restrictions1700000000010 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(columns);
    await db.query(
      keyByHash({
        parameters: `, denied_countries text[], unknown_country text, organization_allowed_cidrs text[], organization_allowed_countries text[],
  organization_denied_countries text[], organization_unknown_country text`,
        selected: `, k.denied_countries, k.unknown_country, o.allowed_cidrs::text[], o.allowed_countries, o.denied_countries, o.unknown_country`,
      }),
    );
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(keyByHash());
    await db.query(`alter table organization drop column allowed_cidrs, drop column allowed_countries, drop column denied_countries,
      drop column unknown_country`);
    await db.query('alter table api_key drop column denied_countries, drop column unknown_country');
  }
}
