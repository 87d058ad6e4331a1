/** Who has access to API keys, on one page that can be printed and signed. */
import GlobalStyles from '@mui/material/GlobalStyles';
import Button from '@mui/material/Button';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LinkBase, useDataProvider, useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { AccessReview, ReviewSummary } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, Part } from '../layout/Page';
import { useCan, useSession } from '../session/use-session';
import { ReviewTables } from './ReviewTables';
import { SignDialog } from './SignDialog';
import { SignedReview } from './SignedReview';

/** On paper: the page and nothing around it, black on white, as long as it is. */
const print = (
  <GlobalStyles
    styles={{
      '@media screen': { '[data-print-only]': { display: 'none' } },
      '@media print': {
        'header, nav[aria-label="Main"], button, [data-screen-only]': { display: 'none !important' },
        'main, main *': { color: '#000 !important', background: 'none !important' },
        'html, body, #root, #root > *, main': { display: 'block !important', height: 'auto !important', overflow: 'visible !important' },
        tr: { breakInside: 'avoid' },
      },
    }}
  />
);

const PrintButton = () => (
  <Button variant="outlined" onClick={() => window.print()}>
    Print
  </Button>
);

function Due({ lastReview, dueAt, overdue }: AccessReview) {
  return (
    <Notice tone={overdue ? 'server' : 'unknown'} style={{ marginBottom: 24, maxWidth: 760 }}>
      <strong>{overdue ? 'This review is overdue.' : 'Signed off every 90 days.'}</strong>
      <p>
        {lastReview ? (
          <>
            Last signed by {lastReview.signedBy.name} on <TimeStamp at={lastReview.signedAt} />.
          </>
        ) : (
          'Nobody has signed it yet.'
        )}{' '}
        {overdue ? 'It was due on ' : 'The next one is due on '}
        <TimeStamp at={dueAt} />.
      </p>
    </Notice>
  );
}

function History() {
  const list = useInfiniteGetList<ReviewSummary>(
    'reviews',
    { filter: { kind: 'access' }, pagination: { page: 1, perPage: 20 } },
    { retry: false },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Part data-screen-only>
      <h2>Signed so far</h2>
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.isPending && !list.error && rows.length === 0 && <p>None yet. What you sign is kept here, and can be opened as it was.</p>}
      {(list.isPending || rows.length > 0) && (
        <DataTable label="Signed reviews">
          <thead>
            <tr>
              {['Signed', 'By', 'Note', 'Stood out', 'SHA-256'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          {list.isPending ? (
            <SkeletonRows rows={2} columns={[[164, 'fit'], 120, 240, [40, 'fit'], [90, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((review) => (
                <tr key={review.id}>
                  <td className="fit">
                    <LinkBase to={`/access-review?review=${review.id}`}>
                      <TimeStamp at={review.signedAt} />
                    </LinkBase>
                  </td>
                  <td style={{ width: '30%' }} data-label="By">
                    {review.signedBy.name}
                  </td>
                  <td style={{ width: '70%' }} data-label="Note">
                    {review.note ?? '–'}
                  </td>
                  <td className="fit number" data-label="Stood out">
                    {review.concerns}
                  </td>
                  <td className="fit" data-label="SHA-256">
                    <MonoText title={review.sha256}>{review.sha256.slice(0, 12)}…</MonoText>
                  </td>
                </tr>
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older reviews
        </Button>
      )}
    </Part>
  );
}

function Today() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const organization = useSession()?.organization;
  const maySign = useCan('reviews:write');
  const [signing, setSigning] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['access-review'], queryFn: () => dataProvider.accessReview(), retry: false });
  const close = (): void => {
    setSigning(false);
    void refetch(); // after a refusal the page must show what has changed
  };
  const actions = (
    <>
      <PrintButton />
      {maySign && (
        <Button variant="contained" disabled={!data} onClick={() => setSigning(true)}>
          Sign off…
        </Button>
      )}
    </>
  );
  return (
    <Page title="Access review" lead="Who has access to API keys, who made which, and what to look at." actions={actions}>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data ? (
        <>
          {/* "3 days ago" needs to say from when, once it is on paper. */}
          <p data-print-only>
            {organization?.name}, as of <TimeStamp at={data.asOf} />. This page is not signed.
          </p>
          <Due {...data} />
          <ReviewTables {...data} relative />
        </>
      ) : (
        !error && (
          <DataTable label="People">
            <SkeletonRows rows={6} columns={[200, [60, 'fit'], [60, 'fit'], [120, 'fit'], [80, 'fit']]} />
          </DataTable>
        )
      )}
      <History />
      {signing && data && (
        <SignDialog
          review={data}
          onClose={close}
          onSigned={({ id }) => {
            void queryClient.invalidateQueries();
            navigate(`/access-review?review=${id}`);
          }}
        />
      )}
    </Page>
  );
}

export function AccessReviewPage() {
  const { search } = useLocation();
  const signed = new URLSearchParams(search).get('review');
  return (
    <>
      {print}
      {signed === null ? <Today /> : <SignedReview key={signed} id={signed} actions={<PrintButton />} />}
    </>
  );
}
