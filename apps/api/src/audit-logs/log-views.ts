/** What a reader of the log may see of it; the same for the list, figures, the live tail and exports. */
import { Injectable } from '@nestjs/common';
import { plans, type PlanName } from '@pinebill/contract';
import type { RecordFilter } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export class LogView {
  constructor(
    readonly now: Date,
    readonly retentionDays: number,
    /** The records of nobody are for the admins of this organization alone. */
    readonly reservesAnonymous: boolean,
  ) {}

  /** What began before is not shown. */
  get begins(): Date {
    return new Date(this.now.getTime() - this.retentionDays * DAY_MS);
  }

  /** The end of a period that goes on: whole minutes are counted without a look at the rows. */
  get nextMinute(): Date {
    return new Date((Math.floor(this.now.getTime() / MINUTE_MS) + 1) * MINUTE_MS);
  }

  hidesAnonymousFrom(actor: Actor): boolean {
    return this.reservesAnonymous && actor.type !== 'system' && !(actor.type === 'user' && actor.role === 'admin');
  }

  /** The beginning of what is shown of a period. */
  from(asked: Date | null): Date {
    return asked !== null && asked > this.begins ? asked : this.begins;
  }

  /** What this reader asked for, without what is hidden from them. */
  narrowed(filter: RecordFilter, actor: Actor): RecordFilter {
    return this.hidesAnonymousFrom(actor) ? withoutAnonymous(filter) : filter;
  }
}

export const withoutAnonymous = (filter: RecordFilter): RecordFilter => ({
  ...filter,
  conditions: [...filter.conditions, { field: 'actorType', negated: true, anyOf: [{ kind: 'exact', value: 'anonymous' }] }],
});

/**
 * Whatever belongs to nobody is recorded with the home organization. Alone on the installation, its members may read it; beside others it is
 * everybody's noise, which only the admins of home look through.
 */
export async function logViewOf(tx: EntityManager, { organizationId }: Pick<Actor, 'organizationId'>, now: Date): Promise<LogView> {
  const [row] = await tx.query<{ plan: PlanName; is_home: boolean; organizations: string }[]>(
    'select plan, is_home, count_organizations() as organizations from organization where id = $1',
    [organizationId],
  );
  if (!row) throw new AppError('resource_not_found');
  return new LogView(now, plans[row.plan].retentionDays, row.is_home && Number(row.organizations) > 1);
}

@Injectable()
export class LogViews {
  constructor(private readonly clock: Clock) {}

  of(tx: EntityManager, actor: Pick<Actor, 'organizationId'>): Promise<LogView> {
    return logViewOf(tx, actor, this.clock.now());
  }
}
