/** The columns that the list of requests can have: what stands in their head and their cells. A value that the grammar can ask for filters. */
import type { LogField, LogListColumn } from '@pinebill/contract';
import type { ReactNode } from 'react';
import type { LogRecord } from '../api-types';
import { Address, AddressLink, countryName } from '../elements/Address';
import { Caller } from '../elements/KeyName';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { StatusChip } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import { Filterable, type FilterBy } from './Filterable';
import { countText, duration } from '../elements/figures';

type Cell = { record: LogRecord; onFilter: FilterBy };
type ListColumn = {
  label: string;
  /** What the head says when that is short. */
  head?: ReactNode;
  className: string;
  /** Of the bar while it loads. */
  skeleton: number;
  cell: (of: Cell) => ReactNode;
};

const count = (bytes: number | null): string => (bytes === null ? '–' : countText(bytes));
const NONE = '–';

const text = (label: string, field: LogField, of: (record: LogRecord) => string | null, mono = false): ListColumn => ({
  label,
  className: 'extra',
  skeleton: 90,
  cell: ({ record, onFilter }) => {
    const value = of(record);
    if (value === null || value === '') return NONE;
    return (
      <Filterable field={field} value={value} what={value} onFilter={onFilter}>
        {mono ? <MonoText style={{ whiteSpace: 'inherit' }}>{value}</MonoText> : value}
      </Filterable>
    );
  },
});

/** The key; or that it was a person, an unknown key, or nobody. */
function callerOf({ apiKey, actor, keyFingerprint }: LogRecord): { field: LogField; value: string; what: string | null } {
  if (apiKey) return { field: 'apiKeyId', value: apiKey.id, what: `${apiKey.name} (${apiKey.masked})` };
  if (keyFingerprint !== null) return { field: 'keyFingerprint', value: keyFingerprint, what: null };
  return { field: 'actorType', value: actor.type, what: null };
}

export const listColumns: Record<LogListColumn, ListColumn> = {
  startedAt: {
    label: 'Timestamp',
    className: 'fit time',
    skeleton: 164,
    cell: ({ record }) => <TimeStamp at={record.startedAt} />,
  },
  method: {
    label: 'Method',
    className: 'fit method',
    skeleton: 36,
    cell: ({ record: { method }, onFilter }) =>
      method === null ? (
        <MethodTag method={null} />
      ) : (
        <Filterable field="method" value={method} what={method} onFilter={onFilter}>
          <MethodTag method={method} />
        </Filterable>
      ),
  },
  path: { ...text('Endpoint', 'path', ({ path }) => path, true), className: 'endpoint', skeleton: 260 },
  status: {
    label: 'Status',
    className: 'fit status',
    skeleton: 34,
    cell: ({ record: { status, outcome }, onFilter }) =>
      status === null ? (
        <StatusChip status={null} outcome={outcome} />
      ) : (
        <Filterable field="status" value={String(status)} what={`status ${status}`} onFilter={onFilter}>
          <StatusChip status={status} outcome={outcome} />
        </Filterable>
      ),
  },
  apiKeyName: {
    label: 'API Key',
    className: 'caller',
    skeleton: 200,
    cell: ({ record, onFilter }) => (
      <Filterable {...callerOf(record)} onFilter={onFilter}>
        <Caller record={record} />
      </Filterable>
    ),
  },
  ip: {
    label: 'IP Address',
    className: 'fit ip',
    skeleton: 120,
    cell: ({ record: { ip, country }, onFilter }) =>
      ip === null ? (
        NONE
      ) : (
        <>
          <Filterable field="ip" value={ip} what={country ? `${ip} ${country}` : ip} onFilter={onFilter}>
            <Address ip={ip} country={country} />
          </Filterable>
          <AddressLink ip={ip} />
        </>
      ),
  },
  durationMs: {
    label: 'Duration',
    head: (
      <abbr title="Milliseconds from arrival to answer" style={{ textDecoration: 'none' }}>
        ms
      </abbr>
    ),
    className: 'fit number ms',
    skeleton: 28,
    cell: ({ record }) => duration(record.durationMs),
  },
  route: text('Route', 'route', ({ route }) => route, true),
  reason: text('Reason', 'reason', ({ reason }) => reason),
  country: {
    label: 'Country',
    className: 'extra',
    skeleton: 60,
    cell: ({ record: { country }, onFilter }) =>
      country === null ? (
        NONE
      ) : (
        <Filterable field="country" value={country} what={countryName(country)} onFilter={onFilter}>
          {countryName(country)}
        </Filterable>
      ),
  },
  userAgent: { ...text('User agent', 'userAgent', ({ userAgent }) => userAgent), skeleton: 140 },
  service: text('Service', 'service', ({ service }) => service),
  team: text('Team', 'team', ({ team }) => team),
  environment: text('Environment', 'environment', ({ environment }) => environment),
  requestBytes: {
    label: 'Received, bytes',
    className: 'fit number extra',
    skeleton: 40,
    cell: ({ record }) => count(record.requestBytes),
  },
  responseBytes: {
    label: 'Sent, bytes',
    className: 'fit number extra',
    skeleton: 40,
    cell: ({ record }) => count(record.responseBytes),
  },
  requestId: { ...text('Request ID', 'requestId', ({ requestId }) => requestId, true), skeleton: 180 },
  sequence: { label: 'Sequence', className: 'fit number extra', skeleton: 48, cell: ({ record }) => count(record.sequence) },
};
