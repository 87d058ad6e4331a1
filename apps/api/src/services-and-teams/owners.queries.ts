import type { EntityManager } from 'typeorm';
import { newId } from '../platform/ids';
import type { OwnerKind } from './owner-kind';

export type OwnerRow = { id: string; name: string; created_at: Date; keys: number };

export const ownerColumns = (kind: OwnerKind): string =>
  `o.id, o.name, o.created_at, (select count(*) from api_key k where k.organization_id = o.organization_id and lower(k.${kind}) = lower(o.name)
    and k.revoked_at is null)::integer as keys`;

export async function lockOwner(tx: EntityManager, kind: OwnerKind, of: { organizationId: string; id: string }): Promise<OwnerRow | null> {
  const [row] = await tx.query<OwnerRow[]>(
    `select ${ownerColumns(kind)} from ${kind} o where o.organization_id = $1 and o.id = $2 for update of o`,
    [of.organizationId, of.id],
  );
  return row ?? null;
}

export type Owners = { service?: string | null | undefined; team?: string | null | undefined };

/**
 * The names as the lists of the organization spell them; a name that is new is put on its list. For whoever is about to write a key, in the
 * transaction of the key, and before it locks any: a rename locks the entry first and its keys after. What is missing or null stays so; of what is
 * missing the entries of the key `inherits` are held, so that a new key does not go on with a name that is given up meanwhile.
 */
export async function settleOwners<T extends Owners>(
  tx: EntityManager,
  organizationId: string,
  { owners, inherits }: { owners: T; inherits: string | null },
): Promise<T> {
  const settled = { ...owners };
  // In one order, whoever writes which key.
  for (const kind of ['service', 'team'] as const) {
    const given = owners[kind];
    if (typeof given === 'string') settled[kind] = await settle(tx, kind, { organizationId, name: given.trim() });
    else if (given === undefined && inherits !== null) await holdOwnerOf(tx, kind, { organizationId, keyId: inherits });
  }
  return settled;
}

const holdOwnerOf = (tx: EntityManager, kind: OwnerKind, { organizationId, keyId }: { organizationId: string; keyId: string }) =>
  tx.query(
    `select 1 from ${kind} o join api_key k on k.organization_id = o.organization_id and lower(k.${kind}) = lower(o.name)
     where o.organization_id = $1 and k.id = $2 for no key update of o`,
    [organizationId, keyId],
  );

async function settle(tx: EntityManager, kind: OwnerKind, { organizationId, name }: { organizationId: string; name: string }) {
  // Changing nothing locks the entry: it is not renamed, merged or deleted before the key that names it is there.
  const [row] = await tx.query<{ name: string }[]>(
    `insert into ${kind} as o (organization_id, id, name, created_at) values ($1, $2, $3, now())
     on conflict (organization_id, lower(name)) do update set name = o.name returning name`,
    [organizationId, newId(), name],
  );
  return row?.name ?? name;
}
