/** API Logs: the list, its filters, and the row that is open. Everything the reader chose is in the URL. */
import Download from '@mui/icons-material/DownloadRounded';
import Help from '@mui/icons-material/HelpOutlineRounded';
import Select from '@mui/icons-material/ChecklistRounded';
import Refresh from '@mui/icons-material/RefreshRounded';
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import { styled } from '@mui/material/styles';
import Tooltip from '@mui/material/Tooltip';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useGetList, useNavigate, useStore } from 'react-admin';
import type { ApiKey, LogRecord } from '../api-types';
import type { OpenFrom } from '../incidents/OpenIncidentDialog';
import type { FollowState } from '../log-stream';
import { RevokeDialog, type RevocableKey } from '../api-keys/RevokeDialog';
import { CountryCredit } from '../elements/CountryCredit';
import { EmptyState } from '../elements/EmptyState';
import { countText } from '../elements/figures';
import { ProblemView } from '../elements/ProblemView';
import { PageHead } from '../layout/Page';
import { useCan } from '../session/use-session';
import { AlertButton } from './AlertButton';
import { DisplayButton } from './DisplayButton';
import { FilterChips } from './FilterChips';
import { HoldButton } from './HoldButton';
import { filterBy } from './Filterable';
import { HelpPanel } from './HelpPanel';
import { emptyQuery, isNarrowed, isNewestFirst, type LogQuery } from './log-query';
import { LogPanel } from './LogPanel';
import { LogTable } from './LogTable';
import { RowMenu, type RowMenuState } from './RowMenu';
import { knownValues } from './search-completion';
import { SearchBox } from './SearchBox';
import { ShortcutsDialog } from './ShortcutsDialog';
import { TimeRange } from './TimeRange';
import { useListKeys } from './use-list-keys';
import { useLogList } from './use-log-list';
import { useLogQuery } from './use-log-query';
import { useLook, type Look } from './use-look';
import { useSelection, type RowSelection } from './use-selection';
import { useDefaultView } from './use-saved-views';
import { ViewsButton } from './ViewsButton';

const OpenIncidentDialog = lazy(async () => ({ default: (await import('../incidents/OpenIncidentDialog')).OpenIncidentDialog }));
const SelectionBar = lazy(async () => ({ default: (await import('../incidents/SelectionBar')).SelectionBar }));
const LogFindings = lazy(async () => ({ default: (await import('../findings/LogFindings')).LogFindings }));
const ExportDialog = lazy(async () => ({ default: (await import('../exports/ExportDialog')).ExportDialog }));

const Split = styled('div')({ display: 'flex', minHeight: '100%' });
const List = styled('div')({ flex: 1, minWidth: 0, padding: '20px 24px 32px', '@media (max-width: 640px)': { padding: '16px 12px 32px' } });
const Bar = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'flex-start', marginBottom: 10 });
const Chips = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 6, alignItems: 'center', marginBottom: 8 });
const Count = styled('span')(({ theme }) => ({ marginLeft: 'auto', fontSize: 12, color: theme.palette.tone.muted }));
const Foot = styled('div')(({ theme }) => ({
  display: 'flex',
  flexWrap: 'wrap',
  gap: '8px 16px',
  alignItems: 'center',
  paddingTop: 14,
  fontSize: 12,
  color: theme.palette.tone.muted,
}));
/** On a phone the sign alone, beside the heading. */
const HelpButton = styled(Button)({
  '@media (max-width: 640px)': {
    width: 40,
    padding: 0,
    '& > span:last-of-type': { display: 'none' },
    '& .MuiButton-startIcon': { margin: 0 },
  },
});
const LiveDot = styled('i', { shouldForwardProp: (name) => name !== 'on' })<{ on: boolean }>(({ theme, on }) => ({
  width: 8,
  height: 8,
  borderRadius: '50%',
  background: on ? theme.palette.tone.accent : 'transparent',
  boxShadow: `inset 0 0 0 1.5px ${on ? theme.palette.tone.accent : theme.palette.tone.muted}`,
}));

function Nothing({ query, setQuery }: { query: LogQuery; setQuery: (next: LogQuery) => void }) {
  const navigate = useNavigate();
  const everything = query.preset === 'all' && query.from === null && query.to === null;
  if (isNarrowed(query) || !everything) {
    return (
      <EmptyState
        title="No request matches"
        action={
          <>
            {!everything && (
              <Button variant="contained" onClick={() => setQuery({ ...query, preset: 'all', from: null, to: null })}>
                Search everything kept
              </Button>
            )}
            <Button variant="outlined" onClick={() => setQuery({ ...emptyQuery, preset: 'all' })}>
              Clear all filters
            </Button>
          </>
        }
      >
        Nothing was recorded in this time with these filters. Widen the time range, or take a filter away.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      title="No API request yet"
      action={
        <>
          <Button variant="contained" onClick={() => navigate('/api-keys')}>
            Open API keys
          </Button>
          <Button variant="outlined" onClick={() => navigate('/api-introduction')}>
            Read the introduction
          </Button>
        </>
      }
    >
      As soon as a program calls the API, the call stands here within a second. Create a key and make the first one.
    </EmptyState>
  );
}

const noMarks: ReadonlySet<string> = new Set();

type LiveProps = { live: boolean; possible: boolean; paused: boolean; waiting: number; following: FollowState; onToggle: () => void };

function liveMeaning({ live, possible, paused, following }: Omit<LiveProps, 'onToggle'>): string {
  if (!possible) return 'Live works on the newest requests: sort newest first, without an end time';
  if (!live) return 'Show new requests as they come';
  if (paused) return 'Paused while a request is open, so that no row moves: close it, and what came meanwhile appears. Click to stop.';
  if (following === 'refused') return 'The log cannot be followed at the moment: new requests appear every 5 seconds. Click to stop.';
  return 'New requests appear as they come. Click to stop.';
}

function LiveButton({ onToggle, ...state }: LiveProps) {
  const { live, possible, paused, waiting } = state;
  const why = liveMeaning(state);
  return (
    <Tooltip title={why}>
      <span>
        <Button
          variant="outlined"
          style={{ height: 34 }}
          aria-pressed={live && possible}
          disabled={!possible}
          startIcon={<LiveDot on={live && possible && !paused} />}
          onClick={onToggle}
        >
          {live && paused && waiting > 0 ? `Live · ${countText(waiting)} new` : 'Live'}
        </Button>
      </span>
    </Tooltip>
  );
}

type Rows = { rows: readonly LogRecord[]; hasNextPage: boolean; fetchNextPage: () => unknown };

/** Which row the keyboard is on, and what the keys do. The open row follows; at the end of the list the next page is fetched. */
function useRows({ rows, hasNextPage, fetchNextPage }: Rows, openId: string | null, setOpen: (id: string | null) => void) {
  const [activeId, setActiveId] = useState<string | null>(null);
  const open = useCallback(
    (id: string) => {
      setActiveId(id);
      setOpen(id);
    },
    [setOpen],
  );
  const move = (step: 1 | -1): void => {
    const at = rows.findIndex(({ id }) => id === (activeId ?? openId)) + step;
    const next = rows[Math.min(rows.length - 1, Math.max(0, at))];
    if (!next) return;
    setActiveId(next.id);
    const row = document.querySelector<HTMLElement>(`[data-row="${next.id}"]`);
    row?.scrollIntoView({ block: 'nearest' });
    if (openId !== null) setOpen(next.id);
    else row?.focus({ preventScroll: true });
    if (at >= rows.length - 1 && hasNextPage) fetchNextPage();
  };
  const current = activeId ?? openId ?? rows[0]?.id ?? null;
  return { activeId, open, move, current };
}

function ListFoot({ list, query }: { list: ReturnType<typeof useLogList>; query: LogQuery }) {
  if (list.rows.length === 0) return null;
  return (
    <Foot>
      {list.hasNextPage && (
        <Button variant="outlined" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {list.isFetchingNextPage ? 'Loading…' : query.order === 'desc' ? 'Show older requests' : 'Show newer requests'}
        </Button>
      )}
      <span>
        {!list.hasNextPage && 'That is all. '}Click a value to see only its rows, Alt + click to leave them out. <kbd>?</kbd> shows the
        keyboard.
      </span>
      <CountryCredit />
    </Foot>
  );
}

type ResultsProps = Pick<
  Parameters<typeof LogTable>[0],
  'openId' | 'activeId' | 'selection' | 'marked' | 'onOpen' | 'onFilter' | 'onActions' | 'onSelect'
> & {
  list: ReturnType<typeof useLogList>;
  query: LogQuery;
  setQuery: (next: LogQuery) => void;
  look: Look;
};

function Results({ list, query, setQuery, look, ...events }: ResultsProps) {
  if (list.error && list.rows.length === 0) return <ProblemView error={list.error} retry={list.reload} />;
  if (!list.isPending && list.rows.length === 0) return <Nothing query={query} setQuery={setQuery} />;
  return (
    <>
      {list.error && <ProblemView error={list.error} retry={list.reload} />}
      <LogTable
        {...events}
        rows={list.rows}
        columns={look.columns}
        density={look.density}
        loading={list.isPending}
        stale={list.isPlaceholderData}
        order={query.order}
        onOrder={() => setQuery({ ...query, order: query.order === 'desc' ? 'asc' : 'desc' })}
      />
      <ListFoot list={list} query={query} />
    </>
  );
}

const fromRecord = ({ id, method, path }: LogRecord): OpenFrom => ({ logIds: [id], label: `${method ?? ''} ${path ?? ''}`.trim() });

type IncidentsProps = { selection: RowSelection; from: OpenFrom | null; onFrom: (from: OpenFrom | null) => void };

/** What rows of the list can be: what an incident is opened from. */
function Incidents({ selection, from, onFrom }: IncidentsProps) {
  return (
    <Suspense fallback={null}>
      {selection.ids && <SelectionBar ids={selection.ids} onOpenIncident={(logIds) => onFrom({ logIds })} onDone={selection.clear} />}
      {from && <OpenIncidentDialog from={from} onClose={() => onFrom(null)} />}
    </Suspense>
  );
}

function SelectButton({ selection: { ids, begin, clear } }: { selection: RowSelection }) {
  return (
    <Tooltip title={ids ? 'Select nothing' : 'Select requests'}>
      <IconButton size="small" aria-label="Select requests" aria-pressed={ids !== null} onClick={ids ? clear : begin}>
        <Select />
      </IconButton>
    </Tooltip>
  );
}

/** How much is in view; the API says whether there is more, not how much. */
function Shown({ list }: { list: ReturnType<typeof useLogList> }) {
  return (
    <Count role="status">
      {list.isPending || list.error ? '' : `${countText(list.rows.length)} shown${list.hasNextPage ? ', more below' : ''}`}
    </Count>
  );
}

export function LogsPage() {
  const { query, setQuery, replaceQuery, openId, setOpen, isBare } = useLogQuery();
  const look = useLook(query, setQuery);
  useDefaultView({ isBare, replaceQuery });
  const [live, setLive] = useStore('logs.live', true);
  const [menu, setMenu] = useState<RowMenuState | null>(null);
  const [revoking, setRevoking] = useState<RevocableKey | null>(null);
  const [exporting, setExporting] = useState(false);
  const [incident, setIncident] = useState<OpenFrom | null>(null);
  const selection = useSelection();
  const [marked, setMarked] = useState<ReadonlySet<string>>(noMarks);
  const mayOpenIncident = useCan('incidents:open');
  const mayExport = useCan('audit:export');
  const mayAlert = useCan('alerts:write');
  const mayHold = useCan('holds:write');
  const navigate = useNavigate();
  const [aside, setAside] = useState<'help' | 'shortcuts' | null>(null);
  const searchInput = useRef<HTMLInputElement>(null);
  // Rows must not move under a menu, or away from the panel that shows one of them.
  const paused = openId !== null || menu !== null || revoking !== null;
  const list = useLogList(query, { live, paused });
  const { activeId, open, move, current } = useRows(list, openId, setOpen);
  const { data: keys = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const known = useMemo(() => knownValues(keys, list.rows), [keys, list.rows]);
  const onActions = useCallback((record: LogRecord, anchor: HTMLElement) => setMenu({ record, anchor }), []);
  const onFilter = useMemo(() => filterBy(query, setQuery), [query, setQuery]);
  useListKeys({
    move,
    open: () => current && open(current),
    close: () => (aside ? setAside(null) : openId === null ? selection.clear() : setOpen(null)),
    select: () => current && selection.toggle(current),
    search: () => {
      searchInput.current?.focus();
      searchInput.current?.select();
    },
    actions: () => document.querySelector<HTMLElement>(`[data-actions="${current ?? ''}"]`)?.click(),
    help: () => setAside('shortcuts'),
  });
  const showHelp = (): void => {
    setOpen(null);
    setAside('help');
  };

  return (
    <Split>
      <List>
        <PageHead
          title="API Logs"
          lead="Every request made to your organization, accepted or refused."
          actions={
            <HelpButton variant="outlined" startIcon={<Help />} aria-label="About API logs" onClick={showHelp}>
              <span>About API logs</span>
            </HelpButton>
          }
        />
        <Bar>
          <SearchBox query={query} setQuery={setQuery} keys={keys} known={known} inputRef={searchInput} />
          <ViewsButton query={query} setQuery={setQuery} look={look} />
          <TimeRange query={query} setQuery={setQuery} />
          <LiveButton
            live={live}
            possible={isNewestFirst(query)}
            paused={paused}
            waiting={list.waiting}
            following={list.following}
            onToggle={() => setLive(!live)}
          />
          {mayExport && (
            <Button variant="outlined" style={{ height: 34 }} startIcon={<Download />} onClick={() => setExporting(true)}>
              Export
            </Button>
          )}
        </Bar>
        <Chips role="group" aria-label="Filters in force">
          <FilterChips query={query} setQuery={setQuery} keys={keys} />
          <Shown list={list} />
          <DisplayButton look={look} />
          {mayOpenIncident && <SelectButton selection={selection} />}
          {mayAlert && <AlertButton query={query} />}
          {mayHold && <HoldButton query={query} />}
          <Tooltip title="Reload">
            <IconButton size="small" aria-label="Reload" onClick={list.reload}>
              <Refresh />
            </IconButton>
          </Tooltip>
        </Chips>
        <Suspense fallback={null}>
          <LogFindings rows={list.rows} onMarked={setMarked} />
        </Suspense>
        <Results
          list={list}
          query={query}
          setQuery={setQuery}
          look={look}
          openId={openId}
          activeId={activeId}
          onOpen={open}
          onFilter={onFilter}
          onActions={onActions}
          selection={selection.ids}
          marked={marked}
          onSelect={selection.toggle}
        />
      </List>
      {openId !== null && <LogPanel id={openId} onClose={() => setOpen(null)} onFilter={onFilter} onRevoke={setRevoking} />}
      {openId === null && aside === 'help' && <HelpPanel onClose={() => setAside(null)} />}
      <RowMenu
        state={menu}
        onClose={() => setMenu(null)}
        onOpen={open}
        onFilter={onFilter}
        onRevoke={setRevoking}
        onSelect={selection.toggle}
        onIncident={(record) => setIncident(fromRecord(record))}
      />
      <Incidents selection={selection} from={incident} onFrom={setIncident} />
      {revoking && <RevokeDialog apiKey={revoking} onClose={() => setRevoking(null)} />}
      {exporting && (
        <Suspense fallback={null}>
          <ExportDialog
            filter={list.filter}
            onClose={() => setExporting(false)}
            onCreated={({ id }) => navigate(`/exports?export=${id}`)}
          />
        </Suspense>
      )}
      {aside === 'shortcuts' && <ShortcutsDialog onClose={() => setAside(null)} />}
    </Split>
  );
}
