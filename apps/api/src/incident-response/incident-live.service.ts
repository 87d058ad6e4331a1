/** What is known at this moment of keys that were stopped: from when on nobody accepts them, the last request that got in, and who still tries. */
import { Injectable } from '@nestjs/common';
import { readStats, type RecordFilter } from '@pinebill/nestjs-audit';
import { RevokedKeys, ShippedLog, type Revocation, type UsedKeyRow } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { retentionOf } from '../plan';
import { typeId } from '../platform/ids';
import { stoppedAt } from './incident-facts';
import type { IncidentKeyLive, RefusedUse } from './incident-view.dto';

export const MOST_LIVE = 20;
/** Each takes a connection for a moment. */
const AT_ONCE = 3;
/** Looked through where somebody waits: some tens of milliseconds. */
const MOST_ROWS = 50_000;
const MINUTE_MS = 60_000;
/** What a key that was stopped is refused for. */
export const stoppedReasons = ['revoked_key', 'disabled_key', 'expired_key', 'rotated_out', 'quarantined_key'] as const;

type StoppedKey = { key: UsedKeyRow; since: Date };

@Injectable()
export class IncidentLive {
  constructor(
    private readonly tenant: Tenant,
    private readonly revokedKeys: RevokedKeys,
    private readonly log: ShippedLog,
    private readonly clock: Clock,
  ) {}

  /** By uuid. */
  async of(actor: Actor, keys: readonly UsedKeyRow[]): Promise<ReadonlyMap<string, IncidentKeyLive>> {
    const now = this.clock.now();
    const stopped = keys.flatMap((key) => {
      const since = stoppedAt(key, now);
      return since === null ? [] : [{ key, since }];
    });
    const shown = stopped.slice(0, MOST_LIVE);
    const settled = await this.settled(actor, shown);
    if (shown.length > settled.size) await this.log.catchUp();
    const found = new Map<string, IncidentKeyLive>();
    for (let index = 0; index < shown.length; index += AT_ONCE) {
      const some = shown.slice(index, index + AT_ONCE);
      const live = await Promise.all(some.map((one) => this.one(actor, one, settled.get(one.key.id) ?? null)));
      some.forEach(({ key }, at) => found.set(key.id, live[at] as IncidentKeyLive)); // as many as were asked for
    }
    return found;
  }

  /** Of those that are revoked, by uuid. */
  private async settled(actor: Actor, stopped: readonly StoppedKey[]): Promise<ReadonlyMap<string, Revocation>> {
    const revoked = stopped.flatMap(({ key: { id, revoked_at: at } }) => (at === null ? [] : [{ keyId: id, revokedAt: at }]));
    if (revoked.length === 0) return new Map();
    const settled = await this.revokedKeys.allSettled(actor, revoked);
    return new Map(settled.map((one, at) => [revoked[at]?.keyId ?? '', one]));
  }

  private async one(actor: Actor, { key, since }: StoppedKey, settled: Revocation | null): Promise<IncidentKeyLive> {
    const refusedSince = await this.refused(actor, key.id, since);
    if (settled) {
      const { effectiveAt, lastAcceptedAt, asOf, processes } = settled;
      return { effectiveAt, lastAcceptedAt, asOf, processes, refusedSince };
    }
    return { effectiveAt: null, lastAcceptedAt: key.used_at?.toISOString() ?? null, asOf: null, processes: [], refusedSince };
  }

  private async refused(actor: Actor, keyId: string, since: Date): Promise<RefusedUse> {
    const { organizationId } = actor;
    const now = this.clock.now();
    const stats = await this.tenant.run(actor, async (tx) => {
      const { begins } = await retentionOf(tx, organizationId, now);
      return readStats(tx, {
        ...{ organizationId, filter: refusedWith(keyId), groupBy: null, from: since > begins ? since : begins },
        ...{ to: new Date(now.getTime() + MINUTE_MS), intervalMinutes: null, mostGroups: 1, mostLines: 1, mostRows: MOST_ROWS },
      });
    });
    return {
      requests: stats.lines.reduce((sum, { requests }) => sum + requests, 0),
      isExact: stats.exact,
      countedFrom: (stats.countedFrom > since ? stats.countedFrom : since).toISOString(),
      filter: { apiKeyId: typeId('key', keyId), reason: stoppedReasons.join(','), from: since.toISOString() },
    };
  }
}

const refusedWith = (keyId: string): RecordFilter => ({
  ...{ minDurationMs: null, maxDurationMs: null },
  conditions: [
    { field: 'apiKeyId', negated: false, anyOf: [{ kind: 'exact', value: keyId }] },
    { field: 'reason', negated: false, anyOf: stoppedReasons.map((value) => ({ kind: 'exact' as const, value })) },
  ],
});
