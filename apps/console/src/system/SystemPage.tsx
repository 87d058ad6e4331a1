/** How the installation is, every five seconds. While the API cannot say it, the page says why, what goes on meanwhile, and what was known last. */
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { SystemView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { FactList } from '../elements/FactList';
import { MonoText } from '../elements/Mono';
import { TimeStamp } from '../elements/TimeStamp';
import { AccessDenied } from '../layout/NotFound';
import { mayOpen, systemPlace } from '../layout/navigation';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { ServerSilence } from '../layout/ServerSilence';
import { useSession } from '../session/use-session';
import { JournalUse } from './JournalUse';
import { Processes } from './Processes';
import { Quarantine } from './Quarantine';
import { countText, lagText, numberOf } from '../elements/figures';
import { SystemWarnings } from './SystemWarnings';

const EVERY_MS = 5_000;
const Columns = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(min(100%, 320px), 1fr))',
  gap: '28px 40px',
  marginBottom: 28,
  '&& > section': { marginTop: 0, minWidth: 0 },
});
const Figures = styled('dl')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'repeat(auto-fit, minmax(124px, 1fr))',
  gap: 1,
  margin: '0 0 8px',
  overflow: 'hidden',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  '& > div': { boxShadow: `0 0 0 1px ${theme.palette.tone.line}`, padding: '12px 16px' },
  '& dt': { fontSize: 12, lineHeight: '16px', color: theme.palette.tone.muted },
  '& dd': {
    margin: '4px 0 0',
    fontSize: 20,
    fontWeight: 600,
    lineHeight: '28px',
    letterSpacing: '-0.02em',
    fontVariantNumeric: 'tabular-nums',
    whiteSpace: 'nowrap',
  },
  '& [data-alarm="true"] dd': { color: theme.palette.tone.danger },
}));

const Caption = styled('p')(({ theme }) => ({ margin: '0 0 28px', fontSize: 12, lineHeight: '16px', color: theme.palette.tone.muted }));

const checkpointNames: Record<SystemView['checkpoints'][number]['part'], string> = {
  journal: 'Journal written',
  shipper: 'Batch shipped',
  partitions: 'Months made',
  postgres: 'PostgreSQL',
};

type Shown = { system: SystemView; /** Of an earlier moment: the API does not answer now. */ stale: boolean };

function Numbers({ system: { journal, shipper, counts, process }, stale }: Shown) {
  const refused = counts.unrecordable + counts.overload;
  const figures: [label: string, value: string, alarm?: boolean][] = [
    ['Waiting records', countText(journal.entries)],
    ['Lag', shipper.lagSeconds === null ? 'not known' : lagText(shipper.lagSeconds), (shipper.lagSeconds ?? 0) > 60],
    ['Refused', countText(refused), refused > 0],
    ['Coalesced', countText(counts.coalesced)],
    ['Quarantined', counts.quarantined === null ? 'not known' : countText(counts.quarantined), (counts.quarantined ?? 0) > 0],
    ['Lost', countText(counts.lost), counts.lost > 0],
  ];
  return (
    <>
      <Figures>
        {figures.map(([label, value, alarm = false]) => (
          <div key={label} data-alarm={alarm}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </Figures>
      <Caption>
        Waiting records, lag and quarantine are of {stale ? 'that moment' : 'now'}; the others count since process {process.pid} on{' '}
        {process.host} was started, <TimeStamp at={process.startedAt} relative />.
      </Caption>
    </>
  );
}

function Recording({ system: { mode, modeSince, journal, shipper, counts } }: { system: SystemView }) {
  const batch = shipper.lastBatch;
  return (
    <Part>
      <h2>Recording</h2>
      <FactList
        facts={[
          {
            label: 'Mode',
            value: (
              <>
                {mode}
                {modeSince !== null && (
                  <>
                    {' '}
                    since <TimeStamp at={modeSince} />
                  </>
                )}
              </>
            ),
          },
          { label: 'Journal', value: <JournalUse journal={journal} /> },
          { label: 'In progress', value: `${numberOf(journal.intents, 'request')} whose intent is recorded` },
          {
            label: 'Last batch',
            value: batch === null ? 'none since the start' : `${numberOf(batch.rows, 'record')} in ${batch.milliseconds} ms`,
          },
          {
            label: 'Refused',
            value: `${countText(counts.unrecordable)} because they could not be recorded, ${countText(counts.overload)} because too many were open`,
          },
          { label: 'Trouble', value: shipper.lastError === null ? null : <MonoText>{shipper.lastError}</MonoText> },
        ]}
      />
    </Part>
  );
}

function DatabaseChip({ reachable }: { reachable: boolean | null }) {
  if (reachable === null) return <Chip tone="unknown">Not known</Chip>;
  return reachable ? <Chip tone="success">Reachable</Chip> : <Chip tone="server">Does not answer</Chip>;
}

const loginTexts = { ordinary: 'an ordinary one', owner: 'one that may become the owner of the tables', superuser: 'a superuser' } as const;
const isOn = (on: boolean): string => (on ? 'on' : 'off');

function strayText(rows: number | null): string {
  if (rows === null) return 'not known at the moment';
  return rows === 0 ? 'no rows, as it should be' : numberOf(rows, 'row');
}

function Database({ system: { database, partitions }, stale }: Shown) {
  const { settings, roles } = database;
  return (
    <Part>
      <h2>PostgreSQL</h2>
      <FactList
        facts={[
          {
            label: 'State',
            value: <DatabaseChip reachable={stale ? null : database.reachable} />,
          },
          { label: 'Version', value: database.version },
          settings && {
            label: 'Durability',
            value: (
              <>
                {settings.safe ? 'Safe' : 'Not safe'}: <MonoText>fsync</MonoText> {isOn(settings.fsync)},{' '}
                <MonoText>full_page_writes</MonoText> {isOn(settings.fullPageWrites)}, <MonoText>synchronous_commit</MonoText>{' '}
                {settings.synchronousCommit}
              </>
            ),
          },
          roles && {
            label: 'Roles',
            value: `${roles.separated ? 'Separated: the product may only add to the log' : 'Not separated'}; the login is ${loginTexts[roles.login]}`,
          },
          partitions && { label: 'Months', value: <span className="number">{partitions.months.join(', ')}</span> },
          partitions && {
            label: 'Without month',
            value: strayText(partitions.strayRows),
          },
        ]}
      />
    </Part>
  );
}

function Checkpoints({ system: { checkpoints, jobs } }: { system: SystemView }) {
  const failing = jobs.filter(({ outcome }) => outcome === 'failed');
  return (
    <Part>
      <h2>Last checkpoint of each part</h2>
      <FactList
        facts={[
          ...checkpoints.map(({ part, at }) => ({
            label: checkpointNames[part],
            value: <TimeStamp at={at} relative missing="Not since the start" />,
          })),
          ...failing.map(({ name, endedAt }) => ({
            label: 'Failed job',
            value: (
              <>
                <MonoText>{name}</MonoText>, <TimeStamp at={endedAt} relative />
              </>
            ),
          })),
        ]}
      />
    </Part>
  );
}

function Mail({ mail }: { mail: SystemView['mail'] }) {
  if (mail === null) return null;
  return (
    <Part>
      <h2>Mail</h2>
      <FactList
        facts={[
          { label: 'Server', value: mail.configured ? 'set' : 'not set: links are shown to admins instead' },
          { label: 'Waiting', value: numberOf(mail.queued, 'mail') },
          mail.oldestQueuedAt === null ? null : { label: 'Oldest', value: <TimeStamp at={mail.oldestQueuedAt} relative /> },
          { label: 'Failed', value: `${numberOf(mail.failed, 'mail')} in the last seven days` },
          { label: 'Trouble', value: mail.lastError === null ? null : <MonoText>{mail.lastError}</MonoText> },
        ]}
      />
    </Part>
  );
}

function Detection({ detection }: { detection: SystemView['detection'] }) {
  if (detection === null) return null;
  const { behind, waiting, oldestWaitingAt, failing, lastFailedAt, lastError } = detection;
  return (
    <Part>
      <h2>Detection</h2>
      <FactList
        facts={[
          { label: 'Waiting', value: `${numberOf(waiting, 'request')} of ${numberOf(behind, 'organization')}` },
          oldestWaitingAt === null ? null : { label: 'Oldest', value: <TimeStamp at={oldestWaitingAt} relative /> },
          { label: 'Failing', value: numberOf(failing, 'organization') },
          lastFailedAt === null ? null : { label: 'Last failed', value: <TimeStamp at={lastFailedAt} relative /> },
          { label: 'Trouble', value: lastError === null ? null : <MonoText>{lastError}</MonoText> },
        ]}
      />
    </Part>
  );
}

export function SystemPage() {
  const session = useSession();
  if (session === null) return <PageSkeleton />;
  return mayOpen(session, systemPlace) ? <State /> : <AccessDenied />;
}

function State() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data, error, refetch } = useQuery({
    queryKey: ['system'],
    queryFn: () => dataProvider.system(),
    refetchInterval: EVERY_MS,
    retry: false,
  });
  if (!data && !error) return <PageSkeleton />;
  const verdict = error ? (
    <Chip tone="unknown">Not known</Chip>
  ) : data.ready ? (
    <Chip tone="success">Ready</Chip>
  ) : (
    <Chip tone="server">Not ready</Chip>
  );
  return (
    <Page title="System" lead="How the installation is: the way of every record from the request to PostgreSQL." actions={verdict}>
      {error && (
        <ServerSilence error={error} retry={() => void refetch()}>
          {data && (
            <strong>
              Below is what was known at <TimeStamp at={data.checkedAt} />.
            </strong>
          )}
        </ServerSilence>
      )}
      {data && (
        <div>
          {!error && <SystemWarnings warnings={data.warnings} />}
          <Numbers system={data} stale={error !== null} />
          <Columns>
            <Recording system={data} />
            <Database system={data} stale={error !== null} />
            <Checkpoints system={data} />
            <Mail mail={data.mail} />
            <Detection detection={data.detection} />
          </Columns>
          <Processes processes={data.processes} />
          {!error && <Quarantine count={data.counts.quarantined} />}
        </div>
      )}
    </Page>
  );
}
