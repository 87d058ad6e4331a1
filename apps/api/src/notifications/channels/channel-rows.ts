/** A channel between its row and what leaves. */
import { plans, type ChannelKind, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../platform/app-error';
import { typeId, typeIdOrNull } from '../../platform/ids';
import type { ChannelPerson, ChannelView, WhyDisabled } from './channels.dto';

export type ChannelRow = {
  id: string;
  name: string;
  kind: ChannelKind;
  user_ids: string[] | null;
  target: Buffer | null;
  target_shown: string | null;
  secret: Buffer | null;
  secret_made_at: Date | null;
  previous_secret: Buffer | null;
  previous_until: Date | null;
  created_at: Date;
  created_by: string | null;
  created_by_name: string;
  changed_at: Date;
  failing_since: Date | null;
  last_error: string | null;
  delivered_at: Date | null;
  disabled_at: Date | null;
  disabled_why: WhyDisabled | null;
};
const columns =
  'id, name, kind, user_ids, target, target_shown, secret, secret_made_at, previous_secret, previous_until, created_at, created_by, created_by_name, changed_at, failing_since, last_error, delivered_at, disabled_at, disabled_why';

type Of = { organizationId: string };

export const allChannels = (tx: EntityManager, { organizationId }: Of): Promise<ChannelRow[]> =>
  tx.query<ChannelRow[]>(`select ${columns} from channel where organization_id = $1 order by lower(name), id`, [organizationId]);

export async function oneChannel(tx: EntityManager, { organizationId }: Of, id: string, lock: '' | 'for update' = ''): Promise<ChannelRow> {
  const [row] = await tx.query<ChannelRow[]>(`select ${columns} from channel where organization_id = $1 and id = $2 ${lock}`, [
    organizationId,
    id,
  ]);
  if (!row) throw new AppError('resource_not_found', { detail: 'The organization has no channel with this id. It may have been deleted.' });
  return row;
}

/** What there is can be read, switched off and deleted on every plan; nothing is sent on one without alerts. */
export async function requireAlerts(tx: EntityManager, { organizationId }: Of): Promise<void> {
  if (await hasAlerts(tx, organizationId)) return;
  throw new AppError('plan_required', {
    detail: 'Channels need the enterprise plan. Change the plan; those that there are can be read, switched off and deleted meanwhile.',
  });
}

export async function hasAlerts(tx: EntityManager, organizationId: string): Promise<boolean> {
  const [row] = await tx.query<{ plan: PlanName }[]>('select plan from organization where id = $1', [organizationId]);
  return row !== undefined && plans[row.plan].alerts;
}

/** Names of those who would get a mail now, by user id. */
export async function recipientsOf(tx: EntityManager, { organizationId }: Of, rows: readonly ChannelRow[]): Promise<Map<string, string>> {
  const ids = rows.flatMap(({ user_ids }) => user_ids ?? []);
  if (ids.length === 0) return new Map();
  const people = await tx.query<{ id: string; name: string }[]>(
    `select u.id, u.name from membership m join app_user u on u.id = m.user_id
     where m.organization_id = $1 and m.user_id = any($2::uuid[]) and m.suspended_at is null and m.role in ('admin', 'member')`,
    [organizationId, ids],
  );
  return new Map(people.map(({ id, name }) => [id, name]));
}

/** `now`: a previous secret whose time is over signs no more. `alerts`: of the plan; `mail`: a server for it is configured. */
type Around = { names: ReadonlyMap<string, string>; now: Date; alerts: boolean; mail: boolean };

export function toChannelView(row: ChannelRow, { names, now, alerts, mail }: Around): ChannelView {
  const recipients = (row.user_ids ?? []).flatMap((id): ChannelPerson[] => {
    const name = names.get(id);
    return name === undefined ? [] : [{ id: typeId('usr', id), name }];
  });
  const overlap = row.previous_until !== null && row.previous_until > now ? row.previous_until : null;
  return {
    id: typeId('chn', row.id),
    name: row.name,
    kind: row.kind,
    target: row.target_shown,
    recipients,
    enabled: row.disabled_at === null,
    disabledAt: iso(row.disabled_at),
    disabledWhy: row.disabled_why,
    blockedBy: !alerts ? 'plan' : row.kind === 'mail' && !mail ? 'mailNotConfigured' : null,
    failingSince: iso(row.failing_since),
    lastError: row.failing_since === null && row.disabled_why !== 'gone' ? null : row.last_error,
    deliveredAt: iso(row.delivered_at),
    secretMadeAt: iso(row.secret_made_at),
    previousSecretUntil: iso(overlap),
    createdAt: row.created_at.toISOString(),
    createdBy: { id: typeIdOrNull('usr', row.created_by), name: row.created_by_name },
    changedAt: row.changed_at.toISOString(),
  };
}

const iso = (at: Date | null): string | null => at?.toISOString() ?? null;
