import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { LogRecord } from '../api-types';
import { Address } from './Address';
import { Caller } from './KeyName';
import { MethodTag } from './MethodTag';
import { MonoText } from './Mono';
import { StatusChip } from './StatusChip';
import { TimeStamp } from './TimeStamp';

const List = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 0,
  borderTop: `1px solid ${theme.palette.tone.line}`,
  containerType: 'inline-size',
  '& li': { borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& a, & li > div': {
    display: 'grid',
    gridTemplateColumns: '44px 52px minmax(0, 1fr) minmax(0, 0.6fr) 76px',
    gap: 12,
    alignItems: 'center',
    minHeight: 36,
    padding: '0 8px',
    color: 'inherit',
    fontSize: 13,
    textDecoration: 'none',
  },
  '& a:hover': { background: theme.palette.tone.hover },
  '& a > *': { overflow: 'hidden', textOverflow: 'ellipsis', whiteSpace: 'nowrap' },
  '& time': { color: theme.palette.tone.muted, fontSize: 12, textAlign: 'right' },
  '@container (max-width: 560px)': {
    '& a, & li > div': { gridTemplateColumns: '44px 52px minmax(0, 1fr) 76px' },
    '& .who': { display: 'none' },
  },
}));

/** A few requests, shortened; each opens in the log. */
export function RecordLines({
  records,
  rows,
  withCaller = true,
}: {
  records: readonly LogRecord[] | undefined;
  rows: number;
  withCaller?: boolean;
}) {
  if (!records) {
    return (
      <List aria-busy>
        {Array.from({ length: rows }, (_, row) => (
          <li key={row}>
            <div>
              <Skeleton height={12} />
              <Skeleton height={12} />
              <Skeleton height={12} width={`${80 - ((row * 17) % 40)}%`} />
            </div>
          </li>
        ))}
      </List>
    );
  }
  return (
    <List>
      {records.map((record) => (
        <li key={record.id}>
          <LinkBase to={`/audit-logs?open=${record.id}`}>
            <span style={{ display: 'inline-flex' }}>
              <StatusChip status={record.status} outcome={record.outcome} />
            </span>
            <MethodTag method={record.method} />
            <MonoText title={record.path ?? undefined}>{record.path ?? '–'}</MonoText>
            <span className="who">
              {withCaller ? <Caller record={record} short /> : <Address ip={record.ip} country={record.country} />}
            </span>
            <TimeStamp at={record.startedAt} relative />
          </LinkBase>
        </li>
      ))}
    </List>
  );
}
