/** The weeks that are over: what is still to be signed, what is overdue, and what was signed by whom. */
import { LinkBase, useInfiniteGetList } from 'react-admin';
import Button from '@mui/material/Button';
import type { WeeklyReviewSummary } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { Page } from '../layout/Page';
import { stateOf, weekText } from './weekly-words';

const columns = ['Week', 'State', 'To look at', 'Signed by', 'Note'];

function Row({ review }: { review: WeeklyReviewSummary }) {
  const { text, tone } = stateOf(review);
  return (
    <tr>
      <td style={{ width: '30%' }}>
        <LinkBase to={`/weekly-reviews/${review.id}`}>{weekText(review)}</LinkBase>
      </td>
      <td className="fit" data-label="State">
        <Chip tone={tone}>{text}</Chip>
      </td>
      <td className="fit number" data-label="To look at">
        {review.attention}
      </td>
      <td style={{ width: '25%' }} data-label="Signed by">
        {review.signature?.signedBy ?? '–'}
      </td>
      <td style={{ width: '45%' }} data-label="Note">
        {review.signature?.note ?? '–'}
      </td>
    </tr>
  );
}

export function WeeklyReviewsPage() {
  const list = useInfiniteGetList<WeeklyReviewSummary>('weekly-reviews', { pagination: { page: 1, perPage: 26 } }, { retry: false });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  return (
    <Page
      title="Weekly review"
      lead="Each Monday the week that is over (UTC): what changed, what stands out. An admin looks at it and signs it off."
    >
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.error && rows?.length === 0 && (
        <EmptyState title="No week is over yet">
          The first review is made on the Monday after the organization began; admins get it by mail.
        </EmptyState>
      )}
      {!list.error && rows?.length !== 0 && (
        <DataTable label="Weekly reviews">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col" className={name === 'To look at' ? 'number' : undefined}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          {rows === null ? (
            <SkeletonRows rows={4} columns={[160, [70, 'fit'], [30, 'fit number'], 120, 220]} />
          ) : (
            <tbody>
              {rows.map((review) => (
                <Row key={review.id} review={review} />
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older weeks
        </Button>
      )}
    </Page>
  );
}
