/** Normal usage as a document: drafted from the log, changed and approved by a person. What was approved stays readable; detection goes by the version in force. */
import { Injectable } from '@nestjs/common';
import { emptyUsage, normalNetwork, normalUsageStates, type NormalUsageDocument } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { logViewOf } from '../../audit-logs';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { AppError } from '../../platform/app-error';
import { Clock } from '../../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../../platform/cursor';
import { newId, requireId, typeId } from '../../platform/ids';
import { readChoices, readId, readLimit, readOrder, readQuery, readText } from '../../platform/query';
import { RowTurns } from '../../platform/row-turns';
import { invalidFields } from '../../platform/validation';
import type { BaselinePage, BaselineView, ChangeBaseline, DraftBaseline, ObservedUse } from './baselines.dto';
import { getBaseline, pageOfBaselines, toBaselineView, type BaselineRow } from './baselines.queries';
import { draftOf } from './draft';
import { readSuspects, readUse } from './use.queries';

const WEEKS = 4;
const DAY_MS = 86_400_000;

@Injectable()
export class BaselinesService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly activity: Activity,
    private readonly turns: RowTurns,
  ) {}

  list(actor: Actor, asked: unknown): Promise<BaselinePage> {
    const query = readQuery(asked, ['apiKeyId', 'state', 'limit', 'cursor', 'order']);
    const [order, limit, cursor] = [readOrder(query), readLimit(query), readText(query, 'cursor')];
    const filter = { states: readChoices(query, 'state', normalUsageStates), apiKeyId: readId(query, 'apiKeyId', 'key') };
    const binding: CursorBinding = { list: 'baselines', organizationId: actor.organizationId, order, filter };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await pageOfBaselines(tx, actor, { filter, order, limit, after });
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.drafted_at, id: row.id }), view: toBaselineView });
    });
  }

  get(actor: Actor, id: string): Promise<BaselineView> {
    const uuid = requireId('nus', id);
    return this.tenant.run(actor, async (tx) => toBaselineView(await getBaseline(tx, actor, uuid)));
  }

  /** From the last four weeks, as far as the plan shows them; or what is in force, to be changed. */
  draft(actor: Actor, { apiKeyId, from = 'log' }: DraftBaseline): Promise<BaselineView> {
    const key = apiKeyId == null ? null : requireId('key', apiKeyId);
    const id = newId();
    return this.turns.take(actor, () => this.drafted(actor, { id, key, from }));
  }

  private drafted(actor: Actor, { id, key, from }: { id: string; key: string | null; from: 'log' | 'current' }): Promise<BaselineView> {
    return this.tenant.run(actor, async (tx) => {
      await this.requireKey(tx, actor, key);
      const { document, observed } = await (from === 'log' ? this.observe(tx, actor, key) : inForce(tx, actor, key));
      await this.insert(tx, actor, { id, key, document, observed });
      const row = await getBaseline(tx, actor, id);
      await this.record(tx, actor, row, { action: 'normal_usage.drafted', after: { version: row.version, ...document } });
      return toBaselineView(row);
    });
  }

  change(actor: Actor, id: string, body: ChangeBaseline): Promise<BaselineView> {
    return this.onDraft(actor, id, async (tx, row) => {
      const document = changed(row.document, body);
      await tx.query(
        'update normal_usage set document = $3, changed_at = $4, changed_by_name = $5 where organization_id = $1 and id = $2',
        [actor.organizationId, row.id, JSON.stringify(document), this.clock.now(), actor.name],
      );
      await this.record(tx, actor, row, { action: 'normal_usage.changed', before: { ...row.document }, after: { ...document } });
    });
  }

  /** It takes the place of the version before, from the next step of detection on. */
  approve(actor: Actor, id: string): Promise<BaselineView> {
    return this.onDraft(actor, id, async (tx, row) => {
      const { organizationId } = actor;
      const now = this.clock.now();
      const [before] = await tx.query<{ version: number }[]>(
        `select version from normal_usage where organization_id = $1 and api_key_id is not distinct from $2::uuid and state = 'approved' for no key update`,
        [organizationId, row.api_key_id],
      );
      await tx.query(
        `update normal_usage set state = 'superseded', superseded_at = $3
         where organization_id = $1 and api_key_id is not distinct from $2::uuid and state = 'approved'`,
        [organizationId, row.api_key_id, now],
      );
      await tx.query(
        `update normal_usage set state = 'approved', approved_at = $3, approved_by = $4, approved_by_name = $5 where organization_id = $1 and id = $2`,
        [organizationId, row.id, now, actor.id, actor.name],
      );
      const versions = { before: { version: before?.version ?? null }, after: { version: row.version } };
      await this.record(tx, actor, row, { action: 'normal_usage.approved', ...versions });
    });
  }

  /** A draft alone: what was approved is evidence of what counted. */
  async remove(actor: Actor, id: string): Promise<void> {
    const uuid = requireId('nus', id);
    await this.tenant.run(actor, async (tx) => {
      const row = await requireDraft(tx, actor, uuid);
      await tx.query('delete from normal_usage where organization_id = $1 and id = $2', [actor.organizationId, uuid]);
      await this.record(tx, actor, row, { action: 'normal_usage.draft_deleted', before: { version: row.version } });
    });
  }

  private onDraft(actor: Actor, id: string, change: (tx: EntityManager, row: BaselineRow) => Promise<void>): Promise<BaselineView> {
    const uuid = requireId('nus', id);
    return this.tenant.run(actor, async (tx) => {
      await change(tx, await requireDraft(tx, actor, uuid));
      return toBaselineView(await getBaseline(tx, actor, uuid));
    });
  }

  private async requireKey(tx: EntityManager, { organizationId }: Actor, key: string | null): Promise<void> {
    if (key === null) return;
    const rows = await tx.query<unknown[]>('select 1 from api_key where organization_id = $1 and id = $2', [organizationId, key]);
    if (rows.length === 0)
      throw new AppError('resource_not_found', { detail: 'The organization has no API key with this id. Check the id.' });
  }

  private async observe(
    tx: EntityManager,
    actor: Actor,
    apiKeyId: string | null,
  ): Promise<{ document: NormalUsageDocument; observed: ObservedUse }> {
    const now = this.clock.now();
    const wanted = new Date(now.getTime() - WEEKS * 7 * DAY_MS);
    const view = await logViewOf(tx, actor, now);
    const from = view.from(wanted);
    const use = await readUse(tx, { organizationId: actor.organizationId, apiKeyId, from });
    const begun = use.isAll ? from : (use.firstAt ?? from);
    const days = (now.getTime() - (use.firstAt ?? now).getTime()) / DAY_MS;
    const limitedBy = use.isAll ? (from > wanted ? ('retention' as const) : null) : ('size' as const);
    return {
      document: draftOf({ ...use, days }, await readSuspects(tx, { organizationId: actor.organizationId, apiKeyId })),
      observed: { from: begun.toISOString(), to: now.toISOString(), requests: use.requests, limitedBy },
    };
  }

  private async insert(
    tx: EntityManager,
    actor: Actor,
    { id, key, document, observed }: { id: string; key: string | null; document: NormalUsageDocument; observed: ObservedUse },
  ): Promise<void> {
    const rows = await tx.query<unknown[]>(
      `insert into normal_usage (organization_id, id, api_key_id, version, state, document, observed, drafted_at, drafted_by, drafted_by_name, changed_at,
         changed_by_name)
       select $1, $2, $3, coalesce((select max(version) from normal_usage where organization_id = $1 and api_key_id is not distinct from $3::uuid), 0) + 1,
         'draft', $4, $5, $6, $7, $8, $6, $8 on conflict do nothing returning 1`,
      [actor.organizationId, id, key, JSON.stringify(document), JSON.stringify(observed), this.clock.now(), actor.id, actor.name],
    );
    if (rows.length === 0)
      throw new AppError('draft_exists', {
        detail: 'There is a draft of it already. Change and approve that one, or delete it first.',
      });
  }

  private record(
    tx: EntityManager,
    actor: Actor,
    row: BaselineRow,
    entry: { action: string; before?: Record<string, unknown>; after?: Record<string, unknown> },
  ): Promise<void> {
    const name = row.api_key_id === null ? 'All keys of the organization' : (row.key_name ?? typeId('key', row.api_key_id));
    return this.activity.record(tx, { actor, target: { type: 'normalUsage', id: row.id, name }, ...entry });
  }
}

async function inForce(
  tx: EntityManager,
  { organizationId }: Actor,
  key: string | null,
): Promise<Pick<BaselineRow, 'document' | 'observed'>> {
  const [row] = await tx.query<Pick<BaselineRow, 'document' | 'observed'>[]>(
    `select document, observed from normal_usage where organization_id = $1 and api_key_id is not distinct from $2::uuid and state = 'approved'`,
    [organizationId, key],
  );
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'No version of it is in force. Draft it from the log, with `from`: `log`.' });
}

async function requireDraft(tx: EntityManager, actor: Actor, uuid: string): Promise<BaselineRow> {
  const row = await getBaseline(tx, actor, uuid, 'lock');
  if (row.state === 'draft') return row;
  throw new AppError('illegal_transition', {
    detail: 'It was approved, and stays as it was approved. Make a new draft, change it, and approve that.',
  });
}

/** What is left out stays; networks as the log writes them. */
function changed(document: NormalUsageDocument, body: ChangeBaseline): NormalUsageDocument {
  const given = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as Partial<NormalUsageDocument>;
  const next = { ...emptyUsage, ...document, ...given };
  const wrong = next.hours?.findIndex(({ fromHour, toHour }) => toHour <= fromHour) ?? -1;
  if (wrong >= 0) throw invalidFields([{ pointer: `/hours/${wrong}/toHour`, rule: 'order', expected: 'must be later than `fromHour`' }]);
  return {
    ...next,
    hours: next.hours?.map(({ days, fromHour, toHour }) => ({ days: [...days].sort((a, b) => a - b), fromHour, toHour })) ?? null,
    networks: next.networks && [...new Set(next.networks.map((one) => normalNetwork(one) ?? one))],
  };
}
