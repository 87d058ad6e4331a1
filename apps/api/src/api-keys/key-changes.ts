/** What `PATCH /v1/api-keys/{id}` makes of a key: pure, and apart from the life of the key, which it cannot change. */
import { AppError } from '../platform/app-error';
import { changedRule, placeColumnsOf, placeRuleOf, toPlaceView } from '../restrictions';
import type { ChangeApiKey } from './api-keys.dto';
import type { KeyRow } from './api-keys.queries';
import { datesOf, keyState } from './key-state';

type Changes = Omit<ChangeApiKey, 'confirm'>;
const descriptions = new Set(['name', 'service', 'team', 'environment']);

/** A key that is over can still be named and put in order, for the log's sake; what it may do is past changing. */
export function requireUsable(key: KeyRow, changes: Changes, now: Date): void {
  const state = keyState(datesOf(key), now);
  if (state !== 'revoked' && state !== 'expired' && state !== 'rotatedOut') return;
  const beyond = Object.entries<unknown>(changes).some(([field, value]) => value !== undefined && !descriptions.has(field));
  if (!beyond) return;
  throw new AppError('illegal_transition', {
    detail: 'The key no longer works, so what it may do cannot change. Create a key that replaces it (replaces).',
  });
}

export function requireFuture(expiresAt: Date | null, now: Date): void {
  if (expiresAt === null || expiresAt > now) return;
  throw new AppError('invalid_field', {
    detail: 'expiresAt lies in the past. Choose a later time, or leave it out.',
    issues: [{ pointer: '/expiresAt', rule: 'future', expected: 'a time in the future' }],
  });
}

/** A member that is missing stays as it is, null takes it away. */
export function changedKey(key: KeyRow, changes: Changes): KeyRow {
  const { name, service, team, environment, scopes, expiresAt } = changes;
  return {
    ...key,
    name: name === undefined ? key.name : name.trim(),
    service: service === undefined ? key.service : service,
    team: team === undefined ? key.team : team,
    environment: environment === undefined ? key.environment : environment,
    scopes: scopes ?? key.scopes,
    expires_at: expiresAt === undefined ? key.expires_at : expiresAt === null ? null : new Date(expiresAt),
    ...placeColumnsOf(changedRule(placeRuleOf(key), changes)),
  };
}

/** All that a key may do, for the activity log. */
export const settingsOf = (key: KeyRow): Record<string, unknown> => ({
  name: key.name,
  service: key.service,
  team: key.team,
  environment: key.environment,
  scopes: key.scopes,
  expiresAt: key.expires_at?.toISOString() ?? null,
  ...toPlaceView(placeRuleOf(key)),
});

/** What differs, for the activity log; null: nothing. */
export function changesOf(before: KeyRow, after: KeyRow): { before: Record<string, unknown>; after: Record<string, unknown> } | null {
  const [old, now] = [settingsOf(before), settingsOf(after)];
  const differing = Object.keys(now).filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]));
  const only = (settings: Record<string, unknown>) => Object.fromEntries(differing.map((name) => [name, settings[name]]));
  return differing.length === 0 ? null : { before: only(old), after: only(now) };
}
