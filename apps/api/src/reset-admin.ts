/** `npm run reset-admin`: a locked-out admin gets back in. Whoever can run it owns the data anyway; the activity says that it was done. */
import { hash } from '@node-rs/argon2';
import { Client } from 'pg';
import type { Config } from './config';
import { generatePassword } from './database/first-run';
import { newId } from './platform/ids';
import { StartError } from './platform/start-error';
import { openDatabase } from './product';
import type { Running } from './running';

type Account = { user_id: string; organization_id: string; email: string; name: string };

/** The named person, or who has been an admin of the home organization for longest. */
const findAccount = `
  select u.id as user_id, m.organization_id, u.email, u.name
  from membership m join organization o on o.id = m.organization_id and o.is_home join app_user u on u.id = m.user_id
  where case when $1::text is null then m.role = 'admin' else lower(u.email) = lower($1) end
  order by m.suspended_at is not null, m.created_at limit 1`;

export async function resetAdmin(
  config: Config,
  running: Running,
  log: (message: string) => void,
  email: string | null = null,
): Promise<string> {
  const { config: opened } = await openDatabase(config, running, log);
  const client = new Client({ connectionString: opened.database.ownerUrl, options: '-c role=pinebill_maintenance -c search_path=app' });
  await client.connect();
  try {
    const [account] = (await client.query<Account>(findAccount, [email])).rows;
    if (!account) throw new StartError('There is no such account. The e-mail address must be that of a member of the home organization.');
    const password = generatePassword();
    await reset(client, account, await hash(password));
    return [
      '',
      `  Sign in as: ${account.email}`,
      `  Password:   ${password}   (shown this once; you choose your own at the sign-in)`,
      '',
    ].join('\n');
  } finally {
    await client.end();
  }
}

async function reset(client: Client, account: Account, passwordHash: string): Promise<void> {
  const { user_id: userId, organization_id: organizationId, name } = account;
  await client.query('begin');
  await client.query('update app_user set password_hash = $2, must_change_password = true where id = $1', [userId, passwordHash]);
  await client.query(`update membership set role = 'admin', suspended_at = null where organization_id = $1 and user_id = $2`, [
    organizationId,
    userId,
  ]);
  // Who has lost the app and the recovery codes has only this way in.
  await client.query('delete from recovery_code where user_id = $1', [userId]);
  await client.query('delete from second_factor where user_id = $1', [userId]);
  // Whoever asked for one before, or was handed one, would take the account back.
  await client.query('update password_reset set used_at = now() where user_id = $1 and used_at is null', [userId]);
  await client.query('update user_session set ended_at = now() where user_id = $1 and ended_at is null', [userId]);
  await client.query(
    `insert into activity (organization_id, id, occurred_at, actor_type, actor_name, action, target_type, target_id, target_name)
     values ($1, $2, now(), 'system', 'reset-admin', 'password.reset', 'user', $3, $4)`,
    [organizationId, newId(), userId, name],
  );
  await client.query('commit');
}
