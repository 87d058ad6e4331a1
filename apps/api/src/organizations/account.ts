/** An account is a person, whatever organizations they belong to: looked up by e-mail before any organization is known. */
import type { Role } from '@pinebill/contract';
import type { DataSource } from 'typeorm';

/** With the membership to use: not suspended before suspended, then the oldest. Without one, the last three are null. */
export type Account = {
  id: string;
  email: string;
  name: string;
  password_hash: string;
  must_change_password: boolean;
  organization_id: string | null;
  role: Role | null;
  suspended_at: Date | null;
};

export async function accountByEmail(db: Pick<DataSource, 'query'>, email: string): Promise<Account | null> {
  const rows = await db.query<Account[]>('select * from user_by_email($1)', [email]);
  return rows[0] ?? null;
}
