/** What it is called, how bad it is, whose it is. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { incidentSeverities, type IncidentSeverity } from '@pinebill/contract';
import { useState } from 'react';
import type { Incident } from '../api-types';
import { ProblemView } from '../elements/ProblemView';
import { Choose } from '../exports/Choose';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { severities } from './incident-words';
import { useDeed } from './use-deed';
import { useReaders } from './use-readers';

const severityOptions = Object.fromEntries(incidentSeverities.map((one) => [one, severities[one].label])) as Record<
  IncidentSeverity,
  string
>;

export function ChangeIncidentDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  const [form, setForm] = useState({ title: incident.title, severity: incident.severity, assigneeId: incident.assignee?.id ?? '' });
  const calls = useIncidentCalls();
  const changed = useIncidentChanged();
  const deed = useDeed(async () => {
    await changed();
    onClose();
  });
  const people = { '': 'Nobody', ...Object.fromEntries(useReaders().map(({ id, name }) => [id, name])) };
  return (
    <Dialog open onClose={() => !deed.busy && onClose()} aria-labelledby="change-incident" maxWidth="xs" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void deed.run(() => calls.change(incident.id, { ...form, title: form.title.trim(), assigneeId: form.assigneeId || null }));
        }}
      >
        <DialogTitle id="change-incident" component="h2">
          Change incident #{incident.number}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {deed.error !== null && <ProblemView error={deed.error} />}
          <TextField
            label="Title"
            required
            value={form.title}
            onChange={({ target }) => setForm({ ...form, title: target.value })}
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <Choose
            label="Severity"
            name="severity"
            value={form.severity}
            options={severityOptions}
            onChange={(severity) => setForm({ ...form, severity })}
          />
          <Choose
            label="Assignee"
            name="assignee"
            value={form.assigneeId}
            options={people}
            onChange={(assigneeId) => setForm({ ...form, assigneeId })}
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={deed.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={deed.busy || form.title.trim() === ''}>
            Save
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
