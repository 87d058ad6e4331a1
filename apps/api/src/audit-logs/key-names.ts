import type { EntityManager } from 'typeorm';

/** As the keys are called now, by uuid; a key keeps its id, whatever it is called. */
export async function keyNames(
  tx: EntityManager,
  organizationId: string,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  const rows = await tx.query<{ id: string; name: string }[]>('select id, name from api_key where organization_id = $1 and id = any($2)', [
    organizationId,
    wanted,
  ]);
  return new Map(rows.map(({ id, name }) => [id, name]));
}
