/** What a key may do, until when, and whose it is. Where it works has a part of its own on the page: that is checked against the log first. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { ApiKey } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { exactTime } from '../elements/times';
import { OwnerField } from '../services-and-teams/OwnerField';
import { useOwnersChanged } from '../services-and-teams/use-owners';
import { changesOf, changeFormOf, KEEP, willEnd, type ChangeForm } from './change-form';
import { lifetimes } from './key-form';
import { ScopesField } from './ScopesField';

type FieldsProps = { apiKey: ApiKey; form: ChangeForm; change: (changes: Partial<ChangeForm>) => void };

function ExpiryFields({ apiKey, form, change }: FieldsProps) {
  const end = willEnd(form, apiKey, new Date());
  return (
    <>
      <TextField
        select
        label="Expires"
        value={form.lifetime}
        onChange={({ target }) => change({ lifetime: target.value })}
        helperText={end ? `Every call from ${exactTime(end)} on is refused.` : 'It works until somebody revokes it.'}
      >
        <MenuItem value={KEEP}>{apiKey.expiresAt ? `As it is: ${exactTime(new Date(apiKey.expiresAt))}` : 'As it is: never'}</MenuItem>
        {lifetimes
          .filter(({ id }) => id !== 'never' || apiKey.expiresAt !== null)
          .map(({ id, name }) => (
            <MenuItem key={id} value={id}>
              {/^\d/.test(name) ? `${name.replace(/ \(.*/, '')} from now` : name}
            </MenuItem>
          ))}
      </TextField>
      {form.lifetime === 'date' && (
        <TextField
          type="date"
          label="Last day"
          required
          value={form.lastDay}
          onChange={({ target }) => change({ lastDay: target.value })}
          error={end !== null && end.getTime() <= Date.now()}
          helperText={
            end !== null && end.getTime() <= Date.now() ? 'Choose a day that is not over.' : 'The key works until the end of this day.'
          }
          slotProps={{ inputLabel: { shrink: true } }}
        />
      )}
    </>
  );
}

function Fields({ apiKey, form, change }: FieldsProps) {
  const lost = apiKey.scopes.filter((scope) => !form.scopes.includes(scope));
  return (
    <>
      <TextField
        label="Name"
        required
        value={form.name}
        onChange={({ target }) => change({ name: target.value })}
        helperText="Records in the log keep the name they have."
        slotProps={{ htmlInput: { maxLength: 80 } }}
      />
      <ScopesField
        chosen={form.scopes}
        onChange={(scopes) => change({ scopes })}
        objection={form.scopes.length === 0 ? 'Choose at least one scope' : null}
      />
      {lost.length > 0 && (
        <Notice tone="client">
          <strong>From the next call on, what needs {lost.join(' or ')} is refused with 403</strong>
          <p>Look at Usage on this page, or ask the team, before you take it away.</p>
        </Notice>
      )}
      <ExpiryFields apiKey={apiKey} form={form} change={change} />
      <OwnerField
        list="services"
        label="Service"
        helperText="Which program uses it."
        value={form.service}
        onChange={(service) => change({ service })}
      />
      <OwnerField list="teams" label="Team" helperText="Whom to ask about it." value={form.team} onChange={(team) => change({ team })} />
      <TextField
        label="Environment"
        value={form.environment}
        onChange={({ target }) => change({ environment: target.value })}
        slotProps={{ htmlInput: { maxLength: 80 } }}
      />
    </>
  );
}

export function ChangeKeyDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const changed = useOwnersChanged();
  const [form, setForm] = useState(() => changeFormOf(apiKey));
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const changes = changesOf(form, apiKey, new Date());
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (changes === null) return;
    setState({ busy: true, error: null });
    try {
      await dataProvider.update('api-keys', { id: apiKey.id, data: changes, previousData: apiKey });
      await changed();
      onClose();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby="change-title" maxWidth="sm" fullWidth>
      <form onSubmit={(event) => void submit(event)} style={{ display: 'contents' }}>
        <DialogTitle id="change-title" component="h2">
          Change {apiKey.name}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          <Fields apiKey={apiKey} form={form} change={(some) => setForm({ ...form, ...some })} />
          {state.error !== null && <ProblemView error={state.error} />}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={changes === null || state.busy}>
            {state.busy ? 'Saving…' : 'Save changes'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
