/** Errors that are one and the same, together: what fails most, since when, to whom, and the rows behind it. */
import Refresh from '@mui/icons-material/RefreshRounded';
import Button from '@mui/material/Button';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useDataProvider, useNavigate } from 'react-admin';
import type { ErrorGroups } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ranges, type Period, type RangeName } from '../dashboard/dashboard-range';
import { countText } from '../elements/figures';
import { Choice, Choices } from '../elements/Choices';
import { EmptyState } from '../elements/EmptyState';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { exactTime } from '../elements/times';
import { Page, Part, Row } from '../layout/Page';
import { apiQuery, audiences, errorsLink, useErrorsQuery, type Audience, type ErrorsQuery } from './errors-query';
import { ErrorTable } from './ErrorTable';

const REFRESH_MS = 60_000;

function Narrow({ query }: { query: ErrorsQuery }) {
  const navigate = useNavigate();
  return (
    <Row style={{ gap: '0 24px' }}>
      <Choices label="Period">
        {Object.entries(ranges).map(([name, { label }]) => (
          <Choice key={name} chosen={name === query.range} onClick={() => navigate(errorsLink({ ...query, range: name as RangeName }))}>
            {label}
          </Choice>
        ))}
      </Choices>
      <Choices label="Who called">
        {Object.entries(audiences).map(([name, label]) => (
          <Choice
            key={name}
            chosen={name === query.audience}
            onClick={() => navigate(errorsLink({ ...query, audience: name as Audience }))}
          >
            {label}
          </Choice>
        ))}
      </Choices>
    </Row>
  );
}

/** What was counted, and what was not. */
function Bound({ found }: { found: ErrorGroups }) {
  const { counted, groups, data, exact, countedFrom, total } = found;
  const all = total && total.clientErrors + total.serverErrors;
  return (
    <>
      <p role="status">
        {countText(counted)} {counted === 1 ? 'error' : 'errors'} in {countText(groups)} {groups === 1 ? 'group' : 'groups'}
        {data.length < groups && `, of which the ${countText(data.length)} largest are shown`}
        {total && exact && ` · of ${countText(total.requests)} requests`}.
      </p>
      {!exact && (
        <div style={{ marginBottom: 16 }}>
          <Notice>
            <h2>Only the errors since {exactTime(countedFrom)} are grouped</h2>
            <p>
              There are more requests in this period than are read at once (500,000).
              {all !== null && ` In the whole period there were ${countText(all)} errors.`} Choose a shorter period to see all of its
              groups.
            </p>
          </Notice>
        </div>
      )}
    </>
  );
}

function Nothing({ query }: { query: ErrorsQuery }) {
  const navigate = useNavigate();
  return (
    <EmptyState
      title="No errors in this period"
      action={
        <>
          {query.range !== '30d' && (
            <Button variant="outlined" onClick={() => navigate(errorsLink({ ...query, range: '30d' }))}>
              Look at 30 days
            </Button>
          )}
          <Button variant="outlined" onClick={() => navigate('/audit-logs')}>
            Open API Logs
          </Button>
        </>
      }
    >
      {query.audience === 'programs'
        ? 'No request of a program was answered with 4xx or 5xx. What people did in the console is left out here.'
        : 'No request was answered with 4xx or 5xx.'}
    </EmptyState>
  );
}

function Groups({ query, period }: { query: ErrorsQuery; period: Period }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const asked = apiQuery(period, query);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ['audit-logs', 'errors', asked],
    queryFn: () => dataProvider.errorGroups(asked),
    retry: false,
    refetchInterval: REFRESH_MS,
    placeholderData: (before) => before,
  });
  if (error) return <ProblemView error={error} retry={() => void refetch()} />;
  if (data?.data.length === 0 && data.exact) return <Nothing query={query} />;
  return (
    <>
      {data && <Bound found={data} />}
      <ErrorTable groups={data?.data} stale={isPlaceholderData} period={data ?? period} audience={query.audience} />
    </>
  );
}

export function ErrorsPage() {
  const [reloads, setReloads] = useState(0);
  const { query, period } = useErrorsQuery(reloads);
  return (
    <Page
      title="Errors"
      lead="Requests that failed for the same reason at the same endpoint, together. Each group leads to its requests."
      actions={
        <Button variant="outlined" startIcon={<Refresh />} onClick={() => setReloads((count) => count + 1)}>
          Reload
        </Button>
      }
    >
      <Part>
        <Narrow query={query} />
        <Groups query={query} period={period} />
      </Part>
    </Page>
  );
}
