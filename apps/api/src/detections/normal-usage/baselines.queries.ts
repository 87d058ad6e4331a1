/** Rows of normal usage. */
import type { NormalUsageDocument, NormalUsageState } from '@pinebill/contract';
import { emptyUsage, maskedKey } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { AppError } from '../../platform/app-error';
import type { CursorPosition } from '../../platform/cursor';
import { typeId } from '../../platform/ids';
import type { BaselineView, ObservedUse } from './baselines.dto';

export type BaselineRow = {
  id: string;
  api_key_id: string | null;
  key_name: string | null;
  key_last4: string | null;
  version: number;
  state: NormalUsageState;
  document: NormalUsageDocument;
  observed: ObservedUse;
  drafted_at: Date;
  drafted_by_name: string;
  changed_at: Date;
  changed_by_name: string;
  approved_at: Date | null;
  approved_by_name: string | null;
  superseded_at: Date | null;
};

type Of = { organizationId: string };

const select = `select u.id, u.api_key_id, k.name as key_name, k.last4 as key_last4, u.version, u.state, u.document, u.observed, u.drafted_at,
    u.drafted_by_name, u.changed_at, u.changed_by_name, u.approved_at, u.approved_by_name, u.superseded_at
  from normal_usage u left join api_key k on k.organization_id = u.organization_id and k.id = u.api_key_id where u.organization_id = $1`;

/** Throws `resource_not_found`. With a lock: every change begins with it. */
export async function getBaseline(tx: EntityManager, { organizationId }: Of, id: string, lock: '' | 'lock' = ''): Promise<BaselineRow> {
  const [row] = await tx.query<BaselineRow[]>(`${select} and u.id = $2 ${lock && 'for no key update of u'}`, [organizationId, id]);
  if (row) return row;
  throw new AppError('resource_not_found', { detail: 'The organization has no normal usage with this id. Check the id.' });
}

export type BaselineFilter = { states: readonly NormalUsageState[] | null; apiKeyId: string | null };

export const pageOfBaselines = (
  tx: EntityManager,
  { organizationId }: Of,
  { filter, order, limit, after }: { filter: BaselineFilter; order: 'asc' | 'desc'; limit: number; after: CursorPosition | null },
) =>
  tx.query<BaselineRow[]>(
    `${select} and ($2::text[] is null or u.state = any($2)) and ($3::uuid is null or u.api_key_id = $3)
       and ($4::timestamptz is null or (u.drafted_at, u.id) ${order === 'desc' ? '<' : '>'} ($4, $5::uuid))
     order by u.drafted_at ${order}, u.id ${order} limit $6`,
    [organizationId, filter.states, filter.apiKeyId, after?.at ?? null, after?.id ?? null, limit + 1],
  );

export const toBaselineView = (row: BaselineRow): BaselineView => ({
  id: typeId('nus', row.id),
  apiKey:
    row.api_key_id === null
      ? null
      : { id: typeId('key', row.api_key_id), name: row.key_name ?? 'A key that is gone', masked: maskedKey(row.key_last4 ?? '') },
  version: row.version,
  state: row.state,
  ...{ ...emptyUsage, ...row.document },
  observed: row.observed,
  draftedAt: row.drafted_at.toISOString(),
  draftedBy: row.drafted_by_name,
  changedAt: row.changed_at.toISOString(),
  changedBy: row.changed_by_name,
  approvedAt: row.approved_at?.toISOString() ?? null,
  approvedBy: row.approved_by_name,
  supersededAt: row.superseded_at?.toISOString() ?? null,
});
