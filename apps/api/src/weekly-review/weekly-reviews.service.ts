/** The reviews of weeks: read by members, signed by admins. What is signed is kept as evidence beside the reviews of access. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { keepReview } from '../access-review';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { requireId, typeId } from '../platform/ids';
import { readChoice, readLimit, readOrder, readQuery, readText } from '../platform/query';
import { WEEK_MS } from './week';
import {
  signedChoices,
  type SignWeeklyReview,
  type WeeklyDigest,
  type WeeklyReviewPage,
  type WeeklyReviewSummary,
  type WeeklyReviewView,
} from './weekly-reviews.dto';

type Row = {
  id: string;
  began_at: Date;
  attention: number;
  made_at: Date;
  due_at: Date;
  review_id: string | null;
  signed_at: Date | null;
  signed_by_name: string | null;
  sha256: string | null;
  note: string | null;
};
const rows = `select w.id, w.week::timestamp at time zone 'UTC' as began_at, w.attention, w.made_at, w.due_at, w.review_id, r.signed_at, r.signed_by_name, encode(r.sha256, 'hex') as sha256, r.note
  from weekly_review w left join review r on r.organization_id = w.organization_id and r.id = w.review_id`;

@Injectable()
export class WeeklyReviewsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  list(actor: Actor, parameters: unknown): Promise<WeeklyReviewPage> {
    const query = readQuery(parameters, ['signed', 'limit', 'cursor', 'order']);
    const [limit, order, cursor] = [readLimit(query), readOrder(query), readText(query, 'cursor')];
    const signed = readChoice(query, 'signed', signedChoices);
    const binding: CursorBinding = { list: 'weekly-reviews', organizationId: actor.organizationId, order, filter: { signed } };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const found = await tx.query<Row[]>(
        `${rows} where w.organization_id = $1 and ($5::boolean is null or (w.review_id is not null) = $5) and ($2::timestamptz is null or (w.made_at, w.id) ${order === 'desc' ? '<' : '>'} ($2, $3::uuid))
         order by w.made_at ${order}, w.id ${order} limit $4`,
        [actor.organizationId, after?.at ?? null, after?.id ?? null, limit + 1, signed],
      );
      return pageOf(found, limit, {
        binding,
        at: ({ made_at, id }) => ({ at: made_at, id }),
        view: (row) => toSummary(row, this.clock.now()),
      });
    });
  }

  get(actor: Actor, id: string): Promise<WeeklyReviewView> {
    const uuid = requireId('wkr', id);
    return this.tenant.run(actor, (tx) => this.load(tx, actor, uuid));
  }

  /** The digest as it was made: it does not change, so what is signed is what was seen. */
  sign(actor: Actor, text: string, { note }: SignWeeklyReview): Promise<WeeklyReviewView> {
    if (actor.type !== 'user') throw new AppError('person_required');
    const [id, { organizationId }] = [requireId('wkr', text), actor];
    return this.tenant.run(actor, async (tx) => {
      await tx.query('select 1 from weekly_review where organization_id = $1 and id = $2 for update', [organizationId, id]);
      const { from, to, digest: kept, signature } = await this.load(tx, actor, id);
      const { ...digest } = kept;
      if (signature !== null)
        throw new AppError('illegal_transition', {
          detail: `${signature.signedBy} has signed it already. What was signed cannot be signed again.`,
        });
      const reviewId = await keepReview(tx, {
        ...{ actor, activity: this.activity, now: this.clock.now(), kind: 'weekly', name: 'Weekly review', note: note ?? null },
        content: { weeklyReviewId: typeId('wkr', id), from, to, ...digest, concerns: digest.attention },
      });
      await tx.query('update weekly_review set review_id = $3 where organization_id = $1 and id = $2', [organizationId, id, reviewId]);
      return this.load(tx, actor, id);
    });
  }

  private async load(tx: EntityManager, { organizationId }: Actor, id: string): Promise<WeeklyReviewView> {
    const [row] = await tx.query<Row[]>(`${rows} where w.organization_id = $1 and w.id = $2`, [organizationId, id]);
    const [kept] = await tx.query<{ digest: KeptDigest }[]>('select digest from weekly_review where organization_id = $1 and id = $2', [organizationId, id]); // prettier-ignore
    if (!row || !kept) throw new AppError('resource_not_found', { detail: 'The organization has no weekly review with this id.' });
    const summary = toSummary(row, this.clock.now());
    return { ...summary, digest: withAll(kept.digest, summary) };
  }
}

type Lacking<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;
type KeptDigest = Lacking<Omit<WeeklyDigest, 'findings' | 'incidents'>, 'period' | 'changesMore'> & {
  findings: Lacking<WeeklyDigest['findings'], 'more' | 'openList' | 'openMore'>;
  incidents: Lacking<WeeklyDigest['incidents'], 'openMore'>;
};

/** Digests of before migration 0039 have no list of what was open, and do not say what they cover. */
function withAll(digest: KeptDigest, { from, to }: { from: string; to: string }): WeeklyDigest {
  const { opened, list, leftOut, open } = digest.findings;
  return {
    ...{ period: { from, to }, changesMore: 0, ...digest },
    findings: { more: Math.max(0, opened - list.length - leftOut), openList: [], openMore: open, ...digest.findings },
    incidents: { openMore: 0, ...digest.incidents },
  };
}

const toSummary = (row: Row, now: Date): Pick<WeeklyReviewSummary, keyof WeeklyReviewSummary> => ({
  id: typeId('wkr', row.id),
  from: row.began_at.toISOString(),
  to: new Date(row.began_at.getTime() + WEEK_MS).toISOString(),
  madeAt: row.made_at.toISOString(),
  dueAt: row.due_at.toISOString(),
  overdue: row.review_id === null && row.due_at < now,
  attention: row.attention,
  signature:
    row.review_id === null || row.signed_at === null
      ? null
      : {
          reviewId: typeId('rvw', row.review_id),
          signedAt: row.signed_at.toISOString(),
          signedBy: row.signed_by_name ?? '',
          sha256: row.sha256 ?? '',
          note: row.note,
        },
});
