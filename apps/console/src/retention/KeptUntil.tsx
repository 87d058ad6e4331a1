/** How long one record stays; asked for when somebody wants to know, for asking is a request too. */
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { LinkBase } from 'react-admin';
import type { RecordRetention } from '../api-types';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useRetentionCalls } from './retention-calls';

const pageOf = ({ kind, id }: RecordRetention['heldBy'][number]): string => (kind === 'incident' ? `/incidents/${id}` : '/plan');

export function KeptUntil({ id }: { id: string }) {
  const calls = useRetentionCalls();
  const { data, error, refetch } = useQuery({ queryKey: ['record-retention', id], queryFn: () => calls.record(id), retry: false });
  if (error) return <ProblemView error={error} retry={() => void refetch()} />;
  if (!data) return <p>Looking…</p>;
  if (data.heldBy.length === 0)
    return (
      <p style={{ margin: 0 }}>
        Nothing holds it: it may be purged from <TimeStamp at={data.purgedFrom} /> on.
      </p>
    );
  return (
    <p style={{ margin: 0 }}>
      Not purged, for it is held by{' '}
      {data.heldBy.map((one) => (
        <Button key={one.id} size="small" component={LinkBase} to={pageOf(one)}>
          {one.name ?? one.id}
        </Button>
      ))}
    </p>
  );
}
