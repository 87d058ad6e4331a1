/** A review as evidence: what was looked at, by whom and when, with the hash that anybody can make again. Nobody can change it afterwards. */
import { createHash } from 'node:crypto';
import { canonicalJson, type Json } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Activity } from '../activity';
import type { UserActor } from '../platform/actor';
import { newId, typeId } from '../platform/ids';
import type { ReviewKind } from './access-review.dto';

export type ReviewToKeep = {
  actor: UserActor;
  activity: Activity;
  now: Date;
  kind: ReviewKind;
  /** As the activity calls it. */
  name: string;
  note: string | null;
  /** With `concerns`, which are counted. */
  content: Record<string, unknown> & { concerns: readonly unknown[] };
};

/** In the transaction of the signature; returns its uuid. */
export async function keepReview(tx: EntityManager, { actor, activity, now, kind, name, note, content }: ReviewToKeep): Promise<string> {
  const id = newId();
  const snapshot = { kind, ...(await signature(tx, actor)), note, ...content, reviewId: typeId('rvw', id) };
  // Through JSON: what is hashed is what can be read again.
  const text = canonicalJson(JSON.parse(JSON.stringify(snapshot)) as Json);
  const sha256 = createHash('sha256').update(text).digest();
  await tx.query(
    `insert into review (organization_id, id, kind, note, signed_at, signed_by, signed_by_name, snapshot, sha256)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [actor.organizationId, id, kind, note, now, actor.id, actor.name, text, sha256],
  );
  const after = { kind, sha256: sha256.toString('hex'), concerns: content.concerns.length };
  await activity.record(tx, { actor, action: 'review.signed', target: { type: 'review', id, name }, after });
  return id;
}

async function signature(tx: EntityManager, { id, name, email, organizationId }: UserActor) {
  const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
  return {
    organization: { id: typeId('org', organizationId), name: row?.name ?? '' },
    signedBy: { id: typeId('usr', id), name, email },
  };
}
