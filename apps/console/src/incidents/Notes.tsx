/** What people say to each other while they work on it. Members too. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useRef, useState } from 'react';
import type { Incident } from '../api-types';
import { Markdown } from '../elements/Markdown';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Row } from '../layout/Page';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { useNotes } from './incident-lists';
import { mentionedIn, typedMention } from './mentions';
import { Section } from './StepFrame';
import { useDeed } from './use-deed';
import { useReaders, type Reader } from './use-readers';

const List = styled('ol')(({ theme }) => ({
  listStyle: 'none',
  margin: '0 0 12px',
  padding: 0,
  display: 'grid',
  gap: 12,
  fontSize: 13,
  lineHeight: '20px',
  '& b': { fontWeight: 600 },
  '& time': { color: theme.palette.tone.muted, fontSize: 12 },
  '& > li > div': { marginTop: 2 },
}));
const Offers = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 4,
  border: `1px solid ${theme.palette.tone.line}`,
  borderRadius: 8,
  maxWidth: 320,
}));

function AddNote({ incident }: { incident: Incident }) {
  const [text, setText] = useState('');
  const input = useRef<HTMLTextAreaElement>(null);
  const readers = useReaders();
  const calls = useIncidentCalls();
  const deed = useDeed(useIncidentChanged());
  const typed = typedMention(text, readers);
  const mentions = mentionedIn(text, readers);
  const complete = ({ name }: Reader): void => {
    setText(`${text.replace(/@[^@]*$/, '')}@${name} `);
    input.current?.focus();
  };
  return (
    <form
      style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 8, maxWidth: 640 }}
      onSubmit={(event) => {
        event.preventDefault();
        void deed
          .run(() => calls.addNote(incident.id, { text: text.trim(), mentions: mentions.map(({ id }) => id) }))
          .then((done) => done && setText(''));
      }}
    >
      {deed.error !== null && <ProblemView error={deed.error} />}
      <TextField
        label="Add a note"
        multiline
        minRows={2}
        inputRef={input}
        value={text}
        onChange={({ target }) => setText(target.value)}
        helperText={
          mentions.length > 0
            ? `${mentions.map(({ name }) => name).join(', ')} will be told by mail.`
            : 'Markdown. @ and a name tells somebody.'
        }
        slotProps={{ htmlInput: { maxLength: 10_000 } }}
      />
      {typed.length > 0 && (
        <Offers aria-label="People">
          {typed.map((member) => (
            <li key={member.id}>
              <Button onClick={() => complete(member)}>{member.name}</Button>
            </li>
          ))}
        </Offers>
      )}
      <Row>
        <Button type="submit" variant="outlined" disabled={deed.busy || text.trim() === ''}>
          {deed.busy ? 'Adding…' : 'Add note'}
        </Button>
      </Row>
    </form>
  );
}

export function Notes({ incident }: { incident: Incident }) {
  const { data, error, refetch } = useNotes(incident.id);
  return (
    <Section title="Notes">
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && data.data.length > 0 && (
        <List>
          {data.data.map(({ id, at, author, text }) => (
            <li key={id}>
              <b>{author.name}</b> <TimeStamp at={at} relative />
              <Markdown text={text} />
            </li>
          ))}
        </List>
      )}
      {incident.actions.includes('note') && <AddNote incident={incident} />}
    </Section>
  );
}
