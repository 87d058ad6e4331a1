/**
 * Looks at what is new in the log for the rules of every organization. Runs in one process at a time (alerts.jobs.ts), and is written so that nobody waits for somebody
 * else's trouble: whoever is due to be told is told first, an organization has its time of a round, a rule goes on in small steps (rule-steps.service.ts), and one that
 * fails says so on its page and is left alone for longer each time.
 */
import { Injectable, Logger } from '@nestjs/common';
import { lastSequence } from '@pinebill/nestjs-audit';
import { DataSource } from 'typeorm';
import { Tenant } from '../database/tenant';
import { systemActor, type SystemActor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { isAwayForAll, lostToOthers, tookTooLong } from '../platform/problem';
import { AlertDues } from './alert-dues.service';
import { plansWithAlerts } from './alert-plan';
import { ruleFailed, rulesBehind } from './alert-rules.queries';
import { RuleSteps } from './rule-steps.service';

/** Of one organization, before the others have their turn. What is left is looked at in the next round. */
const TURN_MS = 5_000;
/** In a long round, whoever is due is told in between. */
const TELL_EVERY_MS = 10_000;
/** After it failed; doubled with each failure, up to this. */
const FIRST_PAUSE_MS = 10_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

@Injectable()
export class RuleRunner {
  private readonly logger = new Logger('Alerts');

  constructor(
    private readonly db: DataSource,
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly steps: RuleSteps,
    private readonly dues: AlertDues,
  ) {}

  /** Organizations with records that a rule has not looked at, or with somebody to tell. Those whose plan has no alerts are put to rest on the way. */
  async due(): Promise<string[]> {
    await this.db.query('select alerts_rest($1, $2)', [plansWithAlerts, this.clock.now()]);
    return this.organizations();
  }

  private async organizations(): Promise<string[]> {
    const found = await this.db.query<{ organization_id: string }[]>('select organization_id from alerts_due($1, $2)', [
      plansWithAlerts,
      this.clock.now(),
    ]);
    return found.map(({ organization_id }) => organization_id);
  }

  async run(): Promise<void> {
    let toldAt = -Infinity;
    for (const organizationId of await this.due()) {
      if (performance.now() - toldAt > TELL_EVERY_MS) {
        for (const one of await this.organizations()) await this.tell(systemActor('alerts', one));
        toldAt = performance.now();
      }
      const actor = systemActor('alerts', organizationId);
      await this.attempt(`of ${organizationId}`, () => this.look(actor));
      await this.tell(actor);
    }
  }

  private tell(actor: SystemActor): Promise<void> {
    return this.attempt(`of ${actor.organizationId}, to be told`, () => this.dues.tell(actor));
  }

  /** A step of each rule in turn, the one that is furthest behind first, until none is behind or the time is over. */
  private async look(actor: SystemActor): Promise<void> {
    const end = performance.now() + TURN_MS;
    const now = this.clock.now();
    const { head, rules } = await this.tenant.run(actor, async (tx) => {
      const last = await lastSequence(tx, actor.organizationId);
      return { head: last, rules: await rulesBehind(tx, actor, { head: last, now }) };
    });
    for (let waiting = rules; waiting.length > 0;) {
      const behind: typeof rules = [];
      for (const rule of waiting) {
        if (performance.now() > end) return;
        if (await this.step(actor, rule, head)) behind.push(rule);
      }
      waiting = behind;
    }
  }

  /** True: it has more to look at. One that fails holds up no other. */
  private async step(actor: SystemActor, { id, name }: { id: string; name: string }, head: number): Promise<boolean> {
    try {
      return await this.tenant.run(actor, (tx) => this.steps.step(tx, actor, { id, head }));
    } catch (error) {
      if (isAwayForAll(error)) throw error;
      // Somebody works on one of its alerts, or on the rule: it is looked at again in the next round.
      if (lostToOthers(error)) {
        this.logger.warn(`Alerts of the rule ${name} are being changed by somebody; they are looked at in a moment`);
        return false;
      }
      this.logger.error(`Alerts of the rule ${name} could not be looked at`, error instanceof Error ? error.stack : String(error));
      const [why, now] = [tookTooLong(error) ? TOO_LONG : FAILED, this.clock.now()];
      const pauseMs = (failures: number): number => Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
      await this.attempt(`of the rule ${name}`, () => this.tenant.run(actor, (tx) => ruleFailed(tx, actor, { id, why, now, pauseMs })));
      return false;
    }
  }

  private async attempt(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isAwayForAll(error)) throw error;
      this.logger.error(
        `Alerts ${what} could not be looked at; tried again in a moment`,
        error instanceof Error ? error.stack : String(error),
      );
    }
  }
}

/** For its page. What a statement said stays in the log of the process. */
const TOO_LONG = 'Counting its calls took longer than 10 seconds. It goes on in smaller steps; a narrower filter is counted faster.';
const FAILED = 'It could not be looked at: something failed on our side, and the log of the process says what.';
