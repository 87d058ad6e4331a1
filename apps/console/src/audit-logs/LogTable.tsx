import ArrowDown from '@mui/icons-material/ArrowDownwardRounded';
import ArrowUp from '@mui/icons-material/ArrowUpwardRounded';
import More from '@mui/icons-material/MoreHorizRounded';
import { styled } from '@mui/material/styles';
import { defaultLogListColumns, type LogListColumn } from '@pinebill/contract';
import { memo } from 'react';
import type { LogRecord } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { Hidden } from '../elements/Hidden';
import { TimeStamp } from '../elements/TimeStamp';
import { useTimeZone } from '../elements/time-zone';
import type { FilterBy } from './Filterable';
import { listColumns } from './list-columns';
import { useDrawn } from './use-drawn';
import { useSlide } from './use-slide';
import { noticeOf } from './notices';
import type { Look } from './use-look';

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
  // Part of an open finding: said in words to whoever does not see it.
  '&[data-found] > td:first-of-type': { boxShadow: `inset 3px 0 0 ${theme.palette.tone.status.server.text}` },
  '&[data-notice] td': { background: theme.palette.tone.rail },
  '& td.notice strong': { marginLeft: 4, fontWeight: 500 },
  '& td.notice .until': { color: theme.palette.tone.muted },
  '@container (max-width: 960px)': { '&:not([data-wide]) td.ip, &:not([data-wide]) td.ms': { display: 'none' } },
  '& td.extra': { maxWidth: 220 },
  '& td.endpoint, & td.caller': { minWidth: 140 },
  '@container (max-width: 800px)': { '& td': { paddingInline: 8 } },
  // A card: method, endpoint and status are its headline, the rest follows in one quiet line each.
  '@container (max-width: 600px)': {
    '&&': { gridTemplateColumns: 'auto minmax(0, 1fr) auto', columnGap: 10, rowGap: 3, alignItems: 'baseline' },
    '& td.time': { gridArea: '2 / 1 / 3 / 3', fontWeight: '400 !important', color: theme.palette.tone.muted, fontSize: 12 },
    '& td.notice': { gridArea: '1 / 1 / 2 / 4', flexWrap: 'wrap' },
    '&&[data-selectable]': { paddingLeft: 40 },
    '&& td.select': { position: 'absolute', top: 6, left: 8, '& label': { width: 32, height: 32 } },
    '& td.method': { gridArea: '1 / 1' },
    '& td.endpoint': { gridArea: '1 / 2' },
    '& td.status': { gridArea: '1 / 3', justifyContent: 'end' },
    '& td.caller': { gridArea: '3 / 1 / 4 / 3' },
    '&& td.ip': { display: 'flex', gridArea: '4 / 1 / 5 / 3', color: theme.palette.tone.muted },
    '&& td.ms': { display: 'flex', gridArea: '2 / 3', justifyContent: 'end' },
    '& td.extra': { gridColumn: '1 / -1', color: theme.palette.tone.muted, fontSize: 12 },
    '& td.more': { gridArea: '3 / 3 / 5 / 4', justifyContent: 'end', alignSelf: 'end', marginRight: -10 },
  },
}));

type RowProps = {
  record: LogRecord;
  columns: readonly LogListColumn[];
  wide: boolean;
  open: boolean;
  focusable: boolean;
  onOpen: (id: string) => void;
  onFilter: FilterBy;
  onActions: (record: LogRecord, anchor: HTMLElement) => void;
  /** Null: rows are not selected at the moment. */
  selected: boolean | null;
  onSelect: (id: string) => void;
  /** Part of an open finding. */
  found: boolean;
};

/** Of a row on a phone it stands left of the card; the whole cell is the target. */
const Select = styled('td')({
  cursor: 'default',
  '& label': { display: 'grid', placeItems: 'center', width: 28, height: 28, margin: '-4px -6px' },
  '& input': { width: 15, height: 15, margin: 0, accentColor: 'currentColor' },
});

function SelectCell({ record, selected, onSelect }: Pick<RowProps, 'record' | 'selected' | 'onSelect'>) {
  if (selected === null) return null;
  const { id, method, path } = record;
  return (
    <Select className="fit select" onClick={(event) => event.stopPropagation()}>
      <label>
        <input
          type="checkbox"
          aria-label={`Select ${method ?? ''} ${path ?? 'the request'}`}
          checked={selected}
          onChange={() => onSelect(id)}
        />
      </label>
    </Select>
  );
}

const Actions = styled('button')(({ theme }) => ({
  display: 'inline-grid',
  placeItems: 'center',
  width: 26,
  height: 26,
  padding: 0,
  border: 0,
  borderRadius: 6,
  background: 'none',
  color: theme.palette.tone.muted,
  cursor: 'pointer',
  '&:hover': { background: theme.palette.tone.hover, color: theme.palette.tone.text },
  '@media (pointer: coarse)': { width: 40, height: 40 },
}));

/** A gap or a change of the mode: one line across the table, told apart from the requests around it. */
function NoticeRow({ record, columns, open, focusable, selected, onOpen }: RowProps) {
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
      <td colSpan={columns.length + (selected === null ? 0 : 1)} className="notice" title={why}>
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

const isLabelled = (className: string): boolean => className.includes('extra');

/** Of a list that is followed most rows stay as they are. */
const LogRow = memo(function LogRow(props: RowProps) {
  const { record, columns, wide, open, focusable, selected, found, onOpen, onFilter, onActions, onSelect } = props;
  const { id, method, path, status } = record;
  if (record.kind !== 'request') return <NoticeRow {...props} />;
  return (
    <Row
      data-row={id}
      data-opens
      {...(wide ? { 'data-wide': true } : {})}
      {...(selected === null ? {} : { 'data-selectable': true })}
      {...(found ? { 'data-found': true, title: 'Part of an open finding' } : {})}
      aria-selected={open || selected === true}
      tabIndex={focusable ? 0 : -1}
      onClick={() => onOpen(id)}
      aria-label={`${method ?? ''} ${path ?? ''} ${status ?? 'no answer'}${found ? ', part of an open finding' : ''}`}
    >
      <SelectCell record={record} selected={selected} onSelect={onSelect} />
      {columns.map((name) => {
        const { className, label, cell } = listColumns[name];
        return (
          <td
            key={name}
            className={className}
            {...(isLabelled(className) ? { 'data-label': label } : {})}
            title={name === 'path' ? (path ?? undefined) : undefined}
          >
            {cell({ record, onFilter })}
          </td>
        );
      })}
      <td className="fit more">
        <Actions
          type="button"
          aria-label={`Actions for ${method ?? ''} ${path ?? ''}`}
          aria-haspopup="menu"
          data-actions={id}
          onClick={(event) => {
            event.stopPropagation();
            onActions(record, event.currentTarget);
          }}
        >
          <More />
        </Actions>
      </td>
    </Row>
  );
});

// The widths stand in the head, so that neither loading nor a longer address moves a column.
const HeadRow = styled('tr')({
  '& th.time': { width: 176 },
  '& th.method': { width: 52 },
  '& th.endpoint': { width: '58%' },
  '& th.caller': { width: '42%' },
  '& th.ip': { minWidth: 214 },
  '& th.ms': { minWidth: 60 },
  '@container (max-width: 960px)': { '&:not([data-wide]) th.ip, &:not([data-wide]) th.ms': { display: 'none' } },
  '@container (max-width: 800px)': { '& th': { paddingInline: 8 } },
});

function TimeHead({ order, onOrder }: Pick<TableProps, 'order' | 'onOrder'>) {
  const newest = order === 'desc';
  const [zone] = useTimeZone();
  return (
    <th scope="col" className="time" aria-sort={newest ? 'descending' : 'ascending'}>
      <Head
        type="button"
        onClick={onOrder}
        title={newest ? 'Newest first. Click for oldest first.' : 'Oldest first. Click for newest first.'}
      >
        Timestamp{zone === null ? '' : ` · ${zone}`} {newest ? <ArrowDown aria-hidden /> : <ArrowUp aria-hidden />}
      </Head>
    </th>
  );
}

type TableProps = Omit<RowProps, 'record' | 'open' | 'focusable' | 'wide' | 'selected' | 'found'> &
  Pick<Look, 'density'> & {
    rows: readonly LogRecord[];
    loading: boolean;
    stale: boolean;
    openId: string | null;
    activeId: string | null;
    /** Null: nobody selects. */
    selection: ReadonlySet<string> | null;
    /** Part of an open finding. */
    marked: ReadonlySet<string>;
    order: 'asc' | 'desc';
    onOrder: () => void;
  };

const isUsual = (columns: readonly LogListColumn[]): boolean => columns.every((column) => defaultLogListColumns.includes(column));

/** Drawn when something of it has changed, and not with everything around it. */
export const LogTable = memo(function LogTable({
  rows,
  columns,
  density,
  loading,
  stale,
  openId,
  activeId,
  selection,
  marked,
  order,
  onOrder,
  ...events
}: TableProps) {
  // The usual columns fit everywhere: the less important ones give way. Of others nobody knows which these are.
  const wide = !isUsual(columns);
  const drawn = useDrawn(rows);
  // The place of those that are still to be drawn: what stands below does not move.
  const missing = (rows.length - drawn.length) * (density === 'compact' ? 28 : 36);
  const body = useSlide(drawn);
  const skeleton = [
    ...(selection ? [[15, 'fit'] as const] : []),
    ...columns.map((name) => [listColumns[name].skeleton, listColumns[name].className] as const),
    [20, 'fit'] as const,
  ];
  return (
    <DataTable label="API requests" stale={stale} dense={density === 'compact'} wide={wide} below={loading ? 0 : missing}>
      <thead>
        <HeadRow {...(wide ? { 'data-wide': true } : {})}>
          {selection && (
            <th scope="col" style={{ width: 28 }}>
              <Hidden>Select</Hidden>
            </th>
          )}
          {columns.map((name) => {
            const { label, head = label, className } = listColumns[name];
            if (name === 'startedAt') return <TimeHead key={name} order={order} onOrder={onOrder} />;
            return (
              <th key={name} scope="col" className={className.replace('fit ', '')}>
                {head}
              </th>
            );
          })}
          <th scope="col">
            <Hidden>Actions</Hidden>
          </th>
        </HeadRow>
      </thead>
      {loading ? (
        <SkeletonRows rows={16} columns={skeleton} />
      ) : (
        <tbody ref={body}>
          {drawn.map((record, index) => (
            <LogRow
              key={record.id}
              record={record}
              columns={columns}
              wide={wide}
              open={record.id === openId}
              selected={selection && selection.has(record.id)}
              found={marked.has(record.id)}
              focusable={activeId === null ? index === 0 : record.id === activeId}
              {...events}
            />
          ))}
        </tbody>
      )}
    </DataTable>
  );
});
