/** Whoever stops every key of an organization keeps new ones waiting meanwhile: one that is being made is either stopped with the others, or made afterwards. */
import type { EntityManager } from 'typeorm';

type Of = { organizationId: string };
/** Not a row: inserts of all kinds refer to the organization's own, and hold rows that the other side waits for. */
const lockOf = ({ organizationId }: Of): string => `new API keys of ${organizationId}`;

/** Before anything that a new key needs is locked. */
export async function awaitNewKeysAllowed(tx: EntityManager, actor: Of): Promise<void> {
  await tx.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [lockOf(actor)]);
}

/** Until the end of the transaction. What is read after it holds every key that was made before it. */
export async function holdNewKeys(tx: EntityManager, actor: Of): Promise<void> {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [lockOf(actor)]);
}
