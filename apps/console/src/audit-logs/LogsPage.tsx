/** API Logs: the list, its filters, and the row that is open. Everything the reader chose is in the URL. */
import { styled } from '@mui/material/styles';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { useGetList, useNavigate, useStore } from 'react-admin';
import type { ApiKey, LogRecord } from '../api-types';
import type { OpenFrom } from '../incidents/OpenIncidentDialog';
import { RevokeDialog, type RevocableKey } from '../api-keys/RevokeDialog';
import { PageHead } from '../layout/Page';
import { useCan } from '../session/use-session';
import { AlertButton } from './AlertButton';
import { DisplayButton } from './DisplayButton';
import { FilterChips } from './FilterChips';
import { HoldButton } from './HoldButton';
import { filterBy } from './Filterable';
import { HelpPanel } from './HelpPanel';
import { ExportButton, HelpButton, LiveButton, ReloadButton, SelectButton, Shown } from './ListControls';
import { isNewestFirst } from './log-query';
import { LogPanel } from './LogPanel';
import { Results } from './LogResults';
import { RowMenu, type RowMenuState } from './RowMenu';
import { knownValues } from './search-completion';
import { SearchBox } from './SearchBox';
import { ShortcutsDialog } from './ShortcutsDialog';
import { TimeRange } from './TimeRange';
import { useListKeys } from './use-list-keys';
import { useLogList } from './use-log-list';
import { useLogQuery } from './use-log-query';
import { useLook } from './use-look';
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

const noMarks: ReadonlySet<string> = new Set();
const noKeys: readonly ApiKey[] = [];

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
  const { data: keys = noKeys } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  // Rows come in all the time, and what is known by them is asked for while somebody types.
  const inView = useRef({ keys, rows: list.rows });
  inView.current = { keys, rows: list.rows };
  const known = useCallback(() => knownValues(inView.current.keys, inView.current.rows), []);
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
  const showHelp = useCallback(() => {
    setOpen(null);
    setAside('help');
  }, [setOpen]);
  const beginExport = useCallback(() => setExporting(true), []);
  const toggleLive = useCallback(() => setLive(!live), [live, setLive]);

  return (
    <Split>
      <List>
        <PageHead
          title="API Logs"
          lead="Every request made to your organization, accepted or refused."
          actions={<HelpButton onClick={showHelp} />}
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
            onToggle={toggleLive}
          />
          {mayExport && <ExportButton onClick={beginExport} />}
        </Bar>
        <Chips role="group" aria-label="Filters in force">
          <FilterChips query={query} setQuery={setQuery} keys={keys} />
          <Shown list={list} />
          <DisplayButton look={look} />
          {mayOpenIncident && <SelectButton selection={selection} />}
          {mayAlert && <AlertButton query={query} />}
          {mayHold && <HoldButton query={query} />}
          <ReloadButton onClick={list.reload} />
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
