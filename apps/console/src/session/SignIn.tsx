import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { lazy, Suspense, useEffect, useState, type SubmitEvent } from 'react';
import { useLogin } from 'react-admin';
import { ProblemView, problemOf } from '../elements/ProblemView';
import { DoorPage } from './DoorPage';

const CodeStep = lazy(async () => ({ default: (await import('./CodeStep')).CodeStep }));

type Credentials = { email: string; password: string };

export function SignIn() {
  const login = useLogin();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  /** Known to be right; a code is still missing. Forgotten with the page. */
  const [proved, setProved] = useState<Credentials | null>(null);
  useEffect(() => {
    document.title = 'Sign in · PineBill';
  }, []);
  const signIn = async (credentials: Credentials & { code?: string }): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await login(credentials);
    } catch (failure) {
      if (problemOf(failure).code === 'second_factor_required') setProved(credentials);
      else setError(failure);
      setBusy(false);
    }
  };
  if (proved) {
    const back = (): void => {
      setProved(null);
      setError(null);
    };
    return (
      <Suspense fallback={null}>
        <CodeStep email={proved.email} error={error} busy={busy} onCode={(code) => void signIn({ ...proved, code })} onBack={back} />
      </Suspense>
    );
  }
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void signIn({ email: form.get('email') as string, password: form.get('password') as string });
  };
  return (
    <DoorPage title="Sign in to PineBill" onSubmit={submit}>
      {error !== null && <ProblemView error={error} />}
      <TextField name="email" type="email" label="E-mail" autoComplete="username" autoFocus required fullWidth />
      <TextField name="password" type="password" label="Password" autoComplete="current-password" required fullWidth />
      <Button type="submit" variant="contained" size="large" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </Button>
      <p>
        No account? An admin of your organization invites you. Forgotten the password? An admin can remove and invite you again; the only
        admin runs <code>npm run reset-admin</code>.
      </p>
    </DoorPage>
  );
}
