/** What retention has deleted, and the proof that remains of it. */
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { LinkBase, useInfiniteGetList } from 'react-admin';
import type { PurgeCertificate } from '../api-types';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { countText, numberOf } from '../elements/figures';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { useCan } from '../session/use-session';
import { useRetentionCalls } from './retention-calls';

const PAGE = { page: 1, perPage: 20 };
const MOST_RANGES = 3;
/** Steps take fractions of a second, but nobody watches a purge. */
const LOOK_MS = 30_000;

function numbers({ records, sequences, firstSequence, lastSequence }: PurgeCertificate): string {
  if (records === 0) return '–';
  if (sequences.length === 0) return `${firstSequence ?? ''} … ${lastSequence ?? ''}`;
  const shown = sequences.slice(0, MOST_RANGES).map(({ from, to }) => (from === to ? `${from}` : `${from}–${to}`));
  return shown.join(', ') + (sequences.length > MOST_RANGES ? ` and ${sequences.length - MOST_RANGES} more` : '');
}

const monthText = (from: string): string => new Date(from).toLocaleDateString('en', { month: 'long', year: 'numeric', timeZone: 'UTC' });

/** Numbers that are missing just now, and in no certificate yet. Whether anybody works at it is not known: the last purge may have failed. */
function InProgress() {
  const calls = useRetentionCalls();
  const { data } = useQuery({ queryKey: ['purge-in-progress'], queryFn: () => calls.purging(), retry: false, refetchInterval: LOOK_MS });
  if (!data?.inProgress) return null;
  const { records, since, months } = data.inProgress;
  return (
    <>
      {since !== null && (
        <p>
          A purge that began <TimeStamp at={since} /> is not finished: {numberOf(records, 'record')} so far, which will be in its
          certificate. The next one goes on from there.
        </p>
      )}
      {months.length > 0 && (
        <p>
          Deleted as a whole, and being counted: {months.map(({ from }) => monthText(from)).join(', ')}. The numbers will be in a
          certificate when that is done.
        </p>
      )}
    </>
  );
}

export function Certificates() {
  const mayExport = useCan('audit:export');
  const list = useInfiniteGetList<PurgeCertificate>('purge-certificates', { pagination: PAGE }, { retry: false });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Part>
      <h2>Purge certificates</h2>
      <p>
        Each night what the plan no longer shows, and nothing holds, is deleted. What remains is how many records there were, and which
        numbers: with those that are there they are as many as were ever recorded.
      </p>
      <InProgress />
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.isPending && !list.error && rows.length === 0 && <p>Nothing has been purged yet.</p>}
      {(list.isPending || rows.length > 0) && (
        <DataTable label="Purge certificates">
          <thead>
            <tr>
              <th scope="col">Purged</th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col">Numbers</th>
              <th scope="col">All before</th>
              <th scope="col">Policy</th>
            </tr>
          </thead>
          {list.isPending ? (
            <SkeletonRows rows={2} columns={[[164, 'fit'], [60, 'fit number'], 160, [164, 'fit'], 160]} />
          ) : (
            <tbody>
              {rows.map((one) => (
                <tr key={one.id}>
                  <td className="fit">
                    <TimeStamp at={one.endedAt} />
                  </td>
                  <td className="fit number" data-label="Records">
                    {countText(one.records)}
                  </td>
                  <td className="wrap" style={{ width: '50%' }} data-label="Numbers">
                    <MonoText>{numbers(one)}</MonoText>
                  </td>
                  <td className="fit" data-label="All before">
                    <TimeStamp at={one.cutoffAt} />
                  </td>
                  <td className="wrap" style={{ width: '50%' }} data-label="Policy">
                    {one.policy.keptDays} days ({one.policy.plan}){one.how === 'dropped' ? ', a whole month' : ''}
                    {one.policy.holds > 0 ? `, ${one.policy.holds} held` : ''}
                  </td>
                </tr>
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, marginTop: 14 }}>
        {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()}>Show older ones</Button>}
        {mayExport && rows.length > 0 && (
          <Button component={LinkBase} to="/exports">
            Export as evidence
          </Button>
        )}
      </div>
    </Part>
  );
}
