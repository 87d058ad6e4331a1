/** From where the keys of the organization may call, and what a rule would have refused. */
import { Injectable } from '@nestjs/common';
import { normalNetwork, refusedByPlace, type PlaceRule } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { retentionAt, type KeptRow } from '../plan';
import { Countries } from '../platform/country';
import { requireId, typeId } from '../platform/ids';
import { PlaceChanges } from './place-changes.service';
import { newRule, placeColumnsOf, placeRuleOf, requirePlanFor, sameRule, toRestrictionsView, type PlaceColumns } from './place-rules';
import { lookBack } from './look-back';
import { MOST_DENIED } from './restrictions.dto';
import type { ChangeRestrictions, PreviewCaller, PreviewRestrictions, RestrictionsPreview, RestrictionsView } from './restrictions.dto';
import type { RefusedCaller } from './what-if';

const MOST_CALLERS = 20;

type OrganizationRow = PlaceColumns & KeptRow & { id: string; name: string };

@Injectable()
export class RestrictionsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly countries: Countries,
    private readonly changes: PlaceChanges,
  ) {}

  get(actor: Actor): Promise<RestrictionsView> {
    return this.tenant.run(actor, async (tx) => toRestrictionsView(placeRuleOf(await organization(tx, actor))));
  }

  change(actor: Actor, { confirm, ...fields }: ChangeRestrictions): Promise<RestrictionsView> {
    return this.tenant.run(actor, async (tx) => {
      const row = await organization(tx, actor, 'for no key update');
      const before = placeRuleOf(row);
      const after = newRule(fields, before);
      if (sameRule(before, after)) return toRestrictionsView(before);
      await this.changes.admit(tx, actor, { apiKeyId: null, before, after, confirmed: confirm === true });
      await this.store(tx, actor, { row, before, after, said: confirm === true ? { confirmed: true } : {} });
      return toRestrictionsView(after);
    });
  }

  /**
   * Refuses these networks besides those that are, in a transaction of the caller's; returns the ones that are new. Whoever calls from there now is shut out,
   * which is what it is for. Locks the organization: before anything that locks a person.
   */
  async denyWithin(
    tx: EntityManager,
    actor: Actor,
    { networks, because }: { networks: readonly string[]; because: string },
  ): Promise<string[]> {
    const row = await organization(tx, actor, 'for no key update');
    const before = placeRuleOf(row);
    const known = before.deniedCidrs ?? [];
    const added = [...new Set(networks.map((one) => normalNetwork(one) ?? one))].filter((one) => !known.includes(one));
    if (added.length === 0) return [];
    const after = { ...before, deniedCidrs: [...known, ...added] };
    if (after.deniedCidrs.length > MOST_DENIED)
      throw new AppError('invalid_field', {
        detail: `The organization can refuse ${MOST_DENIED} networks. Lift those that are no danger any more, or block a larger network in place of several small ones.`,
      });
    await this.store(tx, actor, { row, before, after, said: { because } });
    return added;
  }

  private async store(
    tx: EntityManager,
    actor: Actor,
    {
      row: { id, name },
      before,
      after,
      said,
    }: { row: OrganizationRow; before: PlaceRule; after: PlaceRule; said: Record<string, unknown> },
  ): Promise<void> {
    const columnsNow = placeColumnsOf(after);
    await tx.query(
      `update organization set allowed_cidrs = $2::cidr[], allowed_countries = $3, denied_countries = $4, unknown_country = $5, denied_cidrs = $6::cidr[]
       where id = $1`,
      [
        ...[id, columnsNow.allowed_cidrs, columnsNow.allowed_countries, columnsNow.denied_countries, columnsNow.unknown_country],
        columnsNow.denied_cidrs,
      ],
    );
    await this.activity.record(tx, {
      actor,
      action: 'organization.restricted',
      target: { type: 'organization', id, name },
      before: toRestrictionsView(before),
      after: { ...toRestrictionsView(after), ...said },
    });
  }

  async preview(actor: Actor, { apiKeyId, rule: fields }: PreviewRestrictions): Promise<RestrictionsPreview> {
    const keyId = apiKeyId === undefined || apiKeyId === null ? null : requireId('key', apiKeyId);
    const now = this.clock.now();
    const { current, retention } = await this.tenant.run(actor, async (tx) => {
      const row = await organization(tx, actor);
      return { current: placeRuleOf(keyId === null ? row : await keyRow(tx, actor, keyId)), retention: retentionAt(row, now) };
    });
    const rule = newRule(fields, current);
    requirePlanFor(retention.plan, current, rule);
    const found = await lookBack(this.tenant, actor, {
      apiKeyId: keyId,
      rule,
      current,
      retentionDays: retention.days,
      now,
    });
    const [top, lockedOut] = [found.whatIf.top(MOST_CALLERS), found.recent.top(MOST_CALLERS)];
    const names = await this.namesOf(actor, [...top, ...lockedOut]);
    return {
      from: found.from.toISOString(),
      to: found.to.toISOString(),
      limitedBy: found.limitedBy,
      accepted: found.whatIf.accepted,
      refused: found.whatIf.refused,
      callers: found.whatIf.callers,
      topCallers: top.map((caller) => toCaller(caller, names)),
      lockedOut: lockedOut.map((caller) => toCaller(caller, names)),
      wouldLockOut: lockedOut.length > 0,
      you: this.placeOf(actor, rule),
    };
  }

  private placeOf({ ip }: Actor, rule: PlaceRule): RestrictionsPreview['you'] {
    const country = ip === null ? null : this.countries.of(ip);
    return { ip, country, reason: refusedByPlace({ ip, country }, rule) };
  }

  private namesOf(actor: Actor, callers: readonly RefusedCaller[]): Promise<ReadonlyMap<string, string>> {
    const ids = [...new Set(callers.map(({ apiKeyId }) => apiKeyId))];
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<{ id: string; name: string }[]>(
        'select id, name from api_key where organization_id = $1 and id = any($2::uuid[])',
        [actor.organizationId, ids],
      );
      return new Map(rows.map(({ id, name }) => [id, name]));
    });
  }
}

const columns = 'allowed_cidrs::text[] as allowed_cidrs, allowed_countries, denied_countries, unknown_country';
const ofOrganization = `${columns}, denied_cidrs::text[] as denied_cidrs`;

async function organization(tx: EntityManager, actor: Actor, lock: '' | 'for no key update' = ''): Promise<OrganizationRow> {
  const [row] = await tx.query<OrganizationRow[]>(
    `select id, name, plan, kept_days, retention_shrunk_at, ${ofOrganization} from organization where id = $1 ${lock}`,
    [actor.organizationId],
  );
  if (!row) throw new AppError('resource_not_found');
  return row;
}

async function keyRow(tx: EntityManager, actor: Actor, id: string): Promise<PlaceColumns> {
  const [row] = await tx.query<PlaceColumns[]>(`select ${columns} from api_key where organization_id = $1 and id = $2`, [
    actor.organizationId,
    id,
  ]);
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'The organization has no API key with this id. Check the id.' });
}

const toCaller = (caller: RefusedCaller, names: ReadonlyMap<string, string>): PreviewCaller => ({
  apiKey: { id: typeId('key', caller.apiKeyId), name: names.get(caller.apiKeyId) ?? '' },
  network: caller.network,
  ip: caller.ip,
  userAgent: caller.userAgent,
  country: caller.country,
  reason: caller.reason,
  requests: caller.requests,
  lastSeenAt: caller.lastSeenAt.toISOString(),
});
