/** From where the keys of the organization may call, and what a rule would have refused. */
import { Injectable } from '@nestjs/common';
import { plans, refusedByPlace, type PlaceRule, type PlanName } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { Countries } from '../platform/country';
import { requireId, typeId } from '../platform/ids';
import { PlaceChanges } from './place-changes.service';
import { newRule, placeColumnsOf, placeRuleOf, requirePlanFor, sameRule, toPlaceView, type PlaceColumns } from './place-rules';
import { lookBack } from './look-back';
import type { ChangeRestrictions, PlaceView, PreviewCaller, PreviewRestrictions, RestrictionsPreview } from './restrictions.dto';
import type { RefusedCaller } from './what-if';

const MOST_CALLERS = 20;

type OrganizationRow = PlaceColumns & { id: string; name: string; plan: PlanName };

@Injectable()
export class RestrictionsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
    private readonly countries: Countries,
    private readonly changes: PlaceChanges,
  ) {}

  get(actor: Actor): Promise<PlaceView> {
    return this.tenant.run(actor, async (tx) => toPlaceView(placeRuleOf(await organization(tx, actor))));
  }

  change(actor: Actor, { confirm, ...fields }: ChangeRestrictions): Promise<PlaceView> {
    const after = newRule(fields);
    return this.tenant.run(actor, async (tx) => {
      const { id, name, ...row } = await organization(tx, actor, 'for no key update');
      const before = placeRuleOf(row);
      if (sameRule(before, after)) return toPlaceView(before);
      await this.changes.admit(tx, actor, { apiKeyId: null, before, after, confirmed: confirm === true });
      const { allowed_cidrs, allowed_countries, denied_countries, unknown_country } = placeColumnsOf(after);
      await tx.query(
        'update organization set allowed_cidrs = $2::cidr[], allowed_countries = $3, denied_countries = $4, unknown_country = $5 where id = $1',
        [id, allowed_cidrs, allowed_countries, denied_countries, unknown_country],
      );
      await this.activity.record(tx, {
        actor,
        action: 'organization.restricted',
        target: { type: 'organization', id, name },
        before: toPlaceView(before),
        after: { ...toPlaceView(after), ...(confirm === true ? { confirmed: true } : {}) },
      });
      return toPlaceView(after);
    });
  }

  async preview(actor: Actor, { apiKeyId, rule: fields }: PreviewRestrictions): Promise<RestrictionsPreview> {
    const keyId = apiKeyId === undefined || apiKeyId === null ? null : requireId('key', apiKeyId);
    const rule = newRule(fields);
    const { current, plan } = await this.tenant.run(actor, async (tx) => {
      const { plan: planNow, ...row } = await organization(tx, actor);
      const ruleNow = placeRuleOf(keyId === null ? row : await keyRow(tx, actor, keyId));
      return { current: ruleNow, plan: planNow };
    });
    requirePlanFor(plan, current, rule);
    const found = await lookBack(this.tenant, actor, {
      apiKeyId: keyId,
      rule,
      current,
      retentionDays: plans[plan].retentionDays,
      now: this.clock.now(),
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

async function organization(tx: EntityManager, actor: Actor, lock: '' | 'for no key update' = ''): Promise<OrganizationRow> {
  const [row] = await tx.query<OrganizationRow[]>(`select id, name, plan, ${columns} from organization where id = $1 ${lock}`, [
    actor.organizationId,
  ]);
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
