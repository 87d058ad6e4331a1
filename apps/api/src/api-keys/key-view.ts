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
    createdAt: row.created_at.toISOString(),
    createdBy: { id: typeIdOrNull('usr', row.created_by), name: row.created_by_name },
    lastUsedAt: iso(row.used_at),
    lastUsedIp: row.used_ip,
    lastUsedUserAgent: row.used_user_agent,
    revokedAt: iso(row.revoked_at),
    revokeReason: row.revoke_reason,
    replaces: typeIdOrNull('key', row.replaces),
  };
}
