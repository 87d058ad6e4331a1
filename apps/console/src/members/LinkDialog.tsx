/** A link for somebody: mailed to them, or shown to the admin this once. Made when it is confirmed, not when the dialog opens. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { useState } from 'react';
import { CodeBlock } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';

export type MadeLink = { url: string | null; mailed: boolean };
type Props = { title: string; verb: string; text: string; email: string; make: () => Promise<MadeLink>; onClose: () => void };

export function LinkDialog({ title, verb, text, email, make, onClose }: Props) {
  const [state, setState] = useState<{ busy: boolean; error: unknown; made: MadeLink | null }>({ busy: false, error: null, made: null });
  const { busy, error, made } = state;
  const confirm = async (): Promise<void> => {
    setState({ busy: true, error: null, made: null });
    try {
      setState({ busy: false, error: null, made: await make() });
    } catch (failure) {
      setState({ busy: false, error: failure, made: null });
    }
  };
  return (
    <Dialog open onClose={made?.url ? undefined : onClose} aria-labelledby="link-title" maxWidth="xs" fullWidth>
      <DialogTitle id="link-title">{title}</DialogTitle>
      <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 16, paddingTop: 8 }}>
        {error !== null && <ProblemView error={error} />}
        {made === null && <span>{text}</span>}
        {made?.mailed && <span role="status">The link is mailed to {email}.</span>}
        {made?.url && !made.mailed && (
          <Notice tone="client">
            <strong>Hand this link over now. It is not shown again.</strong>
            <p>It works once. Whoever opens it chooses the password, so give it to {email} alone.</p>
          </Notice>
        )}
        {made?.url && <CodeBlock code={made.url} label="link" wrap />}
      </DialogContent>
      <DialogActions>
        {made ? (
          <Button variant="contained" onClick={onClose}>
            {made.mailed ? 'Done' : 'I have the link'}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>Cancel</Button>
            <Button variant="contained" disabled={busy} onClick={() => void confirm()}>
              {busy ? 'Making the link…' : verb}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  );
}
