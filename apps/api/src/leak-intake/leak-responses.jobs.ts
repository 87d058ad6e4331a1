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
import { typeIdOrNull } from '../platform/ids';
import { isDatabaseAway } from '../platform/problem';
import { LeakIncidents, type AboutIncident, type Leak } from './leak-incidents.service';
import { leakMail, placeText } from './leak-mail';
import { leakPolicyOf, lockWaiting, markHandled, putOff, waitingReports, type Report } from './leak-reports.queries';

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

  /** What comes meanwhile is looked for once more: whoever brought it found this at work. */
  private async workOff(): Promise<void> {
    for (let looks = this.begun - 1; looks !== this.begun;) {
      looks = this.begun;
      for (const report of await waitingReports(this.db, this.clock.now())) {
        if (this.stop.signal.aborted) return;
        await this.respond(report).catch((error: unknown) => this.putOff(report, error));
      }
    }
  }

  private async putOff(report: Report, error: unknown): Promise<void> {
    this.logger.error('A leaked key could not be dealt with; it is tried again', error instanceof Error ? error.stack : String(error));
    await this.tenant.run(report, (tx) => putOff(tx, report, new Date(this.clock.now().getTime() + AGAIN_MS)));
  }

  private async respond(waiting: Report): Promise<void> {
    const { organizationId } = waiting;
    const actor = systemActor('leak intake', organizationId);
    const done = await this.tenant.run(actor, async (tx) => {
      const report = await lockWaiting(tx, waiting);
      const key = report && (await lockKey(tx, organizationId, report.api_key_id));
      if (!report || !key) return null;
      const policy = await leakPolicyOf(tx, organizationId);
      const leak = { report, key, policy, action: actionFor(key, policy, this.clock.now()) };
      // First the incident: what is done about the key is a part of its story.
      const incident = await this.incidents.about(tx, actor, leak);
      const revokedAt = await this.contain(tx, actor, leak);
      await this.tell(tx, actor, { ...leak, incident });
      return { keyId: key.id, revokedAt };
    });
    // Nobody waits for the other processes to say that they know: a repetition of the revocation tells.
    if (done?.revokedAt) void this.keys.confirmRevoked(actor, done.keyId, done.revokedAt).catch(() => undefined);
  }

  private async contain(tx: EntityManager, actor: SystemActor, { report, key, action }: Leak): Promise<Date | null> {
    const change = { uuid: key.id, reason: `Leaked: found ${placeText(report)}` };
    if (action === 'revoked') return this.keys.revokeWithin(tx, actor, change);
    if (action === 'quarantined') await this.keyLife.quarantineWithin(tx, actor, change);
    return null;
  }

  /** The report itself, the entry, the incident's timeline, and the admins. */
  private async tell(tx: EntityManager, actor: SystemActor, leak: Leak & { incident: AboutIncident | null }): Promise<void> {
    const { organizationId } = actor;
    const { report, key, policy, action, incident } = leak;
    const { url, source, token_type: type } = report;
    const incidentId = typeIdOrNull('inc', incident?.id ?? null);
    await markHandled(tx, { organizationId, id: report.id }, { at: this.clock.now(), policy, action, incidentId: incident?.id ?? null });
    if (incident) await this.incidents.tell(tx, actor, incident, leak);
    await this.activity.record(tx, {
      ...{ actor, action: 'api_key.leak_reported', target: { type: 'apiKey', id: key.id, name: key.name } },
      after: { url, source, type, policy, action, incidentId },
    });
    if (action === 'alreadyRevoked') return;
    const link = `${this.outbox.origin}/#/incidents/${incidentId ?? ''}/contain`;
    await this.outbox.queue(tx, {
      ...{ organizationId, to: await adminsOf(tx, organizationId), requires: 'incidents:write', dedupeKey: `leak:${report.id}` },
      ...leakMail({ key, report, action, link }),
    });
  }
}

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
