/** A review that was signed: what was seen, by whom, and whether it is still what was hashed. */
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { LinkBase, useDataProvider } from 'react-admin';
import type { ReviewView } from '../api-types';
import { FactList } from '../elements/FactList';
import { Mono } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { HashCheck } from './HashCheck';
import { ReviewTables, type Reviewed } from './ReviewTables';

export function SignedReview({ id, actions }: { id: string; actions: React.ReactNode }) {
  const dataProvider = useDataProvider();
  // Not useGetOne: it begins with the row of the list, which has no snapshot.
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['signed-review', id],
    queryFn: async () => (await dataProvider.getOne<ReviewView>('reviews', { id })).data,
    retry: false,
  });
  if (isPending) return <PageSkeleton />;
  if (error)
    return (
      <Page title="Access review">
        <ProblemView error={error} retry={() => void refetch()} />
        <Button component={LinkBase} to="/access-review" variant="outlined" style={{ marginTop: 12 }}>
          To the access review of today
        </Button>
      </Page>
    );
  return (
    <Page title="Access review, as it was signed" lead={<LinkBase to="/access-review">To the one of today</LinkBase>} actions={actions}>
      <Part>
        <FactList
          facts={[
            { label: 'Signed', value: <TimeStamp at={data.signedAt} /> },
            { label: 'By', value: data.signedBy.name },
            { label: 'Note', value: data.note },
            { label: 'SHA-256', value: <Mono copyLabel="Copy the hash">{data.sha256}</Mono> },
            { label: 'Check', value: <HashCheck review={data} /> },
          ]}
        />
      </Part>
      {/* What was signed has the shape that the page had then. */}
      <ReviewTables {...(data.snapshot as Reviewed)} />
    </Page>
  );
}
