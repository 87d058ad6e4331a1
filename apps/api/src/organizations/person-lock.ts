/**
 * What proves a person (password, second factor) changes one step at a time. Whoever lets somebody in takes this lock first and asks again what the
 * proof rests on: a change that ends every session then either ends this one too, or has come before it.
 */
import type { EntityManager } from 'typeorm';

/** The hash of the password as it is now; null: no person of the organization. */
export async function lockPerson(tx: EntityManager, userId: string): Promise<string | null> {
  // Not `for update`: sessions and links refer to this row, and their inserts need not wait.
  const [row] = await tx.query<{ password_hash: string }[]>('select password_hash from app_user where id = $1 for no key update', [userId]);
  return row?.password_hash ?? null;
}
