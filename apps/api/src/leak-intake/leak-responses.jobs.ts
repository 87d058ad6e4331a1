/**
 * What is done about a key of ours that somebody found: by the policy of its organization, in one transaction with the incident, the mail and the
 * entry. Begun when the report is taken; whatever is left then (a process that was killed, a database that was away) the clock finds.
 */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import type { LeakAction } from '@pinebill/contract';
import { DataSource, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { KeyStops, lockKeys, RevokedKeys, type KeyStop, type RevokedKey } from '../api-keys';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { holdPurgeOff } from '../plan';
import { systemActor, type SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';
import { typeId, typeIdOrNull } from '../platform/ids';
import { isDatabaseAway } from '../platform/problem';
import { actionsOf, isNews, type Leak } from './leak-actions';
import { LeakIncidents, type AboutIncident } from './leak-incidents.service';
import { leakMail, placeText } from './leak-mail';
import { leakPolicyOf, lockWaiting, markHandled, markOld, putOff, waitingReports, type Report } from './leak-reports.queries';

/** The name of the clock: specs stop it. */
export const LEAKS_LOOK = 'leaks.responses';
const LOOK_MS = 2_000;
const AGAIN_MS = 30_000;
const STOP_MS = 2_000;

@Injectable()
export class LeakResponses implements OnModuleDestroy {
  private readonly logger = new Logger('Leaks');
  private working: Promise<void> | null = null;
  private begun = 0;
  private readonly stop = new AbortController();

  // Eight: this is where a report, a key, an incident, a mail and an entry come together.
  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly stops: KeyStops,
    private readonly revokedKeys: RevokedKeys,
    private readonly incidents: LeakIncidents,
    private readonly activity: Activity,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
  ) {}

  async onModuleDestroy(): Promise<void> {
    this.stop.abort();
    await withDeadline(this.working ?? Promise.resolve(), STOP_MS).catch(() => undefined);
  }

  /** Something was reported. Nobody waits for it. */
  begin(): void {
    this.begun += 1;
    void this.look();
  }

  /** Works off what waits. Tests call it; nobody has to: the reports themselves do, and the clock. */
  @Interval(LEAKS_LOOK, LOOK_MS)
  async look(): Promise<void> {
    if (this.stop.signal.aborted) return;
    this.working ??= this.workOff()
      .catch((error: unknown) => {
        if (!isDatabaseAway(error))
          this.logger.error('Leaked keys cannot be dealt with', error instanceof Error ? error.stack : String(error));
      })
      .finally(() => (this.working = null));
    await this.working;
  }

  /** Until nothing is left. What comes meanwhile is looked for once more: whoever brought it found this at work. */
  private async workOff(): Promise<void> {
    for (let [looks, handled] = [this.begun - 1, 0]; (handled > 0 || looks !== this.begun) && !this.stop.signal.aborted;) {
      [looks, handled] = [this.begun, 0];
      const waiting = await waitingReports(this.db, this.clock.now());
      for (const organizationId of new Set(waiting.map((report) => report.organizationId))) {
        const ids = waiting.filter((report) => report.organizationId === organizationId).map(({ id }) => id);
        handled += await this.respond(organizationId, ids);
      }
    }
  }

  /** Of those that fail together each is tried by itself: one that cannot be dealt with keeps no other waiting. */
  private async respond(organizationId: string, ids: readonly string[]): Promise<number> {
    try {
      return await this.respondTogether(organizationId, ids);
    } catch (error) {
      const [id] = ids;
      if (id === undefined || isDatabaseAway(error)) throw error;
      if (ids.length === 1) return await this.putOff({ organizationId, id }, error);
      let handled = 0;
      for (const one of ids) handled += await this.respond(organizationId, [one]);
      return handled;
    }
  }

  private async putOff(report: Report, error: unknown): Promise<number> {
    this.logger.error('A leaked key could not be dealt with; it is tried again', error instanceof Error ? error.stack : String(error));
    await this.tenant.run(report, (tx) => putOff(tx, report, new Date(this.clock.now().getTime() + AGAIN_MS)));
    return 0;
  }

  /** Keys that are found together are one incident, and one mail. As many statements for many as for one. */
  private async respondTogether(organizationId: string, ids: readonly string[]): Promise<number> {
    const actor = systemActor('leak intake', organizationId);
    const done = await this.tenant.run(actor, async (tx) => {
      const now = this.clock.now();
      const reports = await lockWaiting(tx, organizationId, ids);
      // Before the keys: opening an incident takes it, and whoever contains one has it while they wait for them. Not where another process has the reports.
      if (reports.length > 0) await holdPurgeOff(tx, organizationId);
      const policy = await leakPolicyOf(tx, organizationId);
      const keyIds = [...new Set(reports.map((report) => report.api_key_id))];
      const all = actionsOf(reports, await lockKeys(tx, organizationId, keyIds), { policy, now });
      const known = await this.incidents.known(tx, actor, keyIds);
      const leaks = all.filter((leak) => isNews(leak, { isOpen: known.get(leak.key.id)?.is_open === true, now }));
      const old = all.filter((leak) => !leaks.includes(leak)).map(({ report }) => report.id);
      await markOld(tx, actor, old);
      // First the incident: what is done about the keys is a part of its story.
      const incidents = await this.incidents.about(tx, actor, { leaks, known });
      const revoked = await this.contain(tx, actor, leaks);
      await this.record(
        tx,
        actor,
        leaks.map((leak) => ({ ...leak, incident: incidents.get(leak.key.id) ?? null })),
      );
      return { revoked, handled: reports.length };
    });
    // Nobody waits for the other processes to say that they know: a repetition of the revocation tells.
    void this.revokedKeys.awaited(actor, done.revoked).catch(() => undefined);
    return done.handled;
  }

  private async contain(tx: EntityManager, actor: SystemActor, leaks: readonly Leak[]): Promise<RevokedKey[]> {
    const of = (which: LeakAction): KeyStop[] =>
      leaks.flatMap(({ report, key, action }) =>
        action === which ? [{ uuid: key.id, reason: `Leaked: found ${placeText(report)}` }] : [],
      );
    const revoked = await this.stops.revokeWithin(tx, actor, of('revoked'));
    await this.stops.quarantineWithin(tx, actor, of('quarantined'));
    return [...revoked].map(([keyId, revokedAt]) => ({ keyId, revokedAt }));
  }

  /** The reports themselves, the incidents' timelines, the entries, and the mail. */
  private async record(tx: EntityManager, actor: SystemActor, leaks: readonly Told[]): Promise<void> {
    const [first] = leaks;
    if (!first) return;
    const done = leaks.map(({ report, action, incident }) => ({ id: report.id, action, incidentId: incident?.id ?? null }));
    await markHandled(tx, { organizationId: actor.organizationId, at: this.clock.now(), policy: first.policy }, done);
    await this.incidents.tell(tx, actor, leaks);
    const entries = leaks.map(({ report: { url, source, token_type: type }, key, policy, action, incident }) => ({
      ...{ action: 'api_key.leak_reported', target: { type: 'apiKey' as const, id: key.id, name: key.name } },
      after: { url, source, type, policy, action, incidentId: typeIdOrNull('inc', incident?.id ?? null) },
    }));
    await this.activity.recordAll(tx, actor, entries);
    await this.mail(tx, actor, leaks);
  }

  /** One for each incident. Of a key that was dead already nobody is woken. */
  private async mail(tx: EntityManager, { organizationId }: SystemActor, told: readonly Told[]): Promise<void> {
    for (const incidentId of new Set(
      told.flatMap(({ incident, action }) => (incident && action !== 'alreadyRevoked' ? [incident.id] : [])),
    )) {
      const leaks = told.filter(({ incident, action }) => incident?.id === incidentId && action !== 'alreadyRevoked');
      const link = `${this.outbox.origin}/#/incidents/${typeId('inc', incidentId)}/contain`;
      await this.outbox.queue(tx, {
        ...{ organizationId, to: await adminsOf(tx, organizationId), requires: 'incidents:write' },
        // What is said again and acted on again is another mail.
        ...{ dedupeKey: `leak:${leaks[0]?.report.id ?? incidentId}:${leaks[0]?.report.times ?? 1}`, ...leakMail(leaks, link) },
      });
    }
  }
}

type Told = Leak & { incident: AboutIncident | null };

async function adminsOf(tx: EntityManager, organizationId: string): Promise<{ userId: string }[]> {
  return tx.query<{ userId: string }[]>(
    `select user_id as "userId" from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
    [organizationId],
  );
}
