/** Opens an incident from whatever made somebody look: a row, several, a key, an address, or nothing yet. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import type { IncidentSeverity } from '@pinebill/contract';
import { useState, type SubmitEvent } from 'react';
import { useNavigate } from 'react-admin';
import type { OpenIncident } from '../api-types';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { Choose } from '../exports/Choose';
import { useCan } from '../session/use-session';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { incidentPath, numbered } from './incident-words';
import { KeyPicker } from './KeyPicker';

/** `label`: how it is called where it was found, for example the name of the key. */
export type OpenFrom = Pick<OpenIncident, 'apiKeyIds' | 'logIds' | 'addresses' | 'userIds'> & { label?: string };

const severityChoices: Record<IncidentSeverity, string> = {
  critical: 'Critical: it is being used now, or holds everything',
  high: 'High: a key may be in wrong hands',
  medium: 'Medium: odd, and not explained yet',
  low: 'Low: to be sure',
};

function whatOf({ logIds = [], apiKeyIds = [], addresses = [], label }: OpenFrom): string | null {
  if (logIds.length === 1)
    return `From the request ${label ?? ''}. The row is kept as evidence; its key and its address are named as affected.`;
  if (logIds.length > 1)
    return `From ${numbered(logIds.length, 'request')}. The rows are kept as evidence; their keys and addresses are named as affected.`;
  if (apiKeyIds.length > 0) return `About the key ${label ?? apiKeyIds.join(', ')}.`;
  return addresses.length > 0 ? `About ${label ?? addresses.join(', ')}.` : null;
}

/** Addresses or networks, as somebody pastes them. */
export const addressesIn = (text: string): string[] => [...new Set(text.split(/[\s,;]+/).filter(Boolean))];

type Form = { title: string; severity: IncidentSeverity; note: string; apiKeyIds: string[]; addresses: string };

function bodyOf(from: OpenFrom, { title, severity, note, apiKeyIds, addresses }: Form): OpenIncident {
  const source = Object.fromEntries(Object.entries(from).filter(([name]) => name !== 'label'));
  const named = addressesIn(addresses);
  return {
    ...source,
    severity,
    ...(title.trim() ? { title: title.trim() } : {}),
    ...(note.trim() ? { note: note.trim() } : {}),
    ...(apiKeyIds.length > 0 ? { apiKeyIds } : {}),
    ...(named.length > 0 ? { addresses: named } : {}),
  };
}

export function OpenIncidentDialog({ from, onClose }: { from: OpenFrom; onClose: () => void }) {
  const [form, setForm] = useState<Form>({ title: '', severity: 'high', note: '', apiKeyIds: [], addresses: '' });
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const mayContain = useCan('incidents:write');
  const calls = useIncidentCalls();
  const changed = useIncidentChanged();
  const navigate = useNavigate();
  const set = (changes: Partial<Form>): void => setForm({ ...form, ...changes });
  const what = whatOf(from);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setState({ busy: true, error: null });
    try {
      const { id } = await calls.open(bodyOf(from, form));
      void changed();
      onClose();
      navigate(incidentPath(id, mayContain ? 'contained' : 'identified'));
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby="open-incident" maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id="open-incident" component="h2">
          Open incident
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {state.error !== null && <ProblemView error={state.error} />}
          {what && <span style={{ overflowWrap: 'anywhere' }}>{what}</span>}
          <Choose
            label="How bad is it?"
            name="severity"
            value={form.severity}
            options={severityChoices}
            onChange={(severity) => set({ severity })}
          />
          <TextField
            label="What did you see? (optional)"
            multiline
            minRows={2}
            value={form.note}
            onChange={({ target }) => set({ note: target.value })}
            slotProps={{ htmlInput: { maxLength: 10_000 } }}
          />
          {what === null && (
            <>
              <KeyPicker label="Affected keys (optional)" chosen={form.apiKeyIds} onChange={(apiKeyIds) => set({ apiKeyIds })} />
              <TextField
                label="Addresses or networks (optional)"
                placeholder="203.0.113.7, 198.51.100.0/24"
                value={form.addresses}
                onChange={({ target }) => set({ addresses: target.value })}
              />
            </>
          )}
          <TextField
            label="Title (optional)"
            value={form.title}
            onChange={({ target }) => set({ title: target.value })}
            helperText="Left empty, it is made from what is affected."
            slotProps={{ htmlInput: { maxLength: 200 } }}
          />
          <Notice tone="client">
            {mayContain
              ? 'Opening it stops nothing yet. The next page has the button that does.'
              : 'Every admin is told at once, with a link to the page where the key is stopped.'}
          </Notice>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={state.busy}>
            {state.busy ? 'Opening…' : 'Open incident'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
