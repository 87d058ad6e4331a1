/** What leaves of a key. A new column is private until someone writes it here. */
import { maskedKey, type Scope } from '@pinebill/contract';
import { typeId, typeIdOrNull } from '../platform/ids';
import { placeRuleOf, toPlaceView } from '../restrictions';
import type { KeyView } from './api-keys.dto';
import type { UsedKeyRow } from './api-keys.queries';
import type { KeyPolicy } from './key-policy';
import { datesOf, idle, keyState, rotationDue } from './key-state';

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export function toView(row: UsedKeyRow, now: Date, policy: KeyPolicy): KeyView {
  const state = keyState(datesOf(row), now, policy.expiringDays);
  return {
    id: typeId('key', row.id),
    name: row.name,
    masked: maskedKey(row.last4),
    scopes: row.scopes as Scope[],
    state,
    rotationDue: rotationDue(state, row.created_at, { now, ...policy }),
    idle: idle(state, row.used_at ?? row.created_at, { now, ...policy }),
    service: row.service,
    team: row.team,
    environment: row.environment,
    ...toPlaceView(placeRuleOf(row)),
    expiresAt: iso(row.expires_at),
    rotatedOutAt: iso(row.rotated_out_at),
    rotatedBy: row.rotated_by_name === null ? null : { id: typeIdOrNull('usr', row.rotated_by), name: row.rotated_by_name },
    disabledAt: iso(row.disabled_at),
    quarantinedAt: iso(row.quarantined_at),
    createdAt: row.created_at.toISOString(),
    createdBy: { id: typeIdOrNull('usr', row.created_by), name: row.created_by_name },
    lastUsedAt: iso(row.used_at),
    lastUsedIp: row.used_ip,
    lastUsedUserAgent: row.used_user_agent,
    lastRefusedAt: iso(row.refused_at),
    refusedRequests: Number(row.refused),
    lateUse: lateUseOf(row, now),
    revokedAt: iso(row.revoked_at),
    revokeReason: row.revoke_reason,
    replaces: typeIdOrNull('key', row.replaces),
    replacedBy: typeIdOrNull('key', row.replaced_by),
  };
}

/** When the key ended for good, if it has; being switched off is no end. */
export function endOf(
  { rotated_out_at, expires_at, revoked_at }: Pick<UsedKeyRow, 'rotated_out_at' | 'expires_at' | 'revoked_at'>,
  now: Date,
): Date | null {
  const reached = [rotated_out_at, expires_at, revoked_at].filter((at) => at !== null && at <= now) as Date[]; // nulls are filtered out
  return reached.length === 0 ? null : new Date(Math.min(...reached.map((at) => at.getTime())));
}

/** Somebody still tries with a key that has ended. */
function lateUseOf(row: UsedKeyRow, now: Date): KeyView['lateUse'] {
  const end = endOf(row, now);
  if (end === null || row.dead_at === null || row.dead_at < end) return null;
  return { lastAt: row.dead_at.toISOString(), requests: Number(row.dead) };
}
