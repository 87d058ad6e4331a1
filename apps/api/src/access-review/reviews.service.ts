/** Reviews that were signed. A row is written once: the role of the product may add to the table and read it, nothing else. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId } from '../platform/ids';
import { readChoice, readLimit, readOrder, readQuery, readText } from '../platform/query';
import { accessOf } from './access-review.service';
import { reviewKinds, type ReviewPage, type ReviewView, type SignReview } from './access-review.dto';
import { keepReview } from './keep-review';
import { reviewColumns, toSummary, type ReviewRow } from './reviews.queries';

@Injectable()
export class ReviewsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  sign(actor: Actor, { kind, note, basis }: SignReview): Promise<ReviewView> {
    if (actor.type !== 'user') throw new AppError('person_required');
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const { basis: current, ...content } = await accessOf(tx, actor, now);
      if (basis !== undefined && basis !== current) throw outdated();
      return load(
        tx,
        actor,
        await keepReview(tx, { actor, activity: this.activity, now, kind, name: 'Access review', note: note ?? null, content }),
      );
    });
  }

  list(actor: Actor, parameters: unknown): Promise<ReviewPage> {
    const query = readQuery(parameters, ['kind', 'limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const kind = readChoice(query, 'kind', reviewKinds);
    const binding: CursorBinding = { list: 'reviews', organizationId: actor.organizationId, order, filter: { kind } };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const rows = await tx.query<ReviewRow[]>(
        `select ${reviewColumns} from review where organization_id = $1 and ($5::text is null or kind = $5)
           and ($2::timestamptz is null or (signed_at, id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by review.signed_at ${order}, id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1, kind],
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

async function load(tx: EntityManager, { organizationId }: Actor, id: string): Promise<ReviewView> {
  const [row] = await tx.query<(ReviewRow & { snapshot: string })[]>(
    `select ${reviewColumns}, snapshot from review where organization_id = $1 and id = $2`,
    [organizationId, id],
  );
  if (!row) throw new AppError('resource_not_found', { detail: 'The organization has no review with this id.' });
  return Object.assign(toSummary(row), { snapshot: JSON.parse(row.snapshot) as Record<string, unknown> });
}
