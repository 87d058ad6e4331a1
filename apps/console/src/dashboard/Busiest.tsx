/** What stands out in the period: the slowest endpoints, the busiest keys, addresses that were not seen before. Each line leads to its rows. */
import Skeleton from '@mui/material/Skeleton';
import type { ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import type { LogStats, StatsLine } from '../api-types';
import { AddressLink } from '../elements/Address';
import { DataTable } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { MethodTag } from '../elements/MethodTag';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import type { Period } from './dashboard-range';
import { rowsLink, slowestFirst, useStats } from './use-stats';
import { countText, percentileText, share } from '../elements/figures';

const SHOWN = 8;
/** The grammar takes so many values at once. */
const ADDRESSES = 100;
const LOOK_BACK_MS = 30 * 86_400_000;

type ListProps = {
  title: string;
  data: LogStats | undefined;
  error: Error | null;
  retry: () => void;
  lines: readonly StatsLine[];
  head: string;
  /** The last column. */
  measure: { name: string; of: (line: StatsLine) => string };
  link: (line: StatsLine) => string;
  name: (line: StatsLine) => ReactNode;
  /** Beside the name. */
  beside?: (line: StatsLine) => ReactNode;
  empty: string;
  children?: ReactNode;
};

function List({ title, data, error, retry, lines, head, measure, link, name, beside, empty, children }: ListProps) {
  return (
    <Part>
      <h2>{title}</h2>
      {children}
      {error && <ProblemView error={error} retry={retry} />}
      {!data && !error && <Skeleton width="100%" height={36 * SHOWN} />}
      {data && lines.length === 0 && <EmptyState title="Nothing here">{empty}</EmptyState>}
      {data && lines.length > 0 && (
        <DataTable label={title} compact>
          <thead>
            <tr>
              <th scope="col">{head}</th>
              {['Requests', 'Errors', measure.name].map((column) => (
                <th key={column} scope="col" className="number fit">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, SHOWN).map((line) => (
              <tr key={line.group}>
                <td>
                  <LinkBase to={link(line)}>{name(line)}</LinkBase>
                  {beside?.(line)}
                </td>
                <td className="number fit" data-label="Requests">
                  {countText(line.requests)}
                </td>
                <td className="number fit" data-label="Errors">
                  {share(line.errors, line.requests)}
                </td>
                <td className="number fit" data-label={measure.name}>
                  {measure.of(line)}
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
    </Part>
  );
}

/** Requests without such a value, and those that are not told apart, are no line of their own. */
const named = (data: LogStats | undefined): StatsLine[] => data?.data.filter(({ group }) => group !== null && group !== '*') ?? [];
const within = { name: '95 % within', of: ({ p95Ms }: StatsLine) => percentileText(p95Ms) };
const asked = ({ from, to }: Period, groupBy: string, limit: number) => ({ from, to, groupBy, limit: String(limit) });

export function SlowestEndpoints({ period }: { period: Period }) {
  const { data, error, refetch } = useStats(asked(period, 'endpoint', 200));
  const partsOf = ({ group }: StatsLine) => (group ?? '').split(' ') as [method: string, route: string];
  return (
    <List
      {...{
        title: 'Slowest endpoints',
        head: 'Endpoint',
        measure: within,
        data,
        error,
        empty: 'No program has called an endpoint in this period.',
      }}
      retry={() => void refetch()}
      lines={slowestFirst(named(data))}
      link={(line) => rowsLink(period, { method: partsOf(line)[0], route: partsOf(line)[1] })}
      name={(line) => (
        <>
          <MethodTag method={partsOf(line)[0]} /> <code>{partsOf(line)[1]}</code>
        </>
      )}
    />
  );
}

export function BusiestKeys({ period }: { period: Period }) {
  const { data, error, refetch } = useStats(asked(period, 'apiKeyId', SHOWN));
  return (
    <List
      {...{ title: 'Busiest keys', head: 'API key', measure: within, data, error, empty: 'No key was used in this period.' }}
      retry={() => void refetch()}
      lines={named(data)}
      link={({ group }) => rowsLink(period, { apiKeyId: group ?? '' })}
      name={({ group, label }) => label ?? <code>{group}</code>}
    />
  );
}

/** Among the busiest of the period, those without a request in the 30 days before it. */
export function NewAddresses({ period }: { period: Period }) {
  const now = useStats(asked(period, 'ip', ADDRESSES));
  const addresses = named(now.data);
  const lookedFrom = new Date(Date.parse(period.from) - LOOK_BACK_MS).toISOString();
  const before = useStats(
    addresses.length === 0
      ? null
      : {
          from: lookedFrom,
          to: period.from,
          groupBy: 'ip',
          limit: String(ADDRESSES),
          ip: addresses.map(({ group }) => group).join(','),
        },
  );
  const known = new Set(named(before.data).map(({ group }) => group));
  const isKnown = addresses.length === 0 || before.data !== undefined;
  const most = now.data?.data.some(({ group }) => group === '*') ?? false;
  // The plan shows less, or there was too much to look through: an address may have been there before that.
  const since = before.data && before.data.countedFrom > lookedFrom ? before.data.countedFrom : null;
  return (
    <List
      {...{
        title: 'New addresses',
        head: 'Address',
        measure: within,
        empty: since
          ? 'Every address of this period was seen before it.'
          : 'Every address of this period was seen in the 30 days before it.',
      }}
      data={isKnown ? now.data : undefined}
      error={now.error ?? before.error}
      retry={() => {
        void now.refetch();
        void before.refetch();
      }}
      lines={isKnown && !before.isPlaceholderData ? addresses.filter(({ group }) => !known.has(group)) : []}
      link={({ group }) => rowsLink(period, { ip: group ?? '' })}
      name={({ group }) => <code>{group}</code>}
      beside={({ group }) => group !== null && <AddressLink ip={group} stop />}
    >
      {most && <p>Of the {ADDRESSES} busiest addresses of this period.</p>}
      {since && (
        <p>
          Not seen since <TimeStamp at={since} />: what came before could not be looked through.
        </p>
      )}
    </List>
  );
}
