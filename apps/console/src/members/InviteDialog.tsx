import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { roles } from '@pinebill/contract';
import { useState, type SubmitEvent } from 'react';
import { useCreate } from 'react-admin';
import type { InvitedMember } from '../api-types';
import { CodeBlock } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { roleMeaning } from './roles';

/** The link is mailed where there is a server for it; it is shown once in any case, to be handed over. */
export function InviteDialog({ onClose }: { onClose: () => void }) {
  const [create, { isPending }] = useCreate<InvitedMember>();
  const [invited, setInvited] = useState<InvitedMember | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [role, setRole] = useState<(typeof roles)[number]>('member');
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const data = { ...Object.fromEntries(new FormData(event.currentTarget)), role };
    setError(null);
    try {
      setInvited((await create('members', { data }, { returnPromise: true })) as InvitedMember);
    } catch (failure) {
      setError(failure);
    }
  };
  const url = invited?.invitationUrl;
  return (
    <Dialog open onClose={invited ? undefined : onClose} aria-labelledby="invite-title" maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id="invite-title">{invited ? `${invited.name} is invited` : 'Invite somebody'}</DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
          {error !== null && <ProblemView error={error} />}
          {invited ? (
            <>
              <Notice tone="client">
                <strong>
                  {invited.mailed
                    ? `The link is mailed to ${invited.email}. It is shown here this once.`
                    : 'Hand this link over now. It is not shown again.'}
                </strong>
                <p>It works once, within 7 days. Whoever opens it chooses the password, so send it to {invited.email} alone.</p>
              </Notice>
              {url ? (
                <CodeBlock code={url} label="invitation link" wrap />
              ) : (
                <span>The link was shown to an earlier request. Send the invitation again to get another.</span>
              )}
            </>
          ) : (
            <>
              <TextField name="name" label="Name" required autoFocus />
              <TextField name="email" type="email" label="E-mail" required />
              <TextField
                select
                label="Role"
                value={role}
                onChange={(event) => setRole(event.target.value as typeof role)}
                helperText={roleMeaning[role]}
                slotProps={{ select: { native: true } }}
              >
                {roles.map((one) => (
                  <option key={one} value={one}>
                    {one}
                  </option>
                ))}
              </TextField>
            </>
          )}
        </DialogContent>
        <DialogActions>
          {invited ? (
            <Button variant="contained" onClick={onClose}>
              I have the link
            </Button>
          ) : (
            <>
              <Button onClick={onClose}>Cancel</Button>
              <Button type="submit" variant="contained" disabled={isPending}>
                {isPending ? 'Inviting…' : 'Invite'}
              </Button>
            </>
          )}
        </DialogActions>
      </form>
    </Dialog>
  );
}
