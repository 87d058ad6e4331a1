/** What came out: why, what it did, what is learnt, what follows; then it is closed, and handed on as a file. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { LinkBase } from 'react-admin';
import type { Incident } from '../api-types';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { FactList } from '../elements/FactList';
import { Notice } from '../elements/Notice';
import { Markdown } from '../elements/Markdown';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Row } from '../layout/Page';
import { useCan } from '../session/use-session';
import { DrillTimes } from './FireDrill';
import { FollowUps } from './FollowUps';
import { useIncidentCalls, useIncidentChanged, type Findings } from './incident-calls';
import { incidentPath, stepWords } from './incident-words';
import { Notes } from './Notes';
import { Deeds, Section, StepFrame } from './StepFrame';
import { packetPath, SupportLine } from './SuspectedBreach';
import { TextDialog } from './TextDialog';
import { useDeed } from './use-deed';

const texts = [
  ['rootCause', 'Root cause', 'The key was committed to a public repository.'],
  ['impact', 'Impact', 'Which data was read or changed, and whose.'],
  ['lessons', 'Lessons', 'What is done differently from now on.'],
] as const;
type Texts = Record<(typeof texts)[number][0], string>;

const written = ({ rootCause, impact, lessons }: Incident): Texts => ({
  rootCause: rootCause ?? '',
  impact: impact ?? '',
  lessons: lessons ?? '',
});
const differing = (form: Texts, incident: Incident): Findings =>
  Object.fromEntries(texts.flatMap(([name]) => (form[name].trim() === written(incident)[name] ? [] : [[name, form[name].trim() || null]])));

/** What stands in the way, apart from the texts on this page: each leads to where it is done. */
function Missing({ incident }: { incident: Incident }) {
  const missing = incident.missing.filter(({ step }) => step !== 'documented');
  if (missing.length === 0) return null;
  return (
    <Notice tone="client">
      <strong>Before it can be closed</strong>
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
        {missing.map(({ step, what }) => (
          <li key={`${step} ${what}`}>
            <LinkBase to={incidentPath(incident.id, step)}>{stepWords[step].verb}</LinkBase>: {what}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function Write({ incident }: { incident: Incident }) {
  const [form, setForm] = useState(() => written(incident));
  const calls = useIncidentCalls();
  const deed = useDeed(useIncidentChanged());
  const changes = differing(form, incident);
  const isChanged = Object.keys(changes).length > 0;
  const elsewhere = incident.missing.some(({ step }) => step !== 'documented');
  const complete = !elsewhere && texts.every(([name]) => form[name].trim() !== '');
  const close = (): Promise<boolean> =>
    deed.run(() => calls.close(incident.id, Object.fromEntries(texts.map(([name]) => [name, form[name].trim()]))));
  return (
    <form
      style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 14, maxWidth: 640 }}
      onSubmit={(event) => {
        event.preventDefault();
        void deed.run(() => calls.change(incident.id, changes));
      }}
    >
      {texts.map(([name, label, placeholder]) => (
        <TextField
          key={name}
          label={label}
          placeholder={placeholder}
          multiline
          minRows={2}
          value={form[name]}
          onChange={({ target }) => setForm({ ...form, [name]: target.value })}
          slotProps={{ htmlInput: { maxLength: 10_000 } }}
        />
      ))}
      {deed.error !== null && <ProblemView error={deed.error} />}
      <Deeds>
        <Button variant="contained" disabled={!complete || deed.busy} onClick={() => void close()}>
          Close incident
        </Button>
        <Button type="submit" variant="outlined" disabled={!isChanged || deed.busy}>
          {isChanged ? 'Save' : 'Saved'}
        </Button>
      </Deeds>
    </form>
  );
}

function Read({ incident }: { incident: Incident }) {
  return (
    <FactList
      facts={texts.map(([name, label]) => ({
        label,
        value: incident[name] ? <Markdown text={incident[name]} /> : 'Not written yet',
      }))}
    />
  );
}

const formats = [
  ['pdf', 'PDF'],
  ['markdown', 'Markdown'],
  ['json', 'JSON'],
] as const;
const Text = styled('div')({ margin: '0 0 10px', fontSize: 13, lineHeight: '20px', maxWidth: 640 });
const reportPath = (id: string, format: string): string => `/v1/incidents/${encodeURIComponent(id)}/report?format=${format}`;

function Files({ incident: { id, number } }: { incident: Incident }) {
  const [shorten, setShorten] = useState(false);
  const mayChange = useCan('incidents:write');
  return (
    <Section title="Files">
      <Text>
        The report has the steps, the timeline, the texts, the notes and the evidence with the hash of each row, signed as exports are.
        {mayChange && (
          <>
            {' '}
            What stands where in it says <LinkBase to="/incidents/template">its template</LinkBase>.
          </>
        )}
      </Text>
      <Row>
        {formats.map(([format, label]) => (
          <Button key={format} variant="outlined" href={reportPath(id, format)} download>
            Report as {label}
          </Button>
        ))}
      </Row>
      <Text style={{ marginTop: 16 }}>
        The support packet is the same with people as their roles and without what looks like a secret. Read what was written in it before
        you hand it on.
      </Text>
      <FormControlLabel
        control={<Checkbox size="small" checked={shorten} onChange={(_, on) => setShorten(on)} />}
        label="Shorten addresses to their network"
        slotProps={{ typography: { variant: 'body2' } }}
      />
      <Row style={{ margin: '4px 0 10px' }}>
        {formats.map(([format, label]) => (
          <Button key={format} variant="outlined" href={`${packetPath(id, format)}${shorten ? '&shortenAddresses=true' : ''}`} download>
            Packet as {label}
          </Button>
        ))}
      </Row>
      <div style={{ fontSize: 13 }}>
        <SupportLine what={`ID of incident #${number}`} reference={id} />
      </div>
    </Section>
  );
}

function Closed({ incident }: { incident: Incident }) {
  const [asking, setAsking] = useState<'reopen' | 'release' | null>(null);
  const { id, closedAt, closedBy, holdReleasedAt, actions, counts } = incident;
  const calls = useIncidentCalls();
  const changed = useIncidentChanged();
  if (closedAt === null) return null;
  return (
    <>
      <FactList
        facts={[
          {
            label: 'Closed',
            value: (
              <>
                <TimeStamp at={closedAt} />
                {closedBy && ` by ${closedBy.name}`}
              </>
            ),
          },
          counts.evidence > 0 && {
            label: 'Evidence',
            value: holdReleasedAt ? (
              <>
                no longer held, since <TimeStamp at={holdReleasedAt} />
              </>
            ) : (
              'held against retention'
            ),
          },
        ]}
      />
      <Row>
        {actions.includes('reopen') && (
          <Button variant="outlined" onClick={() => setAsking('reopen')}>
            Reopen…
          </Button>
        )}
        {actions.includes('releaseHold') && counts.evidence > 0 && (
          <Button variant="outlined" color="error" onClick={() => setAsking('release')}>
            Release the hold…
          </Button>
        )}
      </Row>
      {asking === 'reopen' && (
        <TextDialog
          title="Reopen the incident?"
          label="Because"
          action="Reopen"
          onSave={async (because) => {
            await calls.reopen(id, because);
            await changed();
          }}
          onClose={() => setAsking(null)}
        >
          <span>Its steps are derived anew from what is true now. What was stamped when it was closed stays in the timeline.</span>
        </TextDialog>
      )}
      {asking === 'release' && (
        <ConfirmDanger
          title="Release the hold on the evidence?"
          action="Release hold"
          onConfirm={async () => {
            await calls.releaseHold(id);
            await changed();
          }}
          onClose={() => setAsking(null)}
        >
          <span>Copies of rows that the plan no longer keeps may be deleted from now on. Download the report first: it has them.</span>
        </ConfirmDanger>
      )}
    </>
  );
}

export function DocumentStep({ incident }: { incident: Incident }) {
  const mayWrite = incident.actions.includes('change');
  return (
    <StepFrame incident={incident} name="documented">
      <Closed incident={incident} />
      <DrillTimes incident={incident} />
      {mayWrite && <Missing incident={incident} />}
      {mayWrite ? <Write key={incident.reopenedAt} incident={incident} /> : <Read incident={incident} />}
      <FollowUps incident={incident} />
      <Notes incident={incident} />
      <Files incident={incident} />
    </StepFrame>
  );
}
