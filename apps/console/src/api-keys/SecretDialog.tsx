import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useEffect, useState } from 'react';
import type { MintedKey } from '../api-types';
import { firstCall } from '../audit-logs/curl';
import { CodeBlock } from '../elements/Mono';
import { Notice } from '../elements/Notice';

/** The only time a secret is shown. Neither Esc nor a click beside it closes this, and leaving the page asks first. */
export function SecretDialog({ minted, onStored }: { minted: MintedKey; onStored: () => void }) {
  const [stored, setStored] = useState(false);
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, []);
  return (
    <Dialog open aria-labelledby="secret-title" maxWidth="sm" fullWidth>
      <DialogTitle id="secret-title">{minted.name} is ready</DialogTitle>
      <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 14 }}>
        {minted.secret === null ? (
          <Notice tone="client">
            <strong>The secret was shown to an earlier request</strong>
            <p>It cannot be shown again. Revoke this key and create another one if it was not stored.</p>
          </Notice>
        ) : (
          <>
            <Notice tone="client">
              <strong>Copy the secret now. It is not shown again.</strong>
              <p>PineBill keeps only a hash of it and its last four characters. Put it into a secret store, never into code or a chat.</p>
            </Notice>
            <CodeBlock code={minted.secret} label="secret" wrap />
            <div>
              <p style={{ margin: '0 0 6px', fontSize: 13 }}>Try it: this call is in the API log a moment later.</p>
              <CodeBlock code={firstCall(minted.secret, window.location.origin)} label="curl command" />
            </div>
          </>
        )}
        <FormControlLabel control={<Checkbox checked={stored} onChange={(_, on) => setStored(on)} />} label="I have stored it" />
      </DialogContent>
      <DialogActions>
        <Button variant="contained" disabled={!stored} onClick={onStored}>
          Close
        </Button>
      </DialogActions>
    </Dialog>
  );
}
