/** All incidents of the organization: what is burning, how bad it is, whose it is. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { incidentSeverities } from '@pinebill/contract';
import { useState, type ReactNode } from 'react';
import { LinkBase, useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { IncidentSummary } from '../api-types';
import { Choice, Choices } from '../elements/Choices';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';
import { useCan } from '../session/use-session';
import { FireDrillButton } from './FireDrill';
import { elapsed, incidentPath, severities } from './incident-words';
import { DrillChip, SeverityChip, StateChip } from './Marks';
import { OpenIncidentDialog, type OpenFrom } from './OpenIncidentDialog';

const REFRESH_MS = 30_000;
const states = [
  ['open', 'Open'],
  ['closed', 'Closed'],
  ['all', 'All'],
] as const;

const Bar = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: '4px 16px', alignItems: 'flex-start', marginBottom: 6 });
const Count = styled('span')(({ theme }) => ({ color: theme.palette.tone.muted, fontVariantNumeric: 'tabular-nums' }));

const kinds: readonly IncidentSummary['subjects'][number]['kind'][] = ['key', 'person', 'address'];

/** The names of what is affected, the keys first. */
function Affected({ incident: { subjects } }: { incident: IncidentSummary }) {
  const [first, ...rest] = [...subjects].sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
  if (!first) return <>Nothing named yet</>;
  return (
    <span title={subjects.map(({ name }) => name).join(', ')}>
      {first.name}
      {rest.length > 0 && ` and ${rest.length} more`}
    </span>
  );
}
function IncidentRow({ incident }: { incident: IncidentSummary }) {
  const navigate = useNavigate();
  const { id, number, title, openedAt, openedBy, assignee } = incident;
  return (
    <tr data-opens onClick={() => navigate(incidentPath(id))}>
      <td style={{ width: '40%' }}>
        <LinkBase to={incidentPath(id)} style={{ color: 'inherit', textDecoration: 'none', fontWeight: 500 }}>
          <Count>#{number}</Count> {title}
        </LinkBase>{' '}
        <DrillChip {...incident} />
      </td>
      <td className="fit" data-label="Severity">
        <SeverityChip {...incident} />
      </td>
      <td className="fit" data-label="State">
        <StateChip {...incident} />
      </td>
      <td style={{ width: '20%' }} data-label="Affected">
        <Affected incident={incident} />
      </td>
      <td className="fit" data-label="Assignee">
        {assignee?.name ?? '–'}
      </td>
      <td className="fit" data-label="Opened">
        <span>
          <TimeStamp at={openedAt} relative /> by {openedBy.name}
        </span>
      </td>
      <td className="fit number" data-label="Elapsed">
        {elapsed(incident)}
      </td>
    </tr>
  );
}

function Rows({ rows, stale }: { rows: readonly IncidentSummary[] | null; stale: boolean }) {
  return (
    <DataTable label="Incidents" stale={stale}>
      <thead>
        <tr>
          {['Incident', 'Severity', 'State', 'Affected', 'Assignee', 'Opened'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
          <th scope="col" className="number">
            Elapsed
          </th>
        </tr>
      </thead>
      {rows === null ? (
        <SkeletonRows rows={6} columns={[300, [52, 'fit'], [76, 'fit'], 140, [80, 'fit'], [120, 'fit'], [64, 'fit number']]} />
      ) : (
        <tbody>
          {rows.map((incident) => (
            <IncidentRow key={incident.id} incident={incident} />
          ))}
        </tbody>
      )}
    </DataTable>
  );
}

type NothingProps = { state: string; narrowed: boolean; open: ReactNode; onShowAll: () => void };

function Nothing({ state, narrowed, open, onShowAll }: NothingProps) {
  if (narrowed || state === 'closed') {
    return (
      <EmptyState
        title="No such incident"
        action={
          <Button variant="outlined" onClick={onShowAll}>
            Show all incidents
          </Button>
        }
      >
        No incident of the organization is in this view.
      </EmptyState>
    );
  }
  const isAll = state === 'all';
  return (
    <EmptyState
      title={isAll ? 'No incident yet' : 'No open incident'}
      action={
        <>
          {open}
          <Button variant="outlined" component={LinkBase} to="/audit-logs">
            Look through API Logs
          </Button>
          {!isAll && (
            <Button variant="outlined" onClick={onShowAll}>
              Show all incidents
            </Button>
          )}
        </>
      }
    >
      When a key may be in wrong hands, open one: from the row of the log that made you look, from the key, from the address, or here. It
      leads through stopping the key, replacing it, finding out what was done, and writing it down.
    </EmptyState>
  );
}

/** `?new`: a link that opens one, about a key or an address. */
function fromLink(parameters: URLSearchParams): OpenFrom {
  const [apiKeyId, address] = [parameters.get('apiKeyId'), parameters.get('address')];
  return { ...(apiKeyId ? { apiKeyIds: [apiKeyId] } : {}), ...(address ? { addresses: [address] } : {}) };
}

function useView() {
  const { search } = useLocation();
  const navigate = useNavigate();
  const parameters = new URLSearchParams(search);
  const named = parameters.get('state');
  const state = states.find(([name]) => name === named)?.[0] ?? 'open';
  const severity = incidentSeverities.find((one) => one === parameters.get('severity')) ?? '';
  const show = (next: { state: string; severity: string }): void => {
    const wanted = Object.entries(next).filter(([name, value]) => value !== '' && !(name === 'state' && value === 'open'));
    navigate({ search: new URLSearchParams(wanted).toString() });
  };
  const close = (): void => navigate({ search: '' }, { replace: true });
  return { state, severity, show, asked: parameters.has('new') ? fromLink(parameters) : null, close };
}

type View = ReturnType<typeof useView>;

function Filters({ state, severity, show }: Pick<View, 'state' | 'severity' | 'show'>) {
  return (
    <Bar>
      <Choices label="Which incidents">
        {states.map(([name, label]) => (
          <Choice key={name} chosen={state === name} onClick={() => show({ state: name, severity })}>
            {label}
          </Choice>
        ))}
      </Choices>
      <TextField
        select
        value={severity}
        onChange={({ target }) => show({ state, severity: target.value })}
        slotProps={{ select: { displayEmpty: true, inputProps: { 'aria-label': 'Severity' } } }}
        style={{ minWidth: 140 }}
      >
        <MenuItem value="">Any severity</MenuItem>
        {[...incidentSeverities].reverse().map((one) => (
          <MenuItem key={one} value={one}>
            {severities[one].label}
          </MenuItem>
        ))}
      </TextField>
    </Bar>
  );
}

function Listed({ view: { state, severity, show }, open }: { view: View; open: ReactNode }) {
  const filter = { ...(state === 'all' ? {} : { state }), ...(severity === '' ? {} : { severity }) };
  const list = useInfiniteGetList<IncidentSummary>(
    'incidents',
    { filter, pagination: { page: 1, perPage: 50 } },
    { retry: false, placeholderData: (before) => before, refetchInterval: REFRESH_MS },
  );
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? null;
  if (list.error) return <ProblemView error={list.error} retry={() => void list.refetch()} />;
  if (rows?.length === 0) {
    return <Nothing state={state} narrowed={severity !== ''} open={open} onShowAll={() => show({ state: 'all', severity: '' })} />;
  }
  return (
    <>
      <Rows rows={rows} stale={list.isPlaceholderData} />
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older incidents
        </Button>
      )}
    </>
  );
}

export function IncidentsPage() {
  const view = useView();
  const mayOpen = useCan('incidents:open');
  const [opening, setOpening] = useState(false);
  const open = (variant: 'contained' | 'outlined') =>
    mayOpen && (
      <Button variant={variant} onClick={() => setOpening(true)}>
        Open incident
      </Button>
    );
  const { asked, close } = view;
  return (
    <Page
      title="Incidents"
      lead="A key in wrong hands, from the first suspicion to the written report."
      actions={
        <>
          <FireDrillButton />
          {open('contained')}
        </>
      }
    >
      <Filters {...view} />
      <Listed view={view} open={open('outlined')} />
      {mayOpen && (opening || asked) && <OpenIncidentDialog from={asked ?? {}} onClose={() => (asked ? close() : setOpening(false))} />}
    </Page>
  );
}
