/** What is known: what is affected, the rows that made somebody look, and what they said. */
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { Incident, IncidentSubject } from '../api-types';
import { addressPage } from '../elements/Address';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { RecordLines } from '../elements/RecordLines';
import { TimeStamp } from '../elements/TimeStamp';
import { linkOf } from '../leaks/leak-words';
import { useEvidence } from './incident-lists';
import { number, sourceWords } from './incident-words';
import { rowsLink, subjectsOf } from './live';
import { Notes } from './Notes';
import { Section, StepFrame } from './StepFrame';

const containedHow: Record<NonNullable<IncidentSubject['contained']>['how'], string> = {
  revoke: 'Revoked',
  quarantine: 'Quarantined',
  disable: 'Disabled',
  ended: 'Ended',
  sessions: 'Sessions ended',
  block: 'Blocked',
};

export function SubjectName({ subject }: { subject: IncidentSubject }) {
  const { kind, id, name, key } = subject;
  if (kind === 'key') return <LinkBase to={`/api-keys/${id}/show`}>{key ? <KeyName name={name} masked={key.masked} /> : name}</LinkBase>;
  if (kind === 'address') {
    return (
      <LinkBase to={addressPage(id)}>
        <MonoText>{name}</MonoText>
      </LinkBase>
    );
  }
  return <LinkBase to="/members">{name}</LinkBase>;
}

export function ContainedMark({
  subject: { kind, contained, key, signedInAgainAt },
  loose = 'Not contained',
}: {
  subject: IncidentSubject;
  loose?: string;
}) {
  if (contained) return <Chip tone="success">{containedHow[contained.how]}</Chip>;
  if (kind === 'key' && key) return <KeyStateChip state={key.state} />;
  if (signedInAgainAt !== null) return <Chip tone="server">Signed in again</Chip>;
  return <Chip tone={kind === 'address' ? 'unknown' : 'server'}>{kind === 'address' ? 'Not blocked' : loose}</Chip>;
}

const kinds: Record<IncidentSubject['kind'], string> = { key: 'API key', person: 'Person', address: 'Address' };

function Subjects({ incident }: { incident: Incident }) {
  if (incident.subjects.length === 0) {
    return (
      <EmptyState title="Nothing is named yet">
        Say in the next step which key, person or address it is about; or select rows in the log and add them to this incident.
      </EmptyState>
    );
  }
  return (
    <DataTable label="What is affected" compact>
      <thead>
        <tr>
          {['What', 'Kind', 'Now', 'Last used'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {(['key', 'person', 'address'] as const)
          .flatMap((kind) => subjectsOf(incident, kind))
          .map((subject) => (
            <tr key={`${subject.kind} ${subject.id}`}>
              <td style={{ width: '55%' }}>
                <SubjectName subject={subject} />
              </td>
              <td className="fit" data-label="Kind">
                {kinds[subject.kind]}
              </td>
              <td className="fit" data-label="Now">
                <ContainedMark subject={subject} />
              </td>
              <td className="fit" data-label="Last used">
                {subject.key ? <TimeStamp at={subject.key.lastUsedAt} relative missing="Never" /> : '–'}
              </td>
            </tr>
          ))}
      </tbody>
    </DataTable>
  );
}

function Evidence({ incident }: { incident: Incident }) {
  const { id, counts } = incident;
  const { data, error, refetch } = useEvidence(id, counts.evidence > 0);
  if (counts.evidence === 0) {
    return (
      <EmptyState title="No row is kept yet">
        Select rows in API Logs and add them to this incident: they are kept, whatever the plan’s retention says, until it is closed and its
        hold released.
      </EmptyState>
    );
  }
  if (error) return <ProblemView error={error} retry={() => void refetch()} />;
  return (
    <>
      <RecordLines records={data?.data.map(({ record }) => record)} rows={Math.min(8, counts.evidence)} />
      {data?.nextCursor && <p>The first {number(data.data.length)} are shown.</p>}
    </>
  );
}

const Origin = styled('p')(({ theme }) => ({ margin: '0 !important', fontSize: 13, color: theme.palette.tone.secondary }));

/** Only the web is a link: whoever reported it wrote the address. */
function FoundAt({ url }: { url: string }) {
  const link = linkOf(url);
  return link === null ? (
    <>{url}</>
  ) : (
    <a href={link} target="_blank" rel="noreferrer noopener">
      {link}
    </a>
  );
}

/** Alerts and findings have pages of their own, which say why. */
const ownPages: Partial<Record<Incident['openedFrom']['kind'], string>> = { alert: '/alerts', finding: '/findings' };

function Source({ kind, references: [first] }: Pick<Incident['openedFrom'], 'kind' | 'references'>) {
  const page = ownPages[kind];
  return page && first !== undefined ? <LinkBase to={`${page}/${first}`}>{sourceWords[kind]}</LinkBase> : <>{sourceWords[kind]}</>;
}

export function IdentifyStep({ incident }: { incident: Incident }) {
  const { openedFrom, openedBy, openedAt, counts, holdReleasedAt } = incident;
  return (
    <StepFrame incident={incident} name="identified">
      <Origin>
        Opened by {openedBy.name} <TimeStamp at={openedAt} />, from <Source kind={openedFrom.kind} references={openedFrom.references} />
        {openedFrom.url && (
          <>
            {' '}
            (<FoundAt url={openedFrom.url} />)
          </>
        )}
        .
      </Origin>
      <Section title="What is affected">
        <Subjects incident={incident} />
      </Section>
      <Section
        title={
          <>
            Evidence
            {counts.evidence > 0 && (
              <>
                {' '}
                · <LinkBase to={rowsLink({ incidentId: incident.id })}>{number(counts.evidence)} in API Logs</LinkBase>
                {holdReleasedAt === null ? ', held against retention' : ', no longer held'}
              </>
            )}
          </>
        }
      >
        <Evidence incident={incident} />
      </Section>
      <Notes incident={incident} />
    </StepFrame>
  );
}
