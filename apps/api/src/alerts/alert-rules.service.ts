/** Rules: made, changed and deleted by admins. Each change is a version, which its alerts name. */
import { Injectable } from '@nestjs/common';
import { lastSequence, minuteOf } from '@pinebill/nestjs-audit';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { ChannelRemovals } from '../notifications';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { newId, requireId, typeId } from '../platform/ids';
import { requireAlerts } from './alert-plan';
import { AlertTelling } from './alert-telling.service';
import {
  changedContent,
  channelsOf,
  contentOf,
  countsAnew,
  newContent,
  stored,
  storedColumns,
  toContentView,
  withoutChannel,
  type RuleContent,
} from './alert-rule';
import type { AlertRuleHealth, AlertRuleList, AlertRuleView, ChangeAlertRule, CreateAlertRule } from './alert-rules.dto';
import { MOST_OPEN } from './bounds';
import { beginAnew, getRule, listRules, rulesWithChannel, type ListedRule } from './alert-rules.queries';
import { requireSubjects } from './rule-subjects';

/** Each looks at every new call. */
const MOST_RULES = 100;

@Injectable()
export class AlertRules {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly telling: AlertTelling,
    removals: ChannelRemovals,
  ) {
    removals.add((tx, actor, channelId) => this.channelRemoved(tx, actor, channelId));
  }

  list(actor: Actor): Promise<AlertRuleList> {
    return this.tenant.run(actor, async (tx) => ({ data: (await listRules(tx, actor)).map(toView) }));
  }

  get(actor: Actor, id: string): Promise<AlertRuleView> {
    return this.tenant.run(actor, async (tx) => toView(await getRule(tx, actor, requireId('rul', id))));
  }

  create(asking: Actor, body: CreateAlertRule): Promise<AlertRuleView> {
    const actor = person(asking);
    return this.tenant.run(actor, async (tx) => {
      await requireAlerts(tx, actor);
      const content = newContent(body);
      await this.telling.requireChannels(tx, actor, content);
      await requireSubjects(tx, actor, content);
      await refuseTooMany(tx, actor);
      const [id, now] = [newId(), this.clock.now()];
      await tx
        .query(
          `insert into alert_rule (organization_id, id, ${storedColumns.join(', ')}, version, counts_from, through_sequence, created_at, created_by, created_by_name,
             changed_at, changed_by_name) values ($1, $2, ${storedColumns.map((_, index) => `$${index + 3}`).join(', ')}, 1, $18, $19, $20, $21, $22, $20, $22)`,
          [actor.organizationId, id, ...stored(content), ...(await this.countsFromNow(tx, actor)), now, actor.id, actor.name],
        )
        .catch(onNameTaken);
      await this.activity.record(tx, {
        actor,
        action: 'alert_rule.created',
        target: targetOf(id, content),
        after: { ...toContentView(content) },
      });
      return toView(await getRule(tx, actor, id));
    });
  }

  change(asking: Actor, id: string, { version, ...body }: ChangeAlertRule): Promise<AlertRuleView> {
    const actor = person(asking);
    const uuid = requireId('rul', id);
    return this.tenant.run(actor, async (tx) => {
      const row = await getRule(tx, actor, uuid, 'lock');
      await requireAlerts(tx, actor);
      if (version !== undefined && version !== row.version)
        throw new AppError('changed_meanwhile', {
          detail: `${row.changed_by_name} has changed the rule: it is version ${row.version} now, and you read version ${version}. Nothing was changed. Read it again.`,
        });
      const before = contentOf(row);
      const after = changedContent(before, body);
      if (JSON.stringify(before) === JSON.stringify(after)) return toView(row);
      // What it names already is no reason to refuse: it may be gone, and somebody wants to switch the rule off.
      await this.telling.requireChannels(tx, actor, after, channelsOf(before));
      await requireSubjects(tx, actor, after, before);
      await tx
        .query(
          `update alert_rule set ${storedColumns.map((column, index) => `${column} = $${index + 3}`).join(', ')}, version = version + 1, changed_at = $18,
             changed_by_name = $19 where organization_id = $1 and id = $2`,
          [actor.organizationId, uuid, ...stored(after), this.clock.now(), actor.name],
        )
        .catch(onNameTaken);
      if (countsAnew(before, after)) {
        const [minute, sequence] = await this.countsFromNow(tx, actor);
        await beginAnew(tx, actor, uuid, { minute, sequence });
      }
      await this.activity.record(tx, {
        ...{ actor, action: 'alert_rule.changed', target: targetOf(uuid, after) },
        ...{ before: { ...toContentView(before) }, after: { ...toContentView(after), version: row.version + 1 } },
      });
      return toView(await getRule(tx, actor, uuid));
    });
  }

  /** In the transaction that deletes the channel: no rule names what is not there. One that would escalate to nobody does not escalate any more. */
  async channelRemoved(tx: EntityManager, actor: Actor, channelId: string): Promise<void> {
    for (const row of await rulesWithChannel(tx, actor, channelId)) {
      const before = contentOf(row);
      const after = withoutChannel(before, channelId);
      await tx.query(
        `update alert_rule set channel_ids = $3, escalation = $4, version = version + 1, changed_at = $5, changed_by_name = $6 where organization_id = $1 and id = $2`,
        [
          ...[actor.organizationId, row.id, after.channelIds, after.escalation && JSON.stringify(after.escalation)],
          ...[this.clock.now(), actor.name],
        ],
      );
      await this.activity.record(tx, {
        ...{ actor, action: 'alert_rule.changed', target: targetOf(row.id, after) },
        ...{ before: { ...toContentView(before) }, after: { ...toContentView(after), version: row.version + 1 } },
      });
    }
  }

  /** Its alerts stay. */
  remove(asking: Actor, id: string): Promise<void> {
    const actor = person(asking);
    const uuid = requireId('rul', id);
    return this.tenant.run(actor, async (tx) => {
      const content = contentOf(await getRule(tx, actor, uuid, 'lock'));
      const now = this.clock.now();
      await tx.query('update alert_rule set deleted_at = $3, enabled = false, changed_at = $3, changed_by_name = $4 where organization_id = $1 and id = $2', [actor.organizationId, uuid, now, actor.name]); // prettier-ignore
      await tx.query('delete from alert_rule_count where organization_id = $1 and rule_id = $2', [actor.organizationId, uuid]);
      await this.activity.record(tx, {
        actor,
        action: 'alert_rule.deleted',
        target: targetOf(uuid, content),
        before: { ...toContentView(content) },
      });
    });
  }

  private async countsFromNow(tx: EntityManager, { organizationId }: Actor): Promise<[minute: number, sequence: number]> {
    return [minuteOf(this.clock.now().getTime()), await lastSequence(tx, organizationId)];
  }
}

function person(actor: Actor): UserActor {
  if (actor.type !== 'user') throw new AppError('person_required');
  return actor;
}

const targetOf = (id: string, { name }: RuleContent) => ({ type: 'alertRule', id, name }) as const;

async function refuseTooMany(tx: EntityManager, { organizationId }: Actor): Promise<void> {
  const [row] = await tx.query<{ rules: string }[]>(
    'select count(*) as rules from alert_rule where organization_id = $1 and deleted_at is null',
    [organizationId],
  );
  if (Number(row?.rules) < MOST_RULES) return;
  throw new AppError('too_many_alert_rules', {
    detail: `The organization has ${MOST_RULES} alert rules already. Delete one that is not needed.`,
  });
}

function onNameTaken(error: unknown): never {
  const constraint = error instanceof QueryFailedError ? (error.driverError as { constraint?: string }).constraint : undefined;
  if (constraint !== 'alert_rule_name_taken') throw error;
  throw new AppError('name_taken', { detail: 'Another alert rule has this name. Choose a different one.', cause: error });
}

function healthOf(row: ListedRule): AlertRuleHealth {
  // Over as soon as there is room again.
  const isFull = Number(row.open_alerts) >= MOST_OPEN;
  return {
    failingSince: row.failing_since?.toISOString() ?? null,
    lastError: row.last_error,
    missedCalls: Number(row.missed_calls),
    missedAt: row.missed_at?.toISOString() ?? null,
    heldBack: isFull ? row.held_back : 0,
    heldBackAt: isFull ? (row.held_back_at?.toISOString() ?? null) : null,
  };
}

const toView = (row: ListedRule): AlertRuleView => ({
  id: typeId('rul', row.id),
  version: row.version,
  ...toContentView(contentOf(row)),
  createdAt: row.created_at.toISOString(),
  createdBy: { id: typeId('usr', row.created_by), name: row.created_by_name },
  changedAt: row.changed_at.toISOString(),
  changedBy: row.changed_by_name,
  openAlerts: Number(row.open_alerts),
  lastFiredAt: row.last_fired_at?.toISOString() ?? null,
  health: healthOf(row),
});
