import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useEffect, useState, type SubmitEvent } from 'react';
import { useLogin } from 'react-admin';
import { ProblemView } from '../elements/ProblemView';
import { DoorPage } from './DoorPage';

export function SignIn() {
  const login = useLogin();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = 'Sign in · PineBill';
  }, []);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setError(null);
    try {
      await login({ email: form.get('email'), password: form.get('password') });
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <DoorPage title="Sign in to PineBill" onSubmit={(event) => void submit(event)}>
      {error !== null && <ProblemView error={error} />}
      <TextField name="email" type="email" label="E-mail" autoComplete="username" autoFocus required fullWidth />
      <TextField name="password" type="password" label="Password" autoComplete="current-password" required fullWidth />
      <Button type="submit" variant="contained" size="large" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
      <p>
        <a href="#/forgotten-password">Forgotten the password?</a> No account? An admin of your organization invites you.
      </p>
    </DoorPage>
  );
}
