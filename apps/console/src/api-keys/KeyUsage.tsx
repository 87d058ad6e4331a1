/** How a key is used: figures, statuses, callers, and the course of it as bars with the same numbers in a table. */
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { LinkBase, useDataProvider } from 'react-admin';
import type { KeyUsage as Usage } from '../api-types';
import { emptyQuery, narrowed } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { ConsoleDataProvider } from '../data-provider';
import { Choice, Choices } from '../elements/Choices';
import { DataTable } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { FactList } from '../elements/FactList';
import { ProblemView } from '../elements/ProblemView';
import { StatusChip } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { CallerName } from './CallersNotice';
import { KeyCallers } from './KeyCallers';
import { countText, percentileText } from '../elements/figures';

type Interval = Usage['interval'];
const HOUR_MS = 3_600_000;
type Span = { label: string; hours: number; interval: Interval };
const week: Span = { label: '7 days', hours: 7 * 24, interval: 'day' };
const spans: readonly Span[] = [
  { label: '24 hours', hours: 24, interval: 'hour' },
  week,
  { label: '30 days', hours: 30 * 24, interval: 'day' },
];

const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 320px), 1fr))',
  gap: '16px 48px',
  alignItems: 'start',
  maxWidth: 1120,
  marginBottom: 16,
});
const Bars = styled('div')(({ theme }) => ({
  display: 'flex',
  alignItems: 'flex-end',
  gap: 2,
  height: 56,
  borderBottom: `1px solid ${theme.palette.tone.line}`,
  '& > div': { flex: '1 1 0', minWidth: 1, display: 'flex', flexDirection: 'column', justifyContent: 'flex-end', height: '100%' },
  '& i': { display: 'block', background: theme.palette.tone.status.success.text },
  '& i[data-tone="client"]': { background: theme.palette.tone.status.client.text },
  '& i[data-tone="server"]': { background: theme.palette.tone.status.server.text },
}));
const Exactness = styled('p')(({ theme }) => ({ fontSize: 12, color: theme.palette.tone.muted, margin: '0 0 16px', maxWidth: 720 }));
const Details = styled('details')({ marginTop: 8, '& > summary': { cursor: 'pointer', fontSize: 13 } });

/** Every interval of the period, also those without a request. */
function course({ from, to, interval, history }: Usage): Usage['history'] {
  const step = interval === 'day' ? 24 * HOUR_MS : HOUR_MS;
  const known = new Map(history.map((line) => [Date.parse(line.from), line]));
  const none = { requests: 0, clientErrors: 0, serverErrors: 0, bytesOut: 0, p50Ms: null, p95Ms: null, p99Ms: null, statuses: [] };
  const begin = Math.floor(Date.parse(from) / step) * step;
  return Array.from({ length: Math.max(0, Math.ceil((Date.parse(to) - begin) / step)) }, (_, index) => {
    const at = begin + index * step;
    return known.get(at) ?? { ...none, from: new Date(at).toISOString() };
  });
}

const inClass = ({ statuses }: Usage['history'][number], first: number): number =>
  statuses.reduce((sum, { status, requests }) => (Math.floor((status ?? 0) / 100) === first ? sum + requests : sum), 0);

function History({ usage }: { usage: Usage }) {
  const lines = course(usage);
  const most = Math.max(1, ...lines.map(({ requests }) => requests));
  const height = (count: number): string => `${count === 0 ? 0 : Math.max(2, (count / most) * 100)}%`;
  return (
    <div style={{ marginBottom: 16 }}>
      <Bars aria-hidden>
        {lines.map((line) => (
          <div key={line.from} title={`${line.from}: ${line.requests}`}>
            <i data-tone="server" style={{ height: height(line.serverErrors) }} />
            <i data-tone="client" style={{ height: height(line.clientErrors) }} />
            <i style={{ height: height(line.requests - line.clientErrors - line.serverErrors) }} />
          </div>
        ))}
      </Bars>
      <Details>
        <summary>The course in numbers, by the {usage.interval}</summary>
        <DataTable label="Requests over time">
          <thead>
            <tr>
              <th scope="col">From</th>
              {['Requests', '2xx', '3xx', '4xx', '5xx', 'Half within', '95 % within', '99 % within'].map((name) => (
                <th key={name} scope="col" className="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.from}>
                <td>
                  <TimeStamp at={line.from} />
                </td>
                <td className="number" data-label="Requests">
                  {countText(line.requests)}
                </td>
                {[2, 3].map((first) => (
                  <td key={first} className="number" data-label={`${first}xx`}>
                    {countText(inClass(line, first))}
                  </td>
                ))}
                <td className="number" data-label="4xx">
                  {countText(line.clientErrors)}
                </td>
                <td className="number" data-label="5xx">
                  {countText(line.serverErrors)}
                </td>
                {(
                  [
                    ['Half within', line.p50Ms],
                    ['95 % within', line.p95Ms],
                    ['99 % within', line.p99Ms],
                  ] as const
                ).map(([name, value]) => (
                  <td key={name} className="number" data-label={name}>
                    {percentileText(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </DataTable>
      </Details>
    </div>
  );
}

function Callers({ callers }: { callers: Usage['callers'] }) {
  return (
    <DataTable label="Callers">
      <thead>
        <tr>
          <th scope="col">Caller</th>
          <th scope="col" className="number">
            Accepted
          </th>
          <th scope="col" className="number">
            Refused
          </th>
          <th scope="col">Last accepted</th>
        </tr>
      </thead>
      <tbody>
        {callers.map((caller) => (
          <tr key={`${caller.network} ${caller.agent}`}>
            <td style={{ width: '60%' }}>
              <CallerName {...caller} />
            </td>
            <td className="fit number" data-label="Accepted">
              {countText(caller.requests)}
            </td>
            <td className="fit number" data-label="Refused">
              {countText(caller.refused)}
            </td>
            <td className="fit" data-label="Last accepted">
              <TimeStamp at={caller.lastAcceptedAt} relative missing="Never" />
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

function Figures({ usage, apiKeyId }: { usage: Usage; apiKeyId: string }) {
  const share = (count: number): string => `${countText(count)} (${((count / usage.requests) * 100).toFixed(1)} %)`;
  // The same period, so that the rows behind a number are as many.
  const query = { ...emptyQuery, from: usage.from, to: usage.to };
  const rows = (text: string, status?: string): ReactNode => (
    <LinkBase to={logLink(narrowed(query, { apiKeyId, status }))}>{text}</LinkBase>
  );
  return (
    <Columns>
      <FactList
        facts={[
          { label: 'Requests', value: rows(countText(usage.requests)) },
          { label: '4xx', value: usage.clientErrors === 0 ? '0' : rows(share(usage.clientErrors), '4xx') },
          { label: '5xx', value: usage.serverErrors === 0 ? '0' : rows(share(usage.serverErrors), '5xx') },
          { label: 'Half within', value: percentileText(usage.p50Ms) },
          { label: '95 % within', value: percentileText(usage.p95Ms) },
          { label: '99 % within', value: percentileText(usage.p99Ms) },
        ]}
      />
      <FactList
        facts={usage.statuses.map(({ status, requests }) => ({
          label: String(status ?? 'no answer'),
          value: (
            <>
              <StatusChip status={status} words /> {status === null ? share(requests) : rows(share(requests), String(status))}
            </>
          ),
        }))}
      />
    </Columns>
  );
}

export function KeyUsage({ id }: { id: string }) {
  const [span, setSpan] = useState(week);
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const from = useMemo(() => new Date(Date.now() - span.hours * HOUR_MS).toISOString(), [span]);
  const { data, error, refetch } = useQuery({
    queryKey: ['api-keys', 'usage', id, span.label],
    queryFn: () => dataProvider.keyUsage(id, { from, interval: span.interval }),
    retry: false,
    placeholderData: (before) => before,
  });
  return (
    <Part>
      <h2>Usage</h2>
      <Choices label="Period">
        {spans.map((each) => (
          <Choice key={each.label} chosen={each === span} onClick={() => setSpan(each)}>
            {each.label}
          </Choice>
        ))}
      </Choices>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton width="60%" height={12} />}
      {data?.requests === 0 && (
        <EmptyState title="Not used in this period">
          No request was made with this key. Choose a longer period, or see whether it is needed.
        </EmptyState>
      )}
      {data && data.requests > 0 && (
        <>
          <History usage={data} />
          <Figures usage={data} apiKeyId={id} />
          <Exactness>
            Counts are exact. Durations come from a histogram: what is told lies in the same step as the true value (up to 2.5 s never off
            by more than a factor of 2.5, up to 10 s by 4).
          </Exactness>
          <Callers callers={data.callers} />
          <KeyCallers usage={data} apiKeyId={id} />
        </>
      )}
    </Part>
  );
}
