/**
 * The fire drill: a key that is made for it, an attack with that key through our own server, and an incident with the traces as evidence. Everything is real but
 * the danger, so what is rehearsed is what will be done. An organization has one at a time.
 */
import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import type { EntityManager } from 'typeorm';
import { ApiKeysService, ShippedLog, type MintedKey } from '../../api-keys';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { parseId, typeId } from '../../platform/ids';
import { ownAddress } from '../../platform/own-address';
import type { IncidentView } from '../incident-view.dto';
import { IncidentViews } from '../incident-views.service';
import { Incidents } from '../incidents.service';
import { DrillKeys } from './drill-keys.service';
import { drillCalls, playDrill, serviceCalls, type DrillAnswer } from './drill-traffic';

/** Each waits up to half a second. */
const MOST_LOOKS = 10;

@Injectable()
export class Drills {
  constructor(
    private readonly tenant: Tenant,
    private readonly keys: ApiKeysService,
    private readonly drillKeys: DrillKeys,
    private readonly log: ShippedLog,
    private readonly incidents: Incidents,
    private readonly views: IncidentViews,
    private readonly clock: Clock,
    private readonly http: HttpAdapterHost,
  ) {}

  async start(actor: Actor): Promise<IncidentView> {
    const now = this.clock.now();
    // A key that nobody sees yet would be refused, so all of this is over before the incident opens.
    const { key, answers } = await this.tenant.apart(() => this.attack(actor, now));
    const opened = await this.open(actor, { key, answers, since: now }).catch(async (error: unknown) => {
      // The key has no incident that would end it: somebody else's drill was faster, or the database is gone, and then it ends by itself.
      await this.tenant.apart(() => this.keys.revoke(actor, key.id, { reason: 'The drill did not begin.' })).catch(() => null);
      throw error;
    });
    return this.views.get(actor, opened);
  }

  private async attack(actor: Actor, now: Date): Promise<{ key: MintedKey; answers: DrillAnswer[] }> {
    await this.tenant.run(actor, (tx) => requireNoneOpen(tx, actor));
    const key = await this.keys.mint(actor, {
      name: `Fire drill ${now.toISOString().slice(0, 19).replace('T', ' ')}`,
      scopes: ['invoices:read', 'customers:read'],
      expiresAt: this.drillKeys.endOfNew(),
    });
    return { key, answers: await playDrill(this.address(), { secret: key.secret ?? '', calls: drillCalls() }) };
  }

  /** The service of the drill takes the new key, as one that reads its secrets anew would. Never fails: it is only told by the log. */
  async moveService(secret: string): Promise<void> {
    await playDrill(this.address(), { secret, calls: serviceCalls() }).catch(() => []);
  }

  private address(): string {
    return ownAddress(this.http.httpAdapter.getHttpServer() as Server);
  }

  private async open(
    actor: Actor,
    { key, answers, since }: { key: MintedKey; answers: readonly DrillAnswer[]; since: Date },
  ): Promise<string> {
    const uuid = parseId('key', key.id) ?? '';
    const traces = answers.filter(({ role }) => role === 'intruder').map(({ recordId }) => recordId);
    const logIds = await this.inTheLog(actor, traces, since);
    return this.tenant.run(actor, async (tx) => {
      await requireNoneOpen(tx, actor);
      const { id } = await this.incidents.openWithin(tx, actor, {
        ...{ apiKeyIds: [uuid], logIds, drill: true, from: { kind: 'drill', references: [uuid] } },
        note: 'This is a drill. The key was made for it and every request with it was made by PineBill itself. Do what you would do if it were real.',
      });
      return id;
    });
  }

  /** Those that have arrived, after a moment: they come by way of the journal, as all do. */
  private async inTheLog(actor: Actor, ids: readonly string[], since: Date): Promise<string[]> {
    for (let look = 1; ; look++) {
      await this.log.catchUp();
      const found = await this.tenant.run(actor, (tx) => recordsOf(tx, actor, { ids, since }));
      if (found.length === ids.length || look === MOST_LOOKS) return found;
    }
  }
}

/** Whoever opens one waits here for whoever is opening another. */
async function requireNoneOpen(tx: EntityManager, { organizationId }: Actor): Promise<void> {
  await tx.query('select 1 from organization where id = $1 for no key update', [organizationId]);
  const [open] = await tx.query<{ id: string; number: number }[]>(
    `select id, number from incident where organization_id = $1 and drill and closed_at is null and opened_from ->> 'kind' = 'drill' limit 1`,
    [organizationId],
  );
  if (!open) return;
  throw new AppError('drill_open', {
    detail: `A drill is going on already, incident #${open.number}, so no other was begun. Close that one first.`,
    extensions: { incidentId: typeId('inc', open.id) },
  });
}

type Wanted = { ids: readonly string[]; since: Date };

async function recordsOf(tx: EntityManager, { organizationId }: Actor, { ids, since }: Wanted): Promise<string[]> {
  const rows = await tx.query<{ id: string }[]>(
    `select id from audit_log where organization_id = $1 and occurred_at >= $2 and occurred_at < $2::timestamptz + interval '1 hour' and id = any($3::uuid[])
     order by occurred_at, id`,
    [organizationId, since, ids],
  );
  return rows.map(({ id }) => id);
}
