import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { ProblemView } from '../elements/ProblemView';
import { DoorPage } from './DoorPage';

type Props = { email?: string; error: unknown; busy: boolean; onCode: (code: string) => void; onBack: () => void };

/** The password was right, and the account has a second factor. */
export function CodeStep({ email, error, busy, onCode, onBack }: Props) {
  const [recovery, setRecovery] = useState(false);
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onCode(new FormData(event.currentTarget).get('code') as string);
  };
  return (
    <DoorPage title="Enter your code" onSubmit={submit}>
      <p>
        {recovery
          ? 'One of the ten codes that you saved when you set up the second factor. Each works once.'
          : `The six digits that your authenticator app shows now${email === undefined ? '' : ` for ${email}`}.`}
      </p>
      {error !== null && <ProblemView error={error} />}
      <TextField
        key={String(recovery)}
        name="code"
        label={recovery ? 'Recovery code' : 'Code'}
        autoComplete={recovery ? 'off' : 'one-time-code'}
        autoFocus
        required
        fullWidth
        slotProps={{ htmlInput: recovery ? { spellCheck: false, autoCapitalize: 'none' } : { inputMode: 'numeric', maxLength: 10 } }}
      />
      <Button type="submit" variant="contained" size="large" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
      <Button onClick={() => setRecovery(!recovery)}>{recovery ? 'Use the app instead' : 'No app at hand? Use a recovery code'}</Button>
      <Button onClick={onBack}>Back</Button>
    </DoorPage>
  );
}
