/** Reviews that were signed. A row is written once: the role of the product may add to the table and read it, nothing else. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson, type Json } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor, UserActor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { newId, requireId, typeId } from '../platform/ids';
import { readLimit, readOrder, readQuery, readText } from '../platform/query';
import { accessOf } from './access-review.service';
import type { ReviewPage, ReviewView, SignReview } from './access-review.dto';
import { reviewColumns, toSummary, type ReviewRow } from './reviews.queries';

@Injectable()
export class ReviewsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  sign(actor: Actor, { kind, note: text, basis }: SignReview): Promise<ReviewView> {
    if (actor.type !== 'user') throw new AppError('person_required');
    const [now, id, note] = [this.clock.now(), newId(), text ?? null];
    return this.tenant.run(actor, async (tx) => {
      const { basis: current, ...access } = await accessOf(tx, actor, now);
      if (basis !== undefined && basis !== current) throw outdated();
      const snapshot = { kind, ...(await signature(tx, actor)), note, ...access, reviewId: typeId('rvw', id) };
      // Through JSON: what is hashed is what can be read again.
      const text = canonicalJson(JSON.parse(JSON.stringify(snapshot)) as Json);
      const sha256 = createHash('sha256').update(text).digest();
      await tx.query(
        `insert into review (organization_id, id, kind, note, signed_at, signed_by, signed_by_name, snapshot, sha256)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [actor.organizationId, id, kind, note, now, actor.id, actor.name, text, sha256],
      );
      const after = { kind, sha256: sha256.toString('hex'), concerns: access.concerns.length };
      await this.activity.record(tx, { actor, action: 'review.signed', target: { type: 'review', id, name: 'Access review' }, after });
      return load(tx, actor, id);
    });
  }

  list(actor: Actor, parameters: unknown): Promise<ReviewPage> {
    const query = readQuery(parameters, ['limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const binding: CursorBinding = { list: 'reviews', organizationId: actor.organizationId, order, filter: {} };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<ReviewRow[]>(
        `select ${reviewColumns} from review where organization_id = $1
           and ($2::timestamptz is null or (signed_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by review.signed_at ${order}, id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1],
      );
      return pageOf(rows, limit, { binding, at: (row) => ({ at: row.signed_at, id: row.id }), view: toSummary });
    });
  }

  get(actor: Actor, id: string): Promise<ReviewView> {
    const uuid = requireId('rvw', id);
    return this.tenant.run(actor, (tx) => load(tx, actor, uuid));
  }
}

const outdated = (): AppError =>
  new AppError('review_outdated', {
    detail: 'Somebody’s access or a key has changed since you looked. Look at the review again, then sign it.',
  });

async function signature(tx: EntityManager, { id, name, email, organizationId }: UserActor) {
  const [row] = await tx.query<{ name: string }[]>('select name from organization where id = $1', [organizationId]);
  return {
    organization: { id: typeId('org', organizationId), name: row?.name ?? '' },
    signedBy: { id: typeId('usr', id), name, email },
  };
}

async function load(tx: EntityManager, { organizationId }: Actor, id: string): Promise<ReviewView> {
  const [row] = await tx.query<(ReviewRow & { snapshot: string })[]>(
    `select ${reviewColumns}, snapshot from review where organization_id = $1 and id = $2`,
    [organizationId, id],
  );
  if (!row) throw new AppError('resource_not_found', { detail: 'The organization has no review with this id.' });
  return Object.assign(toSummary(row), { snapshot: JSON.parse(row.snapshot) as Record<string, unknown> });
}
