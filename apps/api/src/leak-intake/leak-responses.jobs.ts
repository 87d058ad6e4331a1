/**
 * What is done about a key of ours that somebody found: by the policy of its organization, in one transaction with the incident, the mail and the
 * entry. Begun when the report is taken; whatever is left then (a process that was killed, a database that was away) the clock finds.
 */
import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { mayDo, type LeakAction, type LeakPolicy } from '@pinebill/contract';
import { DataSource, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { ApiKeysService, KeyLifeService, lifeOf, lockKey, type KeyRow } from '../api-keys';
import { Tenant } from '../database/tenant';
import { Outbox } from '../notifications';
import { systemActor, type SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { withDeadline } from '../platform/deadline';
import { typeId, typeIdOrNull } from '../platform/ids';
import { isDatabaseAway } from '../platform/problem';
import { LeakIncidents, type AboutIncident, type Leak } from './leak-incidents.service';
import { leakMail, placeText } from './leak-mail';
import { leakPolicyOf, lockWaiting, markHandled, putOff, waitingReports, type LeakReportRow, type Report } from './leak-reports.queries';

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
    private readonly keys: ApiKeysService,
    private readonly keyLife: KeyLifeService,
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

  /** Keys that are found together are one incident, and one mail. */
  private async respondTogether(organizationId: string, ids: readonly string[]): Promise<number> {
    const actor = systemActor('leak intake', organizationId);
    const done = await this.tenant.run(actor, async (tx) => {
      const reports = await lockWaiting(tx, organizationId, ids);
      const policy = await leakPolicyOf(tx, organizationId);
      const read = (report: LeakReportRow): Promise<Leak> => this.read(tx, actor, { report, policy });
      const leaks: Leak[] = [];
      for (const report of reports) leaks.push(await read(report));
      // First the incident: what is done about the keys is a part of its story.
      const incidents = await this.incidents.about(tx, actor, leaks);
      const revoked: Revoked[] = [];
      const told: Told[] = [];
      for (const { report } of leaks) {
        // Read once more: the same key may have been found at two places.
        const leak = await read(report);
        const revokedAt = await this.contain(tx, actor, leak);
        if (revokedAt) revoked.push({ keyId: leak.key.id, revokedAt });
        told.push({ ...leak, incident: incidents.get(leak.key.id) ?? null });
      }
      for (const leak of told) await this.record(tx, actor, leak);
      await this.mail(tx, actor, told);
      return { revoked, handled: reports.length };
    });
    // Nobody waits for the other processes to say that they know: a repetition of the revocation tells.
    for (const { keyId, revokedAt } of done.revoked) void this.keys.confirmRevoked(actor, keyId, revokedAt).catch(() => undefined);
    return done.handled;
  }

  private async read(
    tx: EntityManager,
    { organizationId }: SystemActor,
    { report, policy }: Pick<Leak, 'report' | 'policy'>,
  ): Promise<Leak> {
    const key = await lockKey(tx, organizationId, report.api_key_id);
    if (!key) throw new Error('the key of a leak report is gone');
    return { report, key, policy, action: actionFor(key, policy, this.clock.now()) };
  }

  private async contain(tx: EntityManager, actor: SystemActor, { report, key, action }: Leak): Promise<Date | null> {
    const change = { uuid: key.id, reason: `Leaked: found ${placeText(report)}` };
    if (action === 'revoked') return this.keys.revokeWithin(tx, actor, change);
    if (action === 'quarantined') await this.keyLife.quarantineWithin(tx, actor, change);
    return null;
  }

  /** The report itself, the incident's timeline, and the entry. */
  private async record(tx: EntityManager, actor: SystemActor, leak: Told): Promise<void> {
    const { report, key, policy, action, incident } = leak;
    const { url, source, token_type: type } = report;
    const done = { at: this.clock.now(), policy, action, incidentId: incident?.id ?? null };
    await markHandled(tx, { organizationId: actor.organizationId, id: report.id }, done);
    if (incident) await this.incidents.tell(tx, actor, incident, leak);
    await this.activity.record(tx, {
      ...{ actor, action: 'api_key.leak_reported', target: { type: 'apiKey', id: key.id, name: key.name } },
      after: { url, source, type, policy, action, incidentId: typeIdOrNull('inc', done.incidentId) },
    });
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
        ...{ dedupeKey: `leak:${leaks[0]?.report.id ?? incidentId}`, ...leakMail(leaks, link) },
      });
    }
  }
}

type Revoked = { keyId: string; revokedAt: Date };
type Told = Leak & { incident: AboutIncident | null };

/** A key that is refused altogether already needs no quarantine; that it is known to others is told all the same. */
function actionFor(key: KeyRow, policy: LeakPolicy, now: Date): LeakAction {
  const life = lifeOf(key, now);
  if (life.state === 'revoked') return 'alreadyRevoked';
  if (policy === 'revoke') return 'revoked';
  return policy === 'quarantine' && mayDo(life, 'quarantine') ? 'quarantined' : 'alerted';
}

async function adminsOf(tx: EntityManager, organizationId: string): Promise<{ userId: string }[]> {
  return tx.query<{ userId: string }[]>(
    `select user_id as "userId" from membership where organization_id = $1 and role = 'admin' and suspended_at is null`,
    [organizationId],
  );
}
