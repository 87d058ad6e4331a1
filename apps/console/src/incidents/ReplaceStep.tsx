/** A successor for each key: with its scopes, limits and networks, under another name. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { LinkBase } from 'react-admin';
import type { Incident, IncidentSubject, MintedKey } from '../api-types';
import { SecretDialog } from '../api-keys/SecretDialog';
import { EmptyState } from '../elements/EmptyState';
import { KeyName, KeyStateChip } from '../elements/KeyName';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { ContainedMark, SubjectName } from './IdentifyStep';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { keysIn } from './live';
import { Deeds, StepFrame } from './StepFrame';
import { useDeed } from './use-deed';

const Card = styled('section')(({ theme }) => ({
  display: 'grid',
  gridTemplateColumns: 'minmax(0, 1fr)',
  gap: 10,
  padding: '14px 16px',
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  fontSize: 13,
  '& h3': { display: 'flex', flexWrap: 'wrap', gap: 8, margin: 0, fontSize: 14, fontWeight: 600 },
  '& ul': { listStyle: 'none', margin: 0, padding: 0, display: 'grid', gap: 6 },
  '& li': { display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center' },
  '& form': { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 10, maxWidth: 560 },
}));

const sameName = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

/** `Production API` becomes `Production API 2`, that becomes `Production API 3`: a name at night, without having to think of one. */
export function nextName(name: string): string {
  const counted = /^(.*\S)\s+(\d{1,3})$/.exec(name);
  const next = counted ? `${counted[1] ?? ''} ${Number(counted[2]) + 1}` : `${name} 2`;
  return next.length > 80 ? `${name.slice(0, 77).trimEnd()} 2` : next;
}

type Props = { incident: Incident; subject: IncidentSubject; primary: boolean; onMinted: (key: MintedKey) => void };

function MakeSuccessor({ incident, subject, primary, onMinted }: Props) {
  const last = subject.key?.successors.at(-1)?.name ?? subject.name;
  const [name, setName] = useState(() => nextName(last));
  const calls = useIncidentCalls();
  const deed = useDeed(() => undefined);
  const isSame = sameName(name, subject.name);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void deed.run(async () => onMinted(await calls.replace(incident.id, { apiKeyId: subject.id, name: name.trim() })));
      }}
    >
      {deed.error !== null && <ProblemView error={deed.error} />}
      <TextField
        label="Name of the new key"
        required
        value={name}
        onChange={({ target }) => setName(target.value)}
        error={isSame}
        helperText={
          isSame
            ? `Choose another name than ${subject.name}.`
            : 'Another one, so that the log tells the two apart. Scopes, limits and networks stay.'
        }
        slotProps={{ htmlInput: { maxLength: 80 } }}
      />
      <Deeds>
        <Button type="submit" variant={primary ? 'contained' : 'outlined'} disabled={deed.busy || isSame || name.trim() === ''}>
          {deed.busy ? 'Creating…' : 'Create the new key'}
        </Button>
      </Deeds>
    </form>
  );
}

const works = ({ state }: { state: string }): boolean => state === 'active' || state === 'expiring';

function KeyCard({ mayReplace, ...props }: Props & { mayReplace: boolean }) {
  const { subject } = props;
  const successors = subject.key?.successors ?? [];
  const [again, setAgain] = useState(false);
  const settled = successors.some(works);
  return (
    <Card aria-label={subject.name}>
      <h3>
        <SubjectName subject={subject} /> <ContainedMark subject={subject} />
      </h3>
      {successors.length > 0 && (
        <ul aria-label={`Successors of ${subject.name}`}>
          {successors.map((key) => (
            <li key={key.id}>
              <LinkBase to={`/api-keys/${key.id}/show`}>
                <KeyName {...key} />
              </LinkBase>
              <KeyStateChip state={key.state} />
              <span>
                created <TimeStamp at={key.createdAt} relative />
              </span>
            </li>
          ))}
        </ul>
      )}
      {!settled && !mayReplace && <span>No successor yet. An admin creates it.</span>}
      {mayReplace &&
        (settled && !again ? (
          <div>
            <Button onClick={() => setAgain(true)}>Create another one</Button>
          </div>
        ) : (
          <MakeSuccessor {...props} />
        ))}
    </Card>
  );
}

export function ReplaceStep({ incident }: { incident: Incident }) {
  const [minted, setMinted] = useState<MintedKey | null>(null);
  const changed = useIncidentChanged();
  const keys = keysIn(incident);
  const first = keys.find(({ key }) => !key?.successors.some(works))?.id;
  return (
    <StepFrame incident={incident} name="replaced">
      {keys.length === 0 && <EmptyState title="No key is affected">There is nothing to replace.</EmptyState>}
      {keys.map((subject) => (
        <KeyCard
          key={subject.id}
          incident={incident}
          subject={subject}
          primary={subject.id === first}
          mayReplace={incident.actions.includes('replace')}
          onMinted={setMinted}
        />
      ))}
      {minted && (
        <SecretDialog
          minted={minted}
          onStored={() => {
            setMinted(null);
            void changed();
          }}
        />
      )}
    </StepFrame>
  );
}
