/** The first run: the home organization and its admin. Every later run finds them and changes nothing. */
import { randomInt } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import type { Client } from 'pg';
import { newId } from '../platform/ids';

export type FirstRun = { organization: string; adminEmail: string; /** Null: one is made. */ adminPassword: string | null };
/** `password` is the only copy of a generated one: print it once, outside the logger. */
export type FirstRunResult = { created: boolean; adminEmail: string | null; password: string | null };

// Without the letters and digits that are mistaken for another when read aloud or typed from a screen.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GROUPS = 4;
const GROUP_LENGTH = 5;

/** About 115 bits. */
export function generatePassword(): string {
  const group = () => Array.from({ length: GROUP_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return Array.from({ length: GROUPS }, group).join('-');
}

/** `client` works as pinebill_maintenance, under the lock of the set-up. */
export async function ensureFirstRun(client: Client, options: FirstRun): Promise<FirstRunResult> {
  const found = await client.query('select 1 from organization where is_home');
  if (found.rowCount !== 0) return { created: false, adminEmail: null, password: null };
  const generated = options.adminPassword === null ? generatePassword() : null;
  const passwordHash = await hash(options.adminPassword ?? generated ?? generatePassword());
  const [organizationId, userId, now] = [newId(), newId(), new Date()];
  await client.query('begin');
  await client.query('insert into organization (id, name, is_home, created_at) values ($1, $2, true, $3)', [
    organizationId,
    options.organization,
    now,
  ]);
  await client.query(
    'insert into app_user (id, email, name, password_hash, must_change_password, created_at) values ($1, $2, $3, $4, $5, $6)',
    [userId, options.adminEmail, 'Administrator', passwordHash, generated !== null, now],
  );
  await client.query(`insert into membership (id, organization_id, user_id, role, created_at) values ($1, $2, $3, 'admin', $4)`, [
    newId(),
    organizationId,
    userId,
    now,
  ]);
  await client.query('commit');
  return { created: true, adminEmail: options.adminEmail, password: generated };
}
