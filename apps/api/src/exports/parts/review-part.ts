/** Reviews that were signed, each with the text that was hashed: whoever hashes it again gets the sum beside it. */
import type { Json } from '@pinebill/contract';
import { signedReviews, type SignedReview } from '../../access-review';
import { readPeriod } from '../../platform/query';
import type { Column, Row } from '../formats/encoder';
import { periodPlan, type Commission, type Facts, type Part, type Plan, type Reading, type Sink } from './part';

const columns: readonly (Column & { value: (review: SignedReview) => string | number | null })[] = [
  { name: 'id', type: 'text', value: ({ id }) => id },
  { name: 'kind', type: 'text', value: ({ kind }) => kind },
  { name: 'signedAt', type: 'instant', value: ({ signedAt }) => signedAt },
  { name: 'signedById', type: 'text', value: ({ signedBy }) => signedBy.id },
  { name: 'signedByName', type: 'text', value: ({ signedBy }) => signedBy.name },
  { name: 'note', type: 'text', value: ({ note }) => note },
  { name: 'people', type: 'integer', value: ({ people }) => people },
  { name: 'keys', type: 'integer', value: ({ keys }) => keys },
  { name: 'concerns', type: 'integer', value: ({ concerns }) => concerns },
  { name: 'sha256', type: 'text', value: ({ sha256 }) => sha256 },
  { name: 'snapshot', type: 'text', value: ({ snapshot }) => snapshot },
];

const rowOf = (review: SignedReview): Row => ({ cells: () => columns.map(({ value }) => value(review)), object: () => review });

export class ReviewPart implements Part {
  readonly name = 'reviews';
  readonly fileName = 'reviews';

  constructor(private readonly tenant: Reading) {}

  columns(): readonly Column[] {
    return columns;
  }

  plan(commission: Commission): Promise<Plan> {
    return periodPlan(commission, 'signedAt');
  }

  /** A handful a year: one statement. */
  async write(commission: Commission, _: Plan, __: Json, sink: Sink): Promise<Facts> {
    const period = readPeriod(commission.request.filter);
    const reviews = await this.tenant.run(commission, (tx) => signedReviews(tx, commission.organizationId, period));
    await sink.rows(reviews.map(rowOf));
    await sink.reached(reviews.length, null);
    return {};
  }
}
