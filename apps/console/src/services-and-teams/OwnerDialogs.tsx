import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useId, useState, type ReactNode, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { ApiKey, Owner, OwnerList } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { OwnerField } from './OwnerField';
import { useOwnersChanged } from './use-owners';

type FormProps = { title: string; verb: string; ready: boolean; save: () => Promise<unknown>; onClose: () => void; children: ReactNode };

/** A small form over the page; what it changed is read again everywhere. */
function FormDialog({ title, verb, ready, save, onClose, children }: FormProps) {
  const id = useId();
  const changed = useOwnersChanged();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      await save();
      await changed();
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={() => !busy && onClose()} aria-labelledby={id} maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id={id} component="h2">
          {title}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gap: 16, paddingTop: 8 }}>
          {error !== null && <ProblemView error={error} />}
          {children}
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={!ready || busy}>
            {busy ? 'Saving…' : verb}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

type Props = { list: OwnerList; owner: Owner; onClose: () => void };
export const keysText = (count: number): string => (count === 1 ? '1 key' : `${count} keys`);

export function RenameDialog({ list, owner, onClose }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [name, setName] = useState(owner.name);
  return (
    <FormDialog
      title={`Rename ${owner.name}`}
      verb="Rename"
      ready={name.trim() !== '' && name.trim() !== owner.name}
      save={() => dataProvider.renameOwner(list, owner.id, name.trim())}
      onClose={onClose}
    >
      <TextField
        label="Name"
        value={name}
        autoFocus
        required
        onChange={(event) => setName(event.target.value)}
        helperText={`Its ${keysText(owner.keys)}, and revoked ones, change with it. Records in the log keep the name they have.`}
        slotProps={{ htmlInput: { maxLength: 80 } }}
      />
    </FormDialog>
  );
}

export function MergeDialog({ list, owner, others, onClose }: Props & { others: readonly Owner[] }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [into, setInto] = useState('');
  return (
    <FormDialog
      title={`Merge ${owner.name} into another`}
      verb="Merge"
      ready={into !== ''}
      save={() => dataProvider.mergeOwner(list, owner.id, into)}
      onClose={onClose}
    >
      <TextField
        select
        label="Into"
        value={into}
        required
        onChange={(event) => setInto(event.target.value)}
        helperText={`Its ${keysText(owner.keys)}, and revoked ones, go there, and ${owner.name} is taken off the list.`}
      >
        {others
          .filter(({ id }) => id !== owner.id)
          .map(({ id, name }) => (
            <MenuItem key={id} value={id}>
              {name}
            </MenuItem>
          ))}
      </TextField>
    </FormDialog>
  );
}

/** For one key: which service uses it, and whom to ask. */
export function SetOwnerDialog({ apiKey, onClose }: { apiKey: Pick<ApiKey, 'id' | 'name' | 'service' | 'team'>; onClose: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [service, setService] = useState(apiKey.service ?? '');
  const [team, setTeam] = useState(apiKey.team ?? '');
  const data = { service: service.trim() || null, team: team.trim() || null };
  return (
    <FormDialog
      title={`Who uses ${apiKey.name}?`}
      verb="Save"
      ready={data.service !== apiKey.service || data.team !== apiKey.team}
      save={() => dataProvider.update('api-keys', { id: apiKey.id, data, previousData: apiKey })}
      onClose={onClose}
    >
      <OwnerField list="services" label="Service" helperText="Which program uses it." value={service} onChange={setService} />
      <OwnerField list="teams" label="Team" helperText="Whom to ask about it." value={team} onChange={setTeam} />
    </FormDialog>
  );
}
