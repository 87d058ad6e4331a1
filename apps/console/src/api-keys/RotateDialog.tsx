/** Rotate: a successor with the same rights under another name; its secret is shown once, right after. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider, useNavigate } from 'react-admin';
import type { ApiKey, MintedKey } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { exactTime } from '../elements/times';
import { SecretDialog } from './SecretDialog';

const overlaps: readonly [seconds: number, label: string][] = [
  [0, 'None: the old key stops at once'],
  [3_600, '1 hour'],
  [86_400, '1 day'],
  [7 * 86_400, '7 days'],
  [30 * 86_400, '30 days'],
];
const USUAL_SECONDS = 86_400;
const sameName = (a: string, b: string): boolean => a.trim().toLowerCase() === b.trim().toLowerCase();

export function RotateDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const [name, setName] = useState('');
  const [overlapSeconds, setOverlapSeconds] = useState(USUAL_SECONDS);
  const [state, setState] = useState<{ busy: boolean; error: unknown; minted: MintedKey | null }>({
    busy: false,
    error: null,
    minted: null,
  });
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const isSame = sameName(name, apiKey.name);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setState({ busy: true, error: null, minted: null });
    try {
      const minted = await dataProvider.rotateKey(apiKey.id, { name: name.trim(), overlapSeconds });
      setState({ busy: false, error: null, minted });
    } catch (error) {
      setState({ busy: false, error, minted: null });
    }
  };
  const { minted, busy, error } = state;
  if (minted) {
    const stored = (): void => {
      void queryClient.invalidateQueries({ queryKey: ['api-keys'] });
      navigate(`/api-keys/${minted.id}/show`);
      onClose();
    };
    return <SecretDialog minted={minted} onStored={stored} />;
  }
  return (
    <Dialog open onClose={() => !busy && onClose()} aria-labelledby="rotate-title" maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id="rotate-title">Rotate {apiKey.name}</DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {error !== null && <ProblemView error={error} />}
          <span>
            A new key takes its place, with the same scopes, networks, service, team and expiry. Give it to the programs during the overlap;
            the cut-over board shows who has moved.
          </span>
          <TextField
            label="Name of the new key"
            required
            autoFocus
            value={name}
            onChange={(event) => setName(event.target.value)}
            error={isSame}
            helperText={isSame ? `Choose another name than ${apiKey.name}.` : 'Another one, so that the log tells the two apart.'}
            slotProps={{ htmlInput: { maxLength: 80 } }}
          />
          <TextField
            select
            label="The old key goes on working for"
            value={overlapSeconds}
            onChange={(event) => setOverlapSeconds(Number(event.target.value))}
            helperText={
              overlapSeconds === 0
                ? 'Every program that has not changed is refused from now on.'
                : `Until ${exactTime(new Date(Date.now() + overlapSeconds * 1_000))}; from then on it is refused.`
            }
          >
            {overlaps.map(([seconds, label]) => (
              <MenuItem key={seconds} value={seconds}>
                {label}
              </MenuItem>
            ))}
          </TextField>
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={busy || name.trim() === '' || isSame}>
            {busy ? 'Rotating…' : 'Rotate key'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
