/** The inbox: what rules have fired, how bad it is, and who sees to it. Worked through by keyboard: j and k move, Enter opens, a acknowledges, r resolves. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { alertSeverities } from '@pinebill/contract';
import { useEffect, useRef, useState } from 'react';
import { LinkBase, useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { Alert } from '../api-types';
import { useListKeys } from '../audit-logs/use-list-keys';
import { Choice, Choices } from '../elements/Choices';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { Hidden } from '../elements/Hidden';
import { countText } from '../elements/figures';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { severities } from '../incidents/incident-words';
import { useDeed } from '../incidents/use-deed';
import { Page } from '../layout/Page';
import { useCan } from '../session/use-session';
import { useAlertCalls, useAlertsChanged } from './alert-calls';
import { alertPath, groupText } from './alert-words';
import { SeverityChip, StateChip } from './Marks';
import { PlanNotice, useHasAlerts } from './PlanNotice';
import { ResolveDialog } from './ResolveDialog';

const REFRESH_MS = 15_000;
const views = [
  ['now', 'To see to', 'open,acknowledged'],
  ['open', 'Open', 'open'],
  ['acknowledged', 'Acknowledged', 'acknowledged'],
  ['resolved', 'Resolved', 'resolved'],
  ['all', 'All', null],
] as const;

const Bar = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'flex-start', marginBottom: 6 });
const Foot = styled('p')(({ theme }) => ({ margin: '14px 0 0', fontSize: 12, color: theme.palette.tone.muted }));
const Quiet = styled('span')(({ theme }) => ({ color: theme.palette.tone.muted }));

function useView() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const parameters = new URLSearchParams(search);
  const view = views.find(([name]) => name === parameters.get('view')) ?? views[0];
  const severity = alertSeverities.find((one) => one === parameters.get('severity')) ?? '';
  const ruleId = parameters.get('ruleId');
  const show = (next: { view: string; severity: string; ruleId: string | null }): void => {
    const wanted = Object.entries(next).filter(([name, value]) => value !== '' && value !== null && !(name === 'view' && value === 'now'));
    navigate({ search: new URLSearchParams(wanted as [string, string][]).toString() });
  };
  return { view, severity, ruleId, show };
}
type View = ReturnType<typeof useView>;

function Filters({ view: [name], severity, ruleId, show }: View) {
  return (
    <Bar>
      <Choices label="Which alerts">
        {views.map(([one, label]) => (
          <Choice key={one} chosen={one === name} onClick={() => show({ view: one, severity, ruleId })}>
            {label}
          </Choice>
        ))}
      </Choices>
      <TextField
        select
        value={severity}
        onChange={({ target }) => show({ view: name, severity: target.value, ruleId })}
        slotProps={{ select: { displayEmpty: true, inputProps: { 'aria-label': 'Severity' } } }}
        style={{ minWidth: 140 }}
      >
        <MenuItem value="">Any severity</MenuItem>
        {[...alertSeverities].reverse().map((one) => (
          <MenuItem key={one} value={one}>
            {severities[one].label}
          </MenuItem>
        ))}
      </TextField>
      {ruleId !== null && <Button onClick={() => show({ view: name, severity, ruleId: null })}>Of every rule</Button>}
    </Bar>
  );
}

type RowProps = { alert: Alert; active: boolean; mayChange: boolean; busy: boolean; onAcknowledge: () => void };

function AlertRow({ alert, active, mayChange, busy, onAcknowledge }: RowProps) {
  const navigate = useNavigate();
  const { id, title, state, severity, count, assignee, openedAt, tellAt, escalatedAt } = alert;
  return (
    <tr data-opens data-row={id} tabIndex={-1} aria-selected={active} onClick={() => navigate(alertPath(id))}>
      <td style={{ width: '60%' }}>
        <LinkBase to={alertPath(id)} style={{ color: 'inherit', textDecoration: 'none', fontWeight: 500 }} title={title}>
          {title}
        </LinkBase>
      </td>
      <td className="fit" data-label="Severity">
        <SeverityChip severity={severity} />
      </td>
      <td className="fit" data-label="State">
        <span>
          <StateChip state={state} /> {escalatedAt && state === 'open' ? <Quiet>escalated</Quiet> : tellAt && <Quiet>quiet</Quiet>}
        </span>
      </td>
      <td style={{ width: '20%' }} data-label="About" title={groupText(alert)}>
        {groupText(alert)}
      </td>
      <td className="fit number" data-label="Calls">
        {countText(count)}
      </td>
      <td className="fit" data-label="Assignee">
        {assignee?.name ?? '–'}
      </td>
      <td className="fit" data-label="Opened">
        <TimeStamp at={openedAt} relative />
      </td>
      {mayChange && (
        <td className="fit">
          {state === 'open' && (
            <Button
              size="small"
              disabled={busy}
              aria-label={`Acknowledge ${title}`}
              onClick={(event) => {
                event.stopPropagation();
                onAcknowledge();
              }}
            >
              Acknowledge
            </Button>
          )}
        </td>
      )}
    </tr>
  );
}

const columns = ['Alert', 'Severity', 'State', 'About', 'Calls', 'Assignee', 'Opened'];

function Head({ mayChange }: { mayChange: boolean }) {
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th key={name} scope="col" className={name === 'Calls' ? 'number' : undefined}>
            {name}
          </th>
        ))}
        {mayChange && (
          <th scope="col">
            <Hidden>Actions</Hidden>
          </th>
        )}
      </tr>
    </thead>
  );
}

function Nothing({ view: [name], severity, ruleId, show }: View) {
  const hasAlerts = useHasAlerts();
  const narrowed = severity !== '' || ruleId !== null || !['now', 'all'].includes(name);
  return (
    <EmptyState
      title={name === 'all' && !narrowed ? 'No alert yet' : 'Nothing to see to'}
      action={
        <>
          <Button variant="outlined" component={LinkBase} to="/alert-rules">
            Look at the rules
          </Button>
          {(narrowed || name !== 'all') && (
            <Button variant="outlined" onClick={() => show({ view: 'all', severity: '', ruleId: null })}>
              Show all alerts
            </Button>
          )}
        </>
      }
    >
      {narrowed
        ? 'No alert is in this view.'
        : !hasAlerts
          ? 'Rules fire in the enterprise plan alone: there is nothing here because nothing is looked for.'
          : 'A rule opens an alert when too many calls of a kind come within a time, or when a detector finds something. No rule has anything to say.'}
    </EmptyState>
  );
}

/** The row that the keyboard is on, and what its keys do with it. */
function useInboxKeys(rows: readonly Alert[], acts: { acknowledge: (alert: Alert) => void; resolve: (alert: Alert) => void }) {
  const navigate = useNavigate();
  const [place, setPlace] = useState<{ id: string; at: number } | null>(null);
  const found = rows.findIndex(({ id }) => id === place?.id);
  // What was seen to leaves the view: the keyboard is then on the one that has its place.
  const at = place === null ? -1 : found >= 0 ? found : Math.min(place.at, rows.length - 1);
  const active = rows[at] ?? null;
  const move = (step: 1 | -1): void => {
    const next = Math.min(rows.length - 1, Math.max(0, at + step));
    const row = rows[next];
    if (!row) return;
    setPlace({ id: row.id, at: next });
    document.querySelector<HTMLElement>(`[data-row="${row.id}"]`)?.focus();
  };
  useListKeys({
    move,
    open: () => active && navigate(alertPath(active.id)),
    close: () => setPlace(null),
    ...{ select: () => undefined, search: () => undefined, actions: () => undefined, help: () => undefined },
  });
  const stay = ({ id }: Alert): void => setPlace({ id, at });
  const current = useRef({ active, acts: { ...acts, stay } });
  useEffect(() => {
    current.current = { active, acts: { ...acts, stay } };
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const { active: row, acts: now } = current.current;
      const { key, target } = event;
      const typing =
        target instanceof HTMLElement &&
        target.closest('input, textarea, select, [role="dialog"], [role="menu"], [role="listbox"]') !== null;
      const isOver = document.querySelector('[role="dialog"], [role="menu"]') !== null;
      if (row === null || typing || isOver || event.ctrlKey || event.metaKey || event.altKey || row.state === 'resolved') return;
      const act = { a: row.state === 'open' && now.acknowledge, r: now.resolve }[key];
      if (!act) return;
      // Else the letter is typed into the dialog that it opens.
      event.preventDefault();
      now.stay(row);
      act(row);
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
  return active?.id ?? null;
}

type TableProps = {
  rows: readonly Alert[] | null;
  stale: boolean;
  mayChange: boolean;
  busy: boolean;
  activeId: string | null;
  acknowledge: (alert: Alert) => void;
};

function Table({ rows, stale, mayChange, busy, activeId, acknowledge }: TableProps) {
  return (
    <DataTable label="Alerts" stale={stale} dense>
      <Head mayChange={mayChange} />
      {rows === null ? (
        <SkeletonRows rows={8} columns={[320, [60, 'fit'], [84, 'fit'], 120, [40, 'fit number'], [70, 'fit'], [90, 'fit']]} />
      ) : (
        <tbody>
          {rows.map((alert) => (
            <AlertRow
              key={alert.id}
              alert={alert}
              active={alert.id === activeId}
              mayChange={mayChange}
              busy={busy}
              onAcknowledge={() => acknowledge(alert)}
            />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

function Keys({ mayChange }: { mayChange: boolean }) {
  return (
    <Foot>
      <kbd>j</kbd> <kbd>k</kbd> move, <kbd>Enter</kbd> opens
      {mayChange && (
        <>
          , <kbd>a</kbd> acknowledges, <kbd>r</kbd> resolves
        </>
      )}
      .
    </Foot>
  );
}

function Listed({ view }: { view: View }) {
  const [, , state] = view.view;
  const filter = { ...(state === null ? {} : { state }), ...(view.severity === '' ? {} : { severity: view.severity }), ...(view.ruleId === null ? {} : { ruleId: view.ruleId }) }; // prettier-ignore
  const list = useInfiniteGetList<Alert>(
    'alerts',
    { filter, pagination: { page: 1, perPage: 50 } },
    { retry: false, placeholderData: (before) => before, refetchInterval: REFRESH_MS },
  );
  const mayChange = useCan('alerts:write');
  const [calls, changed] = [useAlertCalls(), useAlertsChanged()];
  const deed = useDeed(changed);
  const [resolving, setResolving] = useState<Alert | null>(null);
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  const acknowledge = ({ id }: Alert): void => void (mayChange && deed.run(() => calls.acknowledge(id)));
  const activeId = useInboxKeys(rows ?? [], { acknowledge, resolve: (alert) => mayChange && setResolving(alert) });
  const problem = list.error !== null && <ProblemView error={list.error} retry={() => void list.refetch()} />;
  if (rows === null && problem) return problem;
  // A dialog with what somebody types stays, whatever becomes of the list.
  const dialog = resolving && <ResolveDialog alert={resolving} onClose={() => setResolving(null)} />;
  if (rows?.length === 0)
    return (
      <>
        {problem}
        <Nothing {...view} />
        {dialog}
      </>
    );
  return (
    <>
      {problem}
      {deed.error !== null && <ProblemView error={deed.error} />}
      <Table
        rows={rows}
        stale={list.isPlaceholderData}
        mayChange={mayChange}
        busy={deed.busy}
        activeId={activeId}
        acknowledge={acknowledge}
      />
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older alerts
        </Button>
      )}
      <Keys mayChange={mayChange} />
      {dialog}
    </>
  );
}

export function AlertsPage() {
  const view = useView();
  return (
    <Page
      title="Alerts"
      lead="What rules have fired. Acknowledge what you see to, so that nobody else has to wonder; resolve what is over."
      actions={
        <Button variant="outlined" component={LinkBase} to="/alert-rules">
          Rules
        </Button>
      }
    >
      <PlanNotice />
      <Filters {...view} />
      <Listed view={view} />
    </Page>
  );
}
