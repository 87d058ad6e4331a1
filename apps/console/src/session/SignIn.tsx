import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { lazy, Suspense, useEffect, useState, type SubmitEvent } from 'react';
import { useLocation, useLogin } from 'react-admin';
import { ProblemView, problemOf } from '../elements/ProblemView';
import { DoorPage } from './DoorPage';

const CodeStep = lazy(async () => ({ default: (await import('./CodeStep')).CodeStep }));

const ProviderSignIn = lazy(async () => ({ default: (await import('./ProviderSignIn')).ProviderSignIn }));

type Credentials = { email: string; password: string };
/** Stands in the page when a provider is set up. */
const providerName = (): string | null => document.querySelector<HTMLMetaElement>('meta[name="pinebill-provider"]')?.content ?? null;

export function SignIn() {
  const login = useLogin();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  /** Known to be right, or vouched for by the provider; a code is still missing. Forgotten with the page. */
  const [proved, setProved] = useState<Credentials | 'provider' | null>(null);
  const { search } = useLocation();
  useEffect(() => {
    document.title = 'Sign in · PineBill';
  }, []);
  const signIn = async (credentials: (Credentials | object) & { code?: string }): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await login(credentials);
    } catch (failure) {
      if (problemOf(failure).code === 'second_factor_required') setProved(credentials as Credentials);
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
        <CodeStep
          {...(proved === 'provider' ? {} : { email: proved.email })}
          error={error}
          busy={busy}
          onCode={(code) => void signIn(proved === 'provider' ? { code } : { ...proved, code })}
          onBack={back}
        />
      </Suspense>
    );
  }
  const provider = providerName();
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void signIn({ email: form.get('email') as string, password: form.get('password') as string });
  };
  return (
    <DoorPage title="Sign in to PineBill" onSubmit={submit}>
      {error !== null && <ProblemView error={error} />}
      {(provider !== null || search !== '') && (
        <Suspense fallback={null}>
          <ProviderSignIn provider={provider} onBack={() => void signIn({})} onCode={() => setProved('provider')} />
        </Suspense>
      )}
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
