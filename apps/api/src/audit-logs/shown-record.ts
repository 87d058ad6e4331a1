/** One record, for whoever may see it. */
import { getRecord, type StoredRecord } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import type { LogView } from './log-views';

export type ShownRecord = { record: StoredRecord; view: LogView };

export async function shownRecord(
  tx: EntityManager,
  { actor, id, view }: { actor: Actor; id: string; view: LogView },
): Promise<ShownRecord> {
  const record = await getRecord(tx, actor.organizationId, id, { from: view.begins });
  if (!record || (view.hidesAnonymousFrom(actor) && record.actorType === 'anonymous')) {
    throw new AppError('resource_not_found', { detail: 'There is no record with this id, or the plan no longer shows it.' });
  }
  return { record, view };
}
