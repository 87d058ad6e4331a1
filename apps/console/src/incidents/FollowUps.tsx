/** What is promised: by whom, until when. It goes on when the incident is closed. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { Incident, IncidentFollowUp } from '../api-types';
import { Chip } from '../elements/Chip';
import { ProblemView } from '../elements/ProblemView';
import { Row } from '../layout/Page';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { useFollowUps } from './incident-lists';
import { Section } from './StepFrame';
import { useDeed } from './use-deed';
import { useReaders, type Reader } from './use-readers';

const List = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: '0 0 12px',
  padding: 0,
  fontSize: 13,
  lineHeight: '20px',
  '& li': { display: 'flex', gap: 6, alignItems: 'center', minHeight: 40, borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& label': { flex: 1, display: 'flex', gap: 6, alignItems: 'center', minWidth: 0, overflowWrap: 'anywhere' },
  '& li[data-done] label': { color: theme.palette.tone.muted, textDecoration: 'line-through' },
  '& small': { fontSize: 12, color: theme.palette.tone.muted },
}));

const day = new Intl.DateTimeFormat('en-US', { month: 'short', day: 'numeric', year: 'numeric', timeZone: 'UTC' });
const isLate = ({ dueOn, doneAt }: IncidentFollowUp): boolean =>
  doneAt === null && dueOn !== null && Date.parse(`${dueOn}T23:59:59Z`) < Date.now();

function Line({ followUp, mayChange, onDone }: { followUp: IncidentFollowUp; mayChange: boolean; onDone: (done: boolean) => void }) {
  const { title, owner, dueOn, doneAt } = followUp;
  return (
    <li {...(doneAt ? { 'data-done': true } : {})}>
      <label>
        <Checkbox size="small" checked={doneAt !== null} disabled={!mayChange} onChange={(_, on) => onDone(on)} />
        <span>{title}</span>
      </label>
      <small>{owner?.name ?? 'Nobody yet'}</small>
      {dueOn &&
        (isLate(followUp) ? (
          <Chip tone="client">{day.format(new Date(dueOn))}, overdue</Chip>
        ) : (
          <small>{day.format(new Date(dueOn))}</small>
        ))}
    </li>
  );
}

function Add({
  onAdd,
  people,
}: {
  onAdd: (followUp: { title: string; ownerId: string | null; dueOn: string | null }) => Promise<boolean>;
  people: readonly Reader[];
}) {
  const [form, setForm] = useState({ title: '', ownerId: '', dueOn: '' });
  const set = (changes: Partial<typeof form>): void => setForm({ ...form, ...changes });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void onAdd({ title: form.title.trim(), ownerId: form.ownerId || null, dueOn: form.dueOn || null }).then(
          (done) => done && setForm({ title: '', ownerId: '', dueOn: '' }),
        );
      }}
    >
      <Row style={{ alignItems: 'flex-end' }}>
        <TextField
          label="Follow-up"
          placeholder="Scan all repositories for keys"
          value={form.title}
          onChange={({ target }) => set({ title: target.value })}
          slotProps={{ htmlInput: { maxLength: 200 } }}
          style={{ flex: '2 1 220px' }}
        />
        <TextField
          select
          label="Owner"
          value={form.ownerId}
          onChange={({ target }) => set({ ownerId: target.value })}
          slotProps={{ select: { displayEmpty: true } }}
          style={{ flex: '1 1 140px' }}
        >
          <MenuItem value="">Nobody yet</MenuItem>
          {people.map(({ id, name }) => (
            <MenuItem key={id} value={id}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        <TextField
          label="Until"
          type="date"
          value={form.dueOn}
          onChange={({ target }) => set({ dueOn: target.value })}
          style={{ flex: '1 1 140px' }}
        />
        <Button type="submit" variant="outlined" disabled={form.title.trim() === ''}>
          Add
        </Button>
      </Row>
    </form>
  );
}

export function FollowUps({ incident }: { incident: Incident }) {
  const { data, error, refetch } = useFollowUps(incident.id);
  const calls = useIncidentCalls();
  const deed = useDeed(useIncidentChanged());
  const people = useReaders();
  const mayChange = incident.actions.includes('followUp');
  return (
    <Section title="Follow-ups">
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {deed.error !== null && <ProblemView error={deed.error} />}
      {data?.data.length === 0 && !mayChange && <p>None.</p>}
      {data && data.data.length > 0 && (
        <List>
          {data.data.map((followUp) => (
            <Line
              key={followUp.id}
              followUp={followUp}
              mayChange={mayChange}
              onDone={(done) => void deed.run(() => calls.changeFollowUp(incident.id, followUp.id, { done }))}
            />
          ))}
        </List>
      )}
      {mayChange && <Add people={people} onAdd={(body) => deed.run(() => calls.addFollowUp(incident.id, body))} />}
    </Section>
  );
}
