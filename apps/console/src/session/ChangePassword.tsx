import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider, useLogout } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { DoorPage } from './DoorPage';
import { useRefreshSession } from './use-session';

export const minPasswordLength = 12;

export function usePasswordChange(): { error: unknown; busy: boolean; submit: (event: SubmitEvent<HTMLFormElement>) => Promise<boolean> } {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const refresh = useRefreshSession();
  const [state, setState] = useState<{ error: unknown; busy: boolean }>({ error: null, busy: false });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<boolean> => {
    event.preventDefault();
    const form = event.currentTarget;
    const values = new FormData(form);
    const [currentPassword, newPassword, again] = ['currentPassword', 'newPassword', 'again'].map((name) => values.get(name) as string);
    if (newPassword !== again) {
      setState({ error: new Error('The two new passwords differ. Type the new one twice.'), busy: false });
      return false;
    }
    setState({ error: null, busy: true });
    try {
      await dataProvider.changePassword({ currentPassword: currentPassword ?? '', newPassword: newPassword ?? '' });
      form.reset();
      setState({ error: null, busy: false });
      await refresh();
      return true;
    } catch (error) {
      setState({ error, busy: false });
      return false;
    }
  };
  return { ...state, submit };
}

export function PasswordFields() {
  return (
    <>
      <TextField name="currentPassword" type="password" label="Current password" autoComplete="current-password" required fullWidth />
      <TextField
        name="newPassword"
        type="password"
        label="New password"
        autoComplete="new-password"
        required
        fullWidth
        helperText={`At least ${minPasswordLength} characters; a few unrelated words are good.`}
        slotProps={{ htmlInput: { minLength: minPasswordLength } }}
      />
      <TextField name="again" type="password" label="New password again" autoComplete="new-password" required fullWidth />
    </>
  );
}

/** Shown instead of everything else while the password is one that somebody else chose. */
export function ChangePassword({ first = false }: { first?: boolean }) {
  const logout = useLogout();
  const { error, busy, submit } = usePasswordChange();
  return (
    <DoorPage title="Choose a password of your own" onSubmit={(event) => void submit(event)}>
      {first && <p>The one you signed in with was made for the first start and stood in a terminal. It works until you replace it here.</p>}
      {error !== null && <ProblemView error={error} />}
      <PasswordFields />
      <Button type="submit" variant="contained" size="large" disabled={busy}>
        {busy ? 'Saving…' : 'Save and go on'}
      </Button>
      <Button onClick={() => void logout()}>Sign out</Button>
    </DoorPage>
  );
}
