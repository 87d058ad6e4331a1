/** How long one record stays: until when it is shown, from when on it may be purged, and what holds it. */
import { Injectable } from '@nestjs/common';
import { AuditLogsService } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { requireId, typeId } from '../platform/ids';
import { retentionOf } from '../plan';
import { heldBy } from './held.queries';
import type { RecordRetention } from './retention.dto';

const DAY_MS = 86_400_000;
const prefixes = { legal: 'hld', incident: 'inc' } as const;

@Injectable()
export class RecordRetentionService {
  constructor(
    private readonly tenant: Tenant,
    private readonly logs: AuditLogsService,
    private readonly clock: Clock,
  ) {}

  get(actor: Actor, id: string): Promise<RecordRetention> {
    const uuid = requireId('log', id);
    const { organizationId } = actor;
    return this.tenant.run(actor, async (tx) => {
      const now = this.clock.now();
      const [found] = await this.logs.within(tx, actor, [uuid]);
      if (!found) throw new Error('a record that is shown is not there');
      const { plan, days, keptDays, graceEndsAt } = await retentionOf(tx, organizationId, now);
      const startedAt = Date.parse(found.stored.startedAt);
      const holds = await heldBy(tx, organizationId, found.stored, now);
      const after = (kept: number): number => startedAt + kept * DAY_MS;
      // In the grace: when it is over, or when the longer retention is, whichever comes first.
      const purgedFrom = Math.max(after(days), Math.min(after(keptDays), graceEndsAt?.getTime() ?? Infinity));
      return {
        ...{ id, plan, retentionDays: days, expiresAt: found.shown.expiresAt },
        purgedFrom: holds.length > 0 ? null : new Date(purgedFrom).toISOString(),
        // Why somebody holds something, and what an incident is about, is for people: a program with a key may read the log, and neither of these.
        heldBy: holds.map(({ kind, id: by, name }) => ({
          kind,
          id: typeId(prefixes[kind], by),
          name: actor.type === 'user' ? name : null,
        })),
      };
    });
  }
}
