/** An export begins, whoever asks for it: a person, a key or a schedule; waiting, with its entry in the activity. */
import type { EntityManager } from 'typeorm';
import type { Activity } from '../activity';
import type { Actor } from '../platform/actor';
import { newId } from '../platform/ids';
import { target } from './export-endings.service';
import type { ExportRequest, ExportSource } from './export-request';
import type { ExportRow } from './exports.queries';

type NewExport = {
  now: Date;
  source: ExportSource;
  request: ExportRequest;
  /** Of what whoever asks may see. */
  readsFrom: Date;
  hidesAnonymous: boolean;
  /** Whose it is, when nobody in person asks. */
  schedule?: { id: string; name: string; periodFrom: Date };
};

/** Returns its id. */
export async function insertExport(
  tx: EntityManager,
  { actor, activity }: { actor: Actor; activity: Activity },
  { now, source, request, readsFrom, hidesAnonymous, schedule }: NewExport,
): Promise<string> {
  const id = newId();
  const by: Pick<ExportRow, 'created_by_type' | 'created_by' | 'created_by_name'> = schedule
    ? { created_by_type: 'system', created_by: null, created_by_name: `Schedule ${schedule.name}` }
    : { created_by_type: actor.type, created_by: actor.id, created_by_name: actor.name };
  await tx.query(
    `insert into export (organization_id, id, created_at, created_by_type, created_by, created_by_name, schedule_id, period_from, source, request, reads_from,
       hides_anonymous, state) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'queued')`,
    [
      ...[actor.organizationId, id, now, by.created_by_type, by.created_by, by.created_by_name],
      ...[schedule?.id ?? null, schedule?.periodFrom ?? null, source, JSON.stringify(request), readsFrom, hidesAnonymous],
    ],
  );
  const { format, filter, columns } = request;
  await activity.record(tx, {
    actor,
    action: 'export.created',
    target: target({ id, source }),
    after: { source, format, filter, ...(columns === null ? {} : { columns }) },
  });
  return id;
}
