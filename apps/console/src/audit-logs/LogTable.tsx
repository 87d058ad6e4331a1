import ArrowDown from '@mui/icons-material/ArrowDownwardRounded';
import ArrowUp from '@mui/icons-material/ArrowUpwardRounded';
import More from '@mui/icons-material/MoreHorizRounded';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import type { LogRecord } from '../api-types';
import { Address } from '../elements/Address';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { Hidden } from '../elements/Hidden';
import { Caller } from '../elements/KeyName';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { StatusChip } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import { Filterable, type FilterBy } from './Filterable';
import { noticeOf } from './notices';

const Head = styled('button')(({ theme }) => ({
  display: 'inline-flex',
  alignItems: 'center',
  gap: 4,
  padding: '2px 4px',
  margin: '0 -4px',
  border: 0,
  borderRadius: 4,
  background: 'none',
  color: theme.palette.tone.secondary,
  font: 'inherit',
  cursor: 'pointer',
  '&:hover': { background: theme.palette.tone.hover },
  '& svg': { fontSize: 14 },
}));

const Row = styled('tr')(({ theme }) => ({
  outlineOffset: -2,
  '& .ms': { color: theme.palette.tone.muted, fontVariantNumeric: 'tabular-nums' },
  '&[data-notice] td': { background: theme.palette.tone.rail },
  '& td.notice strong': { marginLeft: 4, fontWeight: 500 },
  '& td.notice .until': { color: theme.palette.tone.muted },
  '@container (max-width: 960px)': { '& td.ip, & td.ms': { display: 'none' } },
  '@container (max-width: 800px)': { '& td': { paddingInline: 8 } },
  // A card: method, endpoint and status are its headline, the rest follows in one quiet line each.
  '@container (max-width: 600px)': {
    '&&': { gridTemplateColumns: 'auto minmax(0, 1fr) auto', columnGap: 10, rowGap: 3, alignItems: 'baseline' },
    '& td.time': { gridArea: '2 / 1 / 3 / 3', fontWeight: '400 !important', color: theme.palette.tone.muted, fontSize: 12 },
    '& td.notice': { gridArea: '1 / 1 / 2 / 4', flexWrap: 'wrap' },
    '& td.method': { gridArea: '1 / 1' },
    '& td.endpoint': { gridArea: '1 / 2' },
    '& td.status': { gridArea: '1 / 3', justifyContent: 'end' },
    '& td.caller': { gridArea: '3 / 1 / 4 / 3' },
    '& td.ip': { display: 'flex', gridArea: '4 / 1 / 5 / 3', color: theme.palette.tone.muted },
    '& td.ms': { display: 'flex', gridArea: '2 / 3', justifyContent: 'end' },
    '& td.more': { gridArea: '3 / 3 / 5 / 4', justifyContent: 'end', alignSelf: 'end', marginRight: -10 },
  },
}));

export const duration = (ms: number | null): string =>
  ms === null ? '–' : ms < 10 ? ms.toFixed(1) : Math.round(ms).toLocaleString('en-US');

type RowProps = {
  record: LogRecord;
  open: boolean;
  focusable: boolean;
  onOpen: (id: string) => void;
  onFilter: FilterBy;
  onActions: (record: LogRecord, anchor: HTMLElement) => void;
};

/** A gap or a change of the mode: one line across the table, told apart from the requests around it. */
function NoticeRow({ record, open, focusable, onOpen }: Pick<RowProps, 'record' | 'open' | 'focusable' | 'onOpen'>) {
  const { title, why, range } = noticeOf(record);
  return (
    <Row
      data-row={record.id}
      data-opens
      data-notice={record.kind}
      aria-selected={open}
      tabIndex={focusable ? 0 : -1}
      onClick={() => onOpen(record.id)}
      aria-label={title}
    >
      <td className="fit time">
        <TimeStamp at={record.startedAt} />
      </td>
      <td colSpan={7} className="notice" title={why}>
        <Chip tone="unknown">{record.kind === 'gap' ? 'Gap' : 'Mode'}</Chip> <strong>{title}</strong>
        {range && range.from !== range.to && (
          <span className="until">
            {' '}
            · until <TimeStamp at={range.to} />
          </span>
        )}
      </td>
    </Row>
  );
}

function CallerCell({ record, onFilter }: { record: LogRecord; onFilter: FilterBy }) {
  if (record.apiKey) {
    return (
      <Filterable field="apiKeyId" value={record.apiKey.id} what={`${record.apiKey.name} (${record.apiKey.masked})`} onFilter={onFilter}>
        <Caller record={record} />
      </Filterable>
    );
  }
  return <Caller record={record} />;
}

function LogRow({ record, open, focusable, onOpen, onFilter, onActions }: RowProps) {
  const { id, method, path, status, outcome, ip, country } = record;
  if (record.kind !== 'request') return <NoticeRow record={record} open={open} focusable={focusable} onOpen={onOpen} />;
  return (
    <Row
      data-row={id}
      data-opens
      aria-selected={open}
      tabIndex={focusable ? 0 : -1}
      onClick={() => onOpen(id)}
      aria-label={`${method ?? ''} ${path ?? ''} ${status ?? 'no answer'}`}
    >
      <td className="fit time">
        <TimeStamp at={record.startedAt} />
      </td>
      <td className="fit method">
        {method === null ? (
          <MethodTag method={null} />
        ) : (
          <Filterable field="method" value={method} what={method} onFilter={onFilter}>
            <MethodTag method={method} />
          </Filterable>
        )}
      </td>
      <td className="endpoint" title={path ?? undefined}>
        <MonoText style={{ whiteSpace: 'inherit' }}>{path ?? '–'}</MonoText>
      </td>
      <td className="fit status">
        {status === null ? (
          <StatusChip status={null} outcome={outcome} />
        ) : (
          <Filterable field="status" value={String(status)} what={`status ${status}`} onFilter={onFilter}>
            <StatusChip status={status} outcome={outcome} />
          </Filterable>
        )}
      </td>
      <td className="caller">
        <CallerCell record={record} onFilter={onFilter} />
      </td>
      <td className="fit ip">
        {ip === null ? (
          '–'
        ) : (
          <Filterable field="ip" value={ip} what={country ? `${ip} ${country}` : ip} onFilter={onFilter}>
            <Address ip={ip} country={country} />
          </Filterable>
        )}
      </td>
      <td className="fit number ms">{duration(record.durationMs)}</td>
      <td className="fit more">
        <IconButton
          size="small"
          aria-label={`Actions for ${method ?? ''} ${path ?? ''}`}
          aria-haspopup="menu"
          data-actions={id}
          style={{ padding: 3, minHeight: 0 }}
          onClick={(event) => {
            event.stopPropagation();
            onActions(record, event.currentTarget);
          }}
        >
          <More />
        </IconButton>
      </td>
    </Row>
  );
}

type TableProps = Omit<RowProps, 'record' | 'open' | 'focusable'> & {
  rows: readonly LogRecord[];
  loading: boolean;
  stale: boolean;
  openId: string | null;
  activeId: string | null;
  order: 'asc' | 'desc';
  onOrder: () => void;
};

const skeleton = [
  [164, 'fit time'],
  [36, 'fit'],
  [260, 'endpoint'],
  [34, 'fit'],
  [200, 'caller'],
  [120, 'fit ip'],
  [28, 'fit number ms'],
  [20, 'fit'],
] as const;
// The widths stand in the head, so that neither loading nor a longer address moves a column.
const HeadRow = styled('tr')({
  '& th:nth-of-type(1)': { width: 176 },
  '& th:nth-of-type(2)': { width: 52 },
  '& th.endpoint': { width: '58%' },
  '& th.caller': { width: '42%' },
  '& th.ip': { minWidth: 168 },
  '& th.ms': { minWidth: 44 },
  '@container (max-width: 960px)': { '& th.ip, & th.ms': { display: 'none' } },
  '@container (max-width: 800px)': { '& th': { paddingInline: 8 } },
});

export function LogTable({ rows, loading, stale, openId, activeId, order, onOrder, ...events }: TableProps) {
  const newest = order === 'desc';
  return (
    <DataTable label="API requests" stale={stale}>
      <thead>
        <HeadRow>
          <th scope="col" aria-sort={newest ? 'descending' : 'ascending'}>
            <Head
              type="button"
              onClick={onOrder}
              title={newest ? 'Newest first. Click for oldest first.' : 'Oldest first. Click for newest first.'}
            >
              Timestamp {newest ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden />}
            </Head>
          </th>
          <th scope="col">Method</th>
          <th scope="col" className="endpoint">
            Endpoint
          </th>
          <th scope="col">Status</th>
          <th scope="col" className="caller">
            API Key
          </th>
          <th scope="col" className="ip">
            IP Address
          </th>
          <th scope="col" className="number ms">
            <abbr title="Milliseconds from arrival to answer" style={{ textDecoration: 'none' }}>
              ms
            </abbr>
          </th>
          <th scope="col">
            <Hidden>Actions</Hidden>
          </th>
        </HeadRow>
      </thead>
      {loading ? (
        <SkeletonRows rows={16} columns={skeleton} />
      ) : (
        <tbody>
          {rows.map((record, index) => (
            <LogRow
              key={record.id}
              record={record}
              open={record.id === openId}
              focusable={activeId === null ? index === 0 : record.id === activeId}
              {...events}
            />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}
