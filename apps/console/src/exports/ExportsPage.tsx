/** Exports: what was asked for, how far it is, and what can be downloaded. The open one is in the URL. */
import Add from '@mui/icons-material/AddRounded';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useDataProvider, useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { ExportView } from '../api-types';
import { Chip } from '../elements/Chip';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { Hidden } from '../elements/Hidden';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { PageHead } from '../layout/Page';
import { countText, numberOf, sizeText } from '../elements/figures';
import { downloadPath, filterText, formatWords, isOpen, sourceWords, stateOf, timeLeft } from './export-words';
import { ExportDialog } from './ExportDialog';
import { ExportPanel } from './ExportPanel';
import { ProgressBar } from './ProgressBar';
import { Schedules } from './Schedules';

const pollMs = 1_500;
const Split = styled('div')({ display: 'flex', minHeight: '100%' });
const List = styled('div')({ flex: 1, minWidth: 0, padding: '20px 24px 48px', '@media (max-width: 640px)': { padding: '16px 16px 40px' } });
const Muted = styled('span')(({ theme }) => ({ color: theme.palette.tone.muted, fontSize: 12 }));
const Running = styled('span')({ display: 'inline-grid', gridTemplateColumns: '96px auto', gap: 10, alignItems: 'center' });
const Said = styled('p')(({ theme }) => ({
  margin: 0,
  fontSize: 12,
  color: theme.palette.tone.muted,
  '&:not(:empty)': { marginBottom: 10 },
}));

/** Made, or on its way: what a person who looks at it waits for. */
const isMoving = (row: ExportView): boolean =>
  isOpen(row) || row.delivery?.state === 'delivering' || (row.delivery?.state === 'waiting' && row.delivery.failures === 0);

/** Asked again while something is made. */
function useExports() {
  const list = useInfiniteGetList<ExportView>(
    'exports',
    { pagination: { page: 1, perPage: 50 } },
    { retry: false, refetchInterval: ({ state }) => (state.data?.pages.some(({ data }) => data.some(isMoving)) ? pollMs : false) },
  );
  return { ...list, rows: list.data?.pages.flatMap(({ data }) => data) ?? [] };
}

/** Of the list, or asked for by itself when a link leads to an older one. */
function useOpenExport({ rows, isPending }: Pick<ReturnType<typeof useExports>, 'rows' | 'isPending'>, id: string | null) {
  const dataProvider = useDataProvider();
  const listed = rows.find((row) => row.id === id);
  const { data, error } = useQuery({
    queryKey: ['exports', 'getOne', id],
    queryFn: async () => (await dataProvider.getOne<ExportView>('exports', { id: id ?? '' })).data,
    enabled: id !== null && !listed && !isPending,
    retry: false,
  });
  return { shown: listed ?? data ?? null, error };
}

function State({ row }: { row: ExportView }) {
  const { text, tone } = stateOf(row);
  if (row.state !== 'running') return <Chip tone={tone}>{text}</Chip>;
  return (
    <Running>
      <ProgressBar share={row.progress} label={`Progress of the export of ${sourceWords[row.source]}`} />
      <Muted>{timeLeft(row, new Date()) ?? `${Math.round(row.progress * 100)} %`}</Muted>
    </Running>
  );
}

function ExportRow({ row, open, narrow, onOpen }: { row: ExportView; open: boolean; narrow: boolean; onOpen: () => void }) {
  const filter = filterText(row.filter);
  return (
    <tr
      data-opens
      tabIndex={0}
      aria-selected={open}
      onClick={onOpen}
      onKeyDown={(event) => event.key === 'Enter' && event.target === event.currentTarget && onOpen()}
    >
      <td style={{ width: '100%' }}>
        <span>
          {sourceWords[row.source]} <Muted title={filter}>{filter || 'everything'}</Muted>
        </span>
      </td>
      <td className="fit" data-label="Format">
        {formatWords[row.format]}
        {row.gzip && ', gzip'}
      </td>
      <td className="fit" data-label="State">
        <State row={row} />
      </td>
      <td className="fit number" data-label="Rows">
        {row.state === 'queued' ? '–' : countText(row.rows)}
      </td>
      {!narrow && (
        <>
          <td className="fit number" data-label="Size">
            {row.bytes === 0 ? '–' : sizeText(row.bytes)}
          </td>
          <td className="fit" data-label="Asked by">
            {row.createdBy.name}
          </td>
        </>
      )}
      <td className="fit" data-label="Asked">
        <TimeStamp at={row.createdAt} relative />
      </td>
      {!narrow && (
        <td className="fit">
          {row.state === 'ready' && (
            <Button size="small" component="a" href={downloadPath(row.id)} download onClick={(event) => event.stopPropagation()}>
              Download
            </Button>
          )}
        </td>
      )}
    </tr>
  );
}

const columns = ['What', 'Format', 'State', 'Rows', 'Size', 'Asked by', 'Asked'];
const numeric = new Set(['Rows', 'Size']);
/** What stands in the panel, too, when one is open beside the list. */
const inPanel = new Set(['Size', 'Asked by']);

function Rows({ list, openId, onOpen }: { list: ReturnType<typeof useExports>; openId: string | null; onOpen: (id: string) => void }) {
  return (
    <DataTable label="Exports">
      <thead>
        <tr>
          {columns
            .filter((name) => openId === null || !inPanel.has(name))
            .map((name) => (
              <th key={name} scope="col" className={numeric.has(name) ? 'number' : undefined}>
                {name}
              </th>
            ))}
          {openId === null && (
            <th scope="col">
              <Hidden>Download</Hidden>
            </th>
          )}
        </tr>
      </thead>
      {list.isPending ? (
        <SkeletonRows
          rows={5}
          columns={[280, [64, 'fit'], [90, 'fit'], [60, 'fit number'], [56, 'fit number'], [90, 'fit'], [80, 'fit'], [70, 'fit']]}
        />
      ) : (
        <tbody>
          {list.rows.map((row) => (
            <ExportRow key={row.id} row={row} open={row.id === openId} narrow={openId !== null} onOpen={() => onOpen(row.id)} />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

function Nothing({ onNew }: { onNew: () => void }) {
  const navigate = useNavigate();
  return (
    <EmptyState
      title="No export yet"
      action={
        <>
          <Button variant="contained" onClick={onNew}>
            New export
          </Button>
          <Button variant="outlined" onClick={() => navigate('/audit-logs')}>
            Choose requests in API Logs
          </Button>
        </>
      }
    >
      An export is a file of everything that a filter matches, complete, with a signed manifest that somebody else can check. Start one
      here, or with Export in API Logs.
    </EmptyState>
  );
}

/** Said aloud and above the list, when it changes while somebody waits. */
function said(rows: readonly ExportView[]): string {
  const open = rows.filter(isOpen).length;
  return open === 0 ? '' : `${numberOf(open, 'export')} in progress. This page shows when ${open === 1 ? 'it is' : 'they are'} ready.`;
}

type Removing = { shown: ExportView; onDone: () => void };
function RemoveDialog({ shown, onDone }: Removing) {
  const dataProvider = useDataProvider();
  const open = isOpen(shown);
  return (
    <ConfirmDanger
      title={open ? 'Cancel this export?' : 'Delete the files of this export?'}
      action={open ? 'Cancel export' : 'Delete files'}
      onConfirm={() => dataProvider.delete('exports', { id: shown.id, previousData: shown })}
      onClose={onDone}
    >
      <span>
        {open
          ? 'What is written so far is thrown away. It can be asked for again.'
          : 'Nobody can download them any more. The manifest stays, and so does the entry of every download.'}
      </span>
    </ConfirmDanger>
  );
}

export function ExportsPage() {
  const list = useExports();
  const navigate = useNavigate();
  const { search } = useLocation();
  const openId = new URLSearchParams(search).get('export');
  const setOpen = (id: string | null): void =>
    navigate({ pathname: '/exports', search: id === null ? '' : `?export=${id}` }, { replace: true });
  const { shown, error } = useOpenExport(list, openId);
  const [making, setMaking] = useState<{ again: ExportView | null } | null>(null);
  const [removing, setRemoving] = useState<ExportView | null>(null);
  useEffect(() => {
    const close = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented && openId !== null) setOpen(null);
    };
    window.addEventListener('keydown', close);
    return () => window.removeEventListener('keydown', close);
  });
  const isEmpty = !list.isPending && list.rows.length === 0;
  return (
    <Split>
      <List>
        <PageHead
          title="Exports"
          lead="Files of what is recorded: complete, signed, and checkable by others. Kept for 7 days, or as long as a schedule says."
          actions={
            !isEmpty && (
              <Button variant="contained" startIcon={<Add />} onClick={() => setMaking({ again: null })}>
                New export
              </Button>
            )
          }
        />
        <Said role="status">{said(list.rows)}</Said>
        {error && <ProblemView error={error} />}
        {list.error ? (
          <ProblemView error={list.error} retry={() => void list.refetch()} />
        ) : isEmpty ? (
          <Nothing onNew={() => setMaking({ again: null })} />
        ) : (
          <Rows list={list} openId={openId} onOpen={setOpen} />
        )}
        {list.hasNextPage && !list.error && (
          <Button variant="outlined" style={{ marginTop: 14 }} disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {list.isFetchingNextPage ? 'Loading…' : 'Show older exports'}
          </Button>
        )}
        {!list.error && (
          <div style={{ marginTop: 32 }}>
            <Schedules narrow={openId !== null} />
          </div>
        )}
      </List>
      {shown && (
        <ExportPanel
          key={shown.id}
          shown={shown}
          onChanged={() => void list.refetch()}
          onClose={() => setOpen(null)}
          onRemove={() => setRemoving(shown)}
          onAgain={() => setMaking({ again: shown })}
        />
      )}
      {making && (
        <ExportDialog
          filter={null}
          again={making.again}
          onClose={() => setMaking(null)}
          onCreated={({ id }) => {
            setMaking(null);
            setOpen(id);
            void list.refetch();
          }}
        />
      )}
      {removing && (
        <RemoveDialog
          shown={removing}
          onDone={() => {
            setRemoving(null);
            void list.refetch();
          }}
        />
      )}
    </Split>
  );
}
