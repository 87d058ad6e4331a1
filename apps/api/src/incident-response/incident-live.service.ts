/** What is known at this moment of keys that were stopped: from when on nobody accepts them, the last request that got in, and who still tries. */
import { Injectable } from '@nestjs/common';
import { readStats, type RecordFilter } from '@pinebill/nestjs-audit';
import { ApiKeysService, ShippedLog, type UsedKeyRow } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { retentionOf } from '../plan';
import { typeId } from '../platform/ids';
import { stoppedAt } from './incident-facts';
import type { IncidentKeyLive, RefusedUse } from './incident-view.dto';

export const MOST_LIVE = 20;
/** Each takes two connections for a moment. */
const AT_ONCE = 3;
/** Looked through where somebody waits: some tens of milliseconds. */
const MOST_ROWS = 50_000;
const MINUTE_MS = 60_000;
/** What a key that was stopped is refused for. */
export const stoppedReasons = ['revoked_key', 'disabled_key', 'expired_key', 'rotated_out', 'quarantined_key'] as const;

@Injectable()
export class IncidentLive {
  constructor(
    private readonly tenant: Tenant,
    private readonly keys: ApiKeysService,
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
    const found = new Map<string, IncidentKeyLive>();
    for (let index = 0; index < Math.min(stopped.length, MOST_LIVE); index += AT_ONCE) {
      const some = stopped.slice(index, Math.min(index + AT_ONCE, MOST_LIVE));
      const live = await Promise.all(some.map(({ key, since }) => this.one(actor, key, since)));
      some.forEach(({ key }, at) => found.set(key.id, live[at] as IncidentKeyLive)); // as many as were asked for
    }
    return found;
  }

  private async one(actor: Actor, key: UsedKeyRow, since: Date): Promise<IncidentKeyLive> {
    const settled = key.revoked_at === null ? null : await this.keys.confirmRevoked(actor, key.id, key.revoked_at);
    if (!settled) await this.log.catchUp();
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
