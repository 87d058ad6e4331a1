/** What people and the clock did to a key, newest first. */
import Skeleton from '@mui/material/Skeleton';
import { LinkBase, useGetList } from 'react-admin';
import type { ActivityEntry } from '../api-types';
import { inBrief, sentenceOf, whoText } from '../activity/activity-words';
import { DataTable } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { useCan } from '../session/use-session';

const SHOWN = 10;

export function KeyHistory({ id }: { id: string }) {
  const mayRead = useCan('activity:read');
  const { data, error, refetch } = useGetList<ActivityEntry>(
    'activity',
    { filter: { targetId: id }, pagination: { page: 1, perPage: SHOWN } },
    { enabled: mayRead, retry: false },
  );
  if (!mayRead) return null;
  return (
    <Part>
      <h2>
        History <LinkBase to={`/activity?targetId=${id}`}>All in Activity</LinkBase>
      </h2>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton width="60%" height={12} />}
      {data?.length === 0 && <EmptyState title="Nothing was changed">What is done to the key, and by whom, stands here.</EmptyState>}
      {data && data.length > 0 && (
        <DataTable label="History of the key">
          <thead>
            <tr>
              {['What', 'Who', 'When'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {data.map((entry) => (
              <tr key={entry.id}>
                <td style={{ width: '70%' }} title={inBrief(entry)}>
                  {sentenceOf(entry)} {inBrief(entry)}
                </td>
                <td style={{ width: '30%' }} data-label="Who">
                  {whoText(entry.actor)}
                </td>
                <td className="fit" data-label="When">
                  <TimeStamp at={entry.occurredAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
    </Part>
  );
}
