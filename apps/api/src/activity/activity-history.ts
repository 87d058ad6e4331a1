/** All entries of a time in their order, for files: through a cursor, so call it in a transaction that sees one moment (repeatable read). */
import type { EntityManager } from 'typeorm';
import type { ActivityView } from './activity.dto';
import { activityColumns, toView, type Row } from './activity-row';

type Period = { organizationId: string; from: Date | null; to: Date | null };
const PAGE = 500;

/** Oldest first, page by page; returns how many there are by a count of its own. */
export async function everyActivity(
  tx: EntityManager,
  { organizationId, from, to }: Period,
  take: (page: ActivityView[]) => Promise<void>,
): Promise<number> {
  const where = `organization_id = $1 and ($2::timestamptz is null or occurred_at >= $2) and ($3::timestamptz is null or occurred_at < $3)`;
  const values = [organizationId, from, to];
  const [counted] = await tx.query<{ count: string }[]>(`select count(*) from activity where ${where}`, values);
  await tx.query(
    `declare every_activity cursor for select ${activityColumns} from activity where ${where} order by activity.occurred_at, id`,
    values,
  );
  const next = (): Promise<Row[]> => tx.query<Row[]>(`fetch ${PAGE} from every_activity`);
  for (let rows = await next(); rows.length > 0; rows = await next()) await take(rows.map(toView));
  return Number(counted?.count);
}
