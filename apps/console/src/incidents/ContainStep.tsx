/** Stop it: keys, sessions, addresses, with one button. What holds where is shown as it becomes known. */
import type { Incident } from '../api-types';
import { Processes } from '../api-keys/RevocationOutcome';
import { FactList } from '../elements/FactList';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';
import { ContainForm } from './ContainForm';
import { ContainedMark, SubjectName } from './IdentifyStep';
import { number } from './incident-words';
import { keysIn, rowsLink } from './live';
import { Section, StepFrame } from './StepFrame';
import { LinkBase } from 'react-admin';

type Subject = Incident['subjects'][number];

/** Since when, confirmed by whom, and who still tries. */
function Outcome({ subject }: { subject: Subject }) {
  const { contained, key } = subject;
  const live = key?.live ?? null;
  if (!contained) return null;
  const refused = live?.refusedSince;
  return (
    <FactList
      facts={[
        {
          label: 'Stopped',
          value: (
            <>
              <TimeStamp at={contained.at} missing="Before the incident" />
              {contained.by && ` by ${contained.by.name}`}
            </>
          ),
        },
        live && contained.how === 'revoke' && { label: 'In force', value: <TimeStamp at={live.effectiveAt} missing="Not certain yet" /> },
        live && live.processes.length > 0 && { label: 'Holds in', value: <Processes processes={live.processes} /> },
        live && { label: 'Last accepted', value: <TimeStamp at={live.lastAcceptedAt} missing="No accepted call is known" /> },
        refused && {
          label: 'Refused since',
          value:
            refused.requests === 0 ? (
              'Nobody has tried'
            ) : (
              <>
                <LinkBase to={rowsLink(refused.filter)}>
                  {refused.isExact ? '' : 'more than '}
                  {number(refused.requests)} {refused.requests === 1 ? 'request' : 'requests'}
                </LinkBase>
                {' so far; this counts on by itself'}
              </>
            ),
        },
      ]}
    />
  );
}

function Stopped({ subjects }: { subjects: readonly Subject[] }) {
  if (subjects.length === 0) return null;
  return (
    <Section title="Stopped">
      <div style={{ display: 'grid', gap: 14 }} aria-live="polite">
        {subjects.map((subject) => (
          <div key={`${subject.kind} ${subject.id}`}>
            <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center', fontWeight: 500 }}>
              <SubjectName subject={subject} /> <ContainedMark subject={subject} />
            </div>
            <Outcome subject={subject} />
          </div>
        ))}
      </div>
    </Section>
  );
}

function Waiting({ incident }: { incident: Incident }) {
  const { openedAt, lookedAt, lookedBy } = incident;
  return (
    <Notice tone="client">
      <strong>An admin stops it</strong>
      <p>
        Every admin was told when it was opened, <TimeStamp at={openedAt} relative />.{' '}
        {lookedAt ? (
          <>
            {lookedBy?.name ?? 'An admin'} looked at it <TimeStamp at={lookedAt} relative />.
          </>
        ) : (
          'None has looked yet: call one.'
        )}
      </p>
    </Notice>
  );
}

export function ContainStep({ incident }: { incident: Incident }) {
  const stopped = incident.subjects.filter(({ contained }) => contained !== null);
  const mayContain = incident.actions.includes('contain');
  const loose = keysIn(incident).some(({ contained }) => contained === null);
  return (
    <StepFrame incident={incident} name="contained">
      <Stopped subjects={stopped} />
      {mayContain ? (
        <ContainForm key={stopped.length} incident={incident} />
      ) : (
        loose && incident.closedAt === null && <Waiting incident={incident} />
      )}
    </StepFrame>
  );
}
