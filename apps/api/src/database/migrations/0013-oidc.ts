/**
 * Who a person is at an OpenID provider: issuer and subject, which never change, where an e-mail address may. Like the second factor it belongs
 * to the person, so its wall is that of app_user.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const mine = `exists (select 1 from membership m where m.user_id = identity_link.user_id
  and m.organization_id = nullif(current_setting('app.organization_id', true), '')::uuid)`;

export class Oidc1700000000013 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(`
      create table identity_link (
        issuer text not null,
        subject text not null,
        user_id uuid not null references app_user (id),
        created_at timestamptz not null,
        constraint identity_link_pkey primary key (issuer, subject),
        -- One person at the provider for one person here: a second one with the same e-mail address is somebody else.
        constraint identity_link_user unique (user_id, issuer)
      );
      alter table identity_link enable row level security;
      alter table identity_link force row level security;
      create policy tenant on identity_link to pinebill_app using (${mine}) with check (${mine});
      create policy maintenance on identity_link to pinebill_maintenance using (true) with check (true);
      grant select, insert, delete on identity_link to pinebill_app;

      -- The membership to use: that in the home organization, whose roles the provider maps, before others.
      create function user_by_identity(provider text, person text)
      returns table (id uuid, email text, name text, password_hash text, must_change_password boolean, organization_id uuid, role text,
        suspended_at timestamptz)
      language sql stable security definer set search_path = app, pg_temp as $$
        select u.id, u.email, u.name, u.password_hash, u.must_change_password, m.organization_id, m.role, m.suspended_at
        from identity_link l join app_user u on u.id = l.user_id left join membership m on m.user_id = u.id
        where l.issuer = provider and l.subject = person
        order by m.suspended_at is not null, m.organization_id is distinct from home_organization(), m.created_at
      $$;
      revoke all on function user_by_identity(text, text) from public;
      grant execute on function user_by_identity(text, text) to pinebill_app;`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop function user_by_identity(text, text); drop table identity_link;');
  }
}
