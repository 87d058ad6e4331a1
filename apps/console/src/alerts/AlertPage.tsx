/** One alert: what was seen, the rows behind it, who sees to it, and what has happened to it. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { LinkBase, useDataProvider, useGetOne, useParams } from 'react-admin';
import type { AlertDetail, LogRecord } from '../api-types';
import { Choose } from '../exports/Choose';
import { FactList } from '../elements/FactList';
import { countText } from '../elements/figures';
import { Notice } from '../elements/Notice';
import { problemOf, ProblemView } from '../elements/ProblemView';
import { RecordLines } from '../elements/RecordLines';
import { TimeStamp } from '../elements/TimeStamp';
import { factsText } from '@pinebill/contract';
import { incidentPath } from '../incidents/incident-words';
import { useDeed } from '../incidents/use-deed';
import { useReaders } from '../incidents/use-readers';
import { Page, PageSkeleton, Part, Row } from '../layout/Page';
import { PageProblem } from '../layout/PageProblem';
import { useCan } from '../session/use-session';
import { useAlertCalls, useAlertsChanged } from './alert-calls';
import { alertPath, detectorTitle, groupingWords, minutesText, rowsLink, rulePath } from './alert-words';
import { SeverityChip, StateChip } from './Marks';
import { ResolveDialog } from './ResolveDialog';

const REFRESH_MS = 15_000;
const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 3fr) minmax(260px, 2fr)',
  gap: '28px 40px',
  '@media (max-width: 900px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
});
const Events = styled('ol')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 0,
  fontSize: 13,
  lineHeight: '20px',
  '& li': { padding: '7px 0', borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& p': { margin: 0, color: theme.palette.tone.secondary },
  '& time': { color: theme.palette.tone.muted },
}));

type Deed = ReturnType<typeof useDeed>;

function Actions({ alert, deed, onResolve }: { alert: AlertDetail; deed: Deed; onResolve: () => void }) {
  const calls = useAlertCalls();
  const mayChange = useCan('alerts:write');
  const { id, state, incidentId } = alert;
  return (
    <>
      <Button variant="outlined" component={LinkBase} to={rowsLink(alert.filter)}>
        Show rows
      </Button>
      {mayChange && incidentId === null && (
        <Button variant="outlined" disabled={deed.busy} onClick={() => void deed.run(() => calls.openIncident(id))}>
          Open incident
        </Button>
      )}
      {mayChange && state !== 'resolved' && (
        <Button variant={state === 'open' ? 'outlined' : 'contained'} disabled={deed.busy} onClick={onResolve}>
          Resolve…
        </Button>
      )}
      {mayChange && state === 'open' && (
        <Button variant="contained" disabled={deed.busy} onClick={() => void deed.run(() => calls.acknowledge(id))}>
          Acknowledge
        </Button>
      )}
    </>
  );
}

const nobody = 'nobody';

/** Whoever may read alerts can be the one who sees to it. */
function Assignee({ alert, deed }: { alert: AlertDetail; deed: Deed }) {
  const mayChange = useCan('alerts:write') && alert.state !== 'resolved';
  return mayChange ? <ChooseAssignee alert={alert} deed={deed} /> : <>{alert.assignee?.name ?? 'Nobody'}</>;
}

function ChooseAssignee({ alert: { id, assignee }, deed }: { alert: AlertDetail; deed: Deed }) {
  const calls = useAlertCalls();
  const readers = useReaders();
  const known = assignee?.id ? [{ id: assignee.id, name: assignee.name }] : [];
  const options: Record<string, string> = {
    [nobody]: 'Nobody',
    ...Object.fromEntries([...known, ...readers].map((one) => [one.id, one.name])),
  };
  return (
    <Choose
      name="assignee"
      label="Assignee"
      value={assignee?.id ?? nobody}
      options={options}
      onChange={(chosen) => void deed.run(() => calls.assign(id, chosen === nobody ? null : chosen))}
    />
  );
}

type Fact = { label: string; value: ReactNode };

function seenFacts({ rule, group, finding, count, threshold, windowFrom, windowTo }: AlertDetail): (Fact | null | false | undefined)[] {
  const by = group?.by;
  const has = (facts: object | null | undefined): boolean => Object.keys(facts ?? {}).length > 0;
  return [
    { label: 'Rule', value: <>{rule.deleted ? `${rule.name} (deleted)` : <LinkBase to={rulePath(rule.id)}>{rule.name}</LinkBase>}, version {rule.version}</> }, // prettier-ignore
    finding && { label: 'Finding', value: <LinkBase to={`/findings/${finding.id}`}>{detectorTitle(finding.detector)}</LinkBase> },
    group && { label: by ? groupingWords[by].replace('Each ', '').replace(/^./, (first) => first.toUpperCase()) : 'About', value: group.label }, // prettier-ignore
    count > 0 && { label: 'Seen', value: count === 1 ? '1 call' : `${countText(count)} calls` },
    has(finding?.seen) && { label: 'In numbers', value: factsText(finding?.seen) },
    threshold !== null && { label: 'Threshold', value: `${countText(threshold)} calls within ${minutesText((Date.parse(windowTo) - Date.parse(windowFrom)) / 60_000)}` }, // prettier-ignore
    has(finding?.normal) && { label: 'Normal here', value: factsText(finding?.normal) },
  ];
}

function Facts({ alert }: { alert: AlertDetail }) {
  return (
    <FactList
      facts={[
        ...seenFacts(alert),
        { label: 'From', value: <TimeStamp at={alert.windowFrom} /> },
        { label: 'To', value: <TimeStamp at={alert.windowTo} /> },
        { label: 'Opened', value: <TimeStamp at={alert.openedAt} relative /> },
        alert.tellAt !== null && { label: 'Told', value: <>When quiet hours are over, <TimeStamp at={alert.tellAt} /></> }, // prettier-ignore
        alert.escalateAt !== null && { label: 'Escalated', value: <>Unless acknowledged until <TimeStamp at={alert.escalateAt} /></> }, // prettier-ignore
        { label: 'Incident', value: alert.incidentId && <LinkBase to={incidentPath(alert.incidentId)}>Open the incident</LinkBase> },
        { label: 'Resolution', value: alert.resolution },
      ]}
    />
  );
}

const deeds: Record<AlertDetail['events'][number]['kind'], string> = {
  opened: 'opened it',
  told: 'told its channels',
  notTold: 'could tell nobody',
  acknowledged: 'acknowledged it',
  assigned: 'assigned it',
  escalated: 'escalated it: nobody had acknowledged it',
  resolved: 'resolved it',
  incidentOpened: 'opened an incident from it',
};

const listed = (value: unknown): string => (Array.isArray(value) ? value.map(String).join(', ') : '');

/** Who was told, of what was done by itself. Before names were kept there are none. */
function ToldWhom({ kind, data }: Pick<AlertDetail['events'][number], 'kind' | 'data'>) {
  if (kind !== 'told' && kind !== 'notTold' && kind !== 'escalated') return null;
  const { togetherWith } = data;
  if (typeof togetherWith === 'string')
    return (
      <p>
        Together with <LinkBase to={alertPath(togetherWith)}>another one</LinkBase>, which says how many more there are.
      </p>
    );
  const [told, off] = [listed(data['channels']), listed(data['off'])];
  const mailed = data['mailAdmins'] === true ? 'every admin by mail' : '';
  const whom = [told, mailed].filter((one) => one !== '').join(', ');
  const nobody = kind === 'notTold' && off === '';
  return (
    <>
      {whom !== '' && <p>Told: {whom}</p>}
      {off !== '' && <p>Switched off: {off}</p>}
      {nobody && <p>The channels of its rule are gone.</p>}
    </>
  );
}

function History({ events }: Pick<AlertDetail, 'events'>) {
  return (
    <Events aria-label="What has happened">
      {events.map(({ at, kind, by, data }) => (
        <li key={`${at} ${kind}`}>
          <strong>{by.id === null ? 'PineBill' : by.name}</strong> {deeds[kind]}
          {kind === 'assigned' && ` to ${typeof data['name'] === 'string' ? data['name'] : 'nobody'}`}
          {typeof data['resolution'] === 'string' && <p>{data['resolution']}</p>}
          <ToldWhom kind={kind} data={data} />
          <br />
          <TimeStamp at={at} />
        </li>
      ))}
    </Events>
  );
}

function Samples({ alert }: { alert: AlertDetail }) {
  const dataProvider = useDataProvider();
  const { data, error, refetch } = useQuery({
    queryKey: ['audit-logs', 'of-alert', alert.id, ...alert.samples],
    queryFn: async () => {
      const found = await Promise.all(alert.samples.map((id) => dataProvider.getOne<LogRecord>('audit-logs', { id }).catch(goneOrThrow)));
      return found.flatMap((one) => (one === null ? [] : [one.data]));
    },
    retry: false,
  });
  if (alert.samples.length === 0) return <p>It has no rows of its own. “Show rows” looks for them in the log.</p>;
  if (error && !data) return <ProblemView error={error} retry={() => void refetch()} />;
  if (data?.length === 0) return <p>Its rows are older than the plan keeps, or not for you to see.</p>;
  return <RecordLines records={data} rows={alert.samples.length} />;
}

/** A row that is not there any more is left out. An outage is no such thing. */
function goneOrThrow(error: unknown): null {
  if (problemOf(error).status === 404) return null;
  throw error;
}

function Shown({ alert, error }: { alert: AlertDetail; error: unknown }) {
  const deed = useDeed(useAlertsChanged());
  const [resolving, setResolving] = useState(false);
  return (
    <Page
      title={alert.title}
      lead={
        <>
          <SeverityChip severity={alert.severity} /> <StateChip state={alert.state} />
          {alert.acknowledgedBy && alert.state === 'acknowledged' && ` by ${alert.acknowledgedBy.name}`}
        </>
      }
      actions={<Actions alert={alert} deed={deed} onResolve={() => setResolving(true)} />}
    >
      {error !== null && <ProblemView error={error} />}
      {deed.error !== null && <ProblemView error={deed.error} />}
      {alert.escalatedAt !== null && alert.state === 'open' && (
        <Notice tone="client" style={{ marginBottom: 20, maxWidth: 760 }}>
          <strong>Nobody has acknowledged it</strong>
          <p>
            It was escalated <TimeStamp at={alert.escalatedAt} relative />. Acknowledge it when you see to it.
          </p>
        </Notice>
      )}
      <Columns>
        <div>
          <Part>
            <h2>What was seen</h2>
            <Facts alert={alert} />
          </Part>
          <Part>
            <h2>
              Some of its rows <LinkBase to={rowsLink(alert.filter)}>Show all in the log</LinkBase>
            </h2>
            <Samples alert={alert} />
          </Part>
        </div>
        <div>
          <Part>
            <h2>Who sees to it</h2>
            <Row>
              <Assignee alert={alert} deed={deed} />
            </Row>
          </Part>
          <Part>
            <h2>What has happened</h2>
            <History events={alert.events} />
          </Part>
        </div>
      </Columns>
      {resolving && <ResolveDialog alert={alert} onClose={() => setResolving(false)} />}
    </Page>
  );
}

export function AlertPage() {
  const { id = '' } = useParams();
  const { data, error, refetch } = useGetOne<AlertDetail>('alerts', { id }, { retry: false, refetchInterval: REFRESH_MS });
  // Whoever comes from the inbox finds its row here first, which is less than the page needs.
  const alert = data && 'events' in data ? data : undefined;
  // It is asked for again and again: one answer that fails must not take away what somebody reads and types.
  if (alert) return <Shown alert={alert} error={error} />;
  if (!error) return <PageSkeleton />;
  return (
    <Page title="Alert">
      <PageProblem error={error} retry={() => void refetch()} list={{ to: '/alerts', label: 'All alerts' }} />
    </Page>
  );
}
