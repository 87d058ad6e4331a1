/** Several keys at once: what would break, or all of them in one transaction. One id that is not there, and nothing happens. */
import { Injectable } from '@nestjs/common';
import { maskedKey } from '@pinebill/contract';
import { datesOf, keyPolicy, keyState, KeyStops, KeyUse, livingKeys, RevokedKeys, ShippedLog, type UsedKeyRow } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { requireId, typeId } from '../platform/ids';
import { familyOf, networkOf } from './caller-group';
import type { BulkRevocation, BulkRevokedKey, CallerView, RevokeApiKeys } from './hygiene.dto';
import { recentCallers, type RecentCaller } from './use.queries';

const DAY_MS = 86_400_000;
const MOST_CALLERS = 20;

@Injectable()
export class BulkRevocationService {
  constructor(
    private readonly tenant: Tenant,
    private readonly stops: KeyStops,
    private readonly revokedKeys: RevokedKeys,
    private readonly clock: Clock,
    private readonly use: KeyUse,
    private readonly log: ShippedLog,
  ) {}

  revoke(actor: Actor, { ids, reason = '', dryRun = false }: RevokeApiKeys): Promise<BulkRevocation> {
    const uuids = ids.map((id) => requireId('key', id));
    return dryRun ? this.preview(actor, uuids) : this.revokeAll(actor, uuids, reason);
  }

  private async preview(actor: Actor, uuids: readonly string[]): Promise<BulkRevocation> {
    await this.log.catchUp();
    await this.use.catchUp(actor.organizationId);
    const now = this.clock.now();
    const { organizationId } = actor;
    return this.tenant.run(actor, async (tx) => {
      const rows = inOrder(uuids, await livingKeys(tx, organizationId, uuids));
      const { expiringDays } = await keyPolicy(tx, organizationId);
      const from = new Date(now.getTime() - DAY_MS);
      const uses = await recentCallers(tx, { organizationId, ids: uuids, from, to: new Date(now.getTime() + DAY_MS) });
      return {
        dryRun: true,
        keys: rows.map((row) => {
          const callers = callersOf(uses.filter(({ key_id }) => key_id === row.id));
          const state = keyState(datesOf(row), now, expiringDays);
          return { ...toView(row, state), callers: callers.slice(0, MOST_CALLERS), callerCount: callers.length, revocation: null };
        }),
      };
    });
  }

  private async revokeAll(actor: Actor, uuids: readonly string[], reason: string): Promise<BulkRevocation> {
    const revoked = await this.tenant.run(actor, async (tx) => {
      const rows = inOrder(uuids, await livingKeys(tx, actor.organizationId, uuids));
      const times = await this.stops.revokeWithin(
        tx,
        actor,
        uuids.map((uuid) => ({ uuid, reason })),
      );
      return rows.map((row) => ({ row, revokedAt: times.get(row.id) ?? this.clock.now() }));
    });
    const revocations = await this.revokedKeys.allSettled(
      actor,
      revoked.map(({ row, revokedAt }) => ({ keyId: row.id, revokedAt })),
    );
    const keys = revoked.map(({ row }, at): BulkRevokedKey => ({
      ...toView(row, 'revoked'),
      callers: [],
      callerCount: 0,
      revocation: revocations[at] ?? null,
    }));
    return { dryRun: false, keys };
  }
}

function inOrder(uuids: readonly string[], rows: readonly UsedKeyRow[]): UsedKeyRow[] {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return uuids.map((uuid) => byId.get(uuid) ?? missing());
}

function missing(): never {
  throw new AppError('resource_not_found', {
    detail: 'One of the ids is no API key of the organization, so nothing was done. Check the ids.',
  });
}

const toView = (row: UsedKeyRow, state: BulkRevokedKey['state']) => ({
  id: typeId('key', row.id),
  name: row.name,
  masked: maskedKey(row.last4),
  state,
  lastUsedAt: row.used_at?.toISOString() ?? null,
});

/** By network and program, the busiest first. */
function callersOf(uses: readonly RecentCaller[]): CallerView[] {
  const callers = new Map<string, CallerView>();
  for (const { user_agent, ip, requests, last_at } of uses) {
    const [network, program] = [networkOf(ip), familyOf(user_agent) || null];
    const key = JSON.stringify([network, program]);
    const lastAt = last_at.toISOString();
    const known = callers.get(key);
    const latest = known && known.lastAt > lastAt ? known.lastAt : lastAt;
    callers.set(key, { network, program, requests: (known?.requests ?? 0) + requests, lastAt: latest });
  }
  return [...callers.values()].sort((a, b) => b.requests - a.requests);
}
