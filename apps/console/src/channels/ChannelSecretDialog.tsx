import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useState } from 'react';
import { CodeBlock } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';

export type NewSecret = { name: string; secret: string; previousSecretUntil: string | null };

/** The only time it is shown. Neither Esc nor a click beside it closes this. */
export function ChannelSecretDialog({ made, onStored }: { made: NewSecret; onStored: () => void }) {
  const [stored, setStored] = useState(false);
  return (
    <Dialog open aria-labelledby="channel-secret" maxWidth="sm" fullWidth>
      <DialogTitle id="channel-secret">The secret of {made.name}</DialogTitle>
      <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 14 }}>
        <Notice tone="client">
          <strong>Copy the secret now. It is not shown again.</strong>
          <p>The receiver checks with it that what arrives is from PineBill and unchanged. Put it into a secret store, never into code.</p>
        </Notice>
        <CodeBlock code={made.secret} label="secret" wrap />
        <p style={{ margin: 0, fontSize: 13, lineHeight: '20px' }}>
          {made.previousSecretUntil !== null && (
            <>
              The secret before signs as well until <TimeStamp at={made.previousSecretUntil} />.{' '}
            </>
          )}
          Libraries that check it are listed at standardwebhooks.com.
        </p>
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
