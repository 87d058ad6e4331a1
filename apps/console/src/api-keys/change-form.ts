/** From a key to the form that changes it, and from the form to the body of `PATCH /v1/api-keys/{id}`: what differs, and nothing else. */
import type { Scope } from '@pinebill/contract';
import type { ApiKey } from '../api-types';
import { endOfDay, expiryOf } from './key-form';

export const KEEP = 'keep';

export type ChangeForm = {
  name: string;
  scopes: Scope[];
  service: string;
  team: string;
  environment: string;
  /** `keep`, or as in the form of a new key. */
  lifetime: string;
  lastDay: string;
};
type KeyChanges = Partial<Pick<ApiKey, 'name' | 'scopes' | 'service' | 'team' | 'environment' | 'expiresAt'>>;

export const changeFormOf = ({ name, scopes, service, team, environment }: ApiKey): ChangeForm => ({
  name,
  scopes,
  service: service ?? '',
  team: team ?? '',
  environment: environment ?? '',
  lifetime: KEEP,
  lastDay: '',
});

/** When the key would end; null: never, or not said yet. */
export function willEnd({ lifetime, lastDay }: ChangeForm, { expiresAt }: ApiKey, now: Date): Date | null {
  if (lifetime === KEEP) return expiresAt === null ? null : new Date(expiresAt);
  if (lifetime === 'date') return lastDay === '' ? null : endOfDay(lastDay);
  const end = expiryOf({ lifetime, lastDay }, now);
  return end === undefined ? null : new Date(end);
}

function isComplete(form: ChangeForm, key: ApiKey, now: Date): boolean {
  if (form.name.trim() === '' || form.scopes.length === 0) return false;
  if (form.lifetime !== 'date') return true;
  const end = willEnd(form, key, now);
  return end !== null && end > now;
}

const textOf = (at: Date | null): string | null => (at === null ? null : at.toISOString());
const sameScopes = (one: readonly Scope[], other: readonly Scope[]): boolean =>
  one.length === other.length && one.every((scope) => other.includes(scope));

/** Null: nothing to save, or not complete. */
export function changesOf(form: ChangeForm, key: ApiKey, now: Date): KeyChanges | null {
  if (!isComplete(form, key, now)) return null;
  const changes: KeyChanges = {};
  if (form.name.trim() !== key.name) changes.name = form.name.trim();
  if (!sameScopes(form.scopes, key.scopes)) changes.scopes = form.scopes;
  for (const field of ['service', 'team', 'environment'] as const) {
    const value = form[field].trim() || null;
    if (value !== key[field]) changes[field] = value;
  }
  if (form.lifetime !== KEEP) changes.expiresAt = textOf(willEnd(form, key, now));
  return Object.keys(changes).length > 0 ? changes : null;
}
