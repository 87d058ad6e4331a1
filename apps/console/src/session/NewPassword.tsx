import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider, useParams } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { minPasswordLength } from './ChangePassword';
import { DoorPage } from './DoorPage';

/** Where the link of a mail leads. Opens no session: a second factor is asked for at sign-in. */
export function NewPassword() {
  const { token = '' } = useParams();
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ phase: 'idle' | 'busy' | 'done'; error: unknown }>({ phase: 'idle', error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    const password = values.get('password') as string;
    if (password !== values.get('again')) {
      setState({ phase: 'idle', error: new Error('The two passwords differ. Type the new one twice.') });
      return;
    }
    setState({ phase: 'busy', error: null });
    try {
      await dataProvider.completePasswordReset(token, password);
      setState({ phase: 'done', error: null });
    } catch (error) {
      setState({ phase: 'idle', error });
    }
  };
  if (state.phase === 'done')
    return (
      <DoorPage title="Your password is changed">
        <p role="status">All your sessions have ended. Sign in with the new password.</p>
        <Button variant="contained" size="large" href="#/login" autoFocus>
          Sign in
        </Button>
      </DoorPage>
    );
  return (
    <DoorPage title="Choose a new password" onSubmit={(event) => void submit(event)}>
      {state.error !== null && <ProblemView error={state.error} />}
      <TextField
        name="password"
        type="password"
        label="New password"
        autoComplete="new-password"
        autoFocus
        required
        fullWidth
        helperText={`At least ${minPasswordLength} characters; a few unrelated words are good.`}
        slotProps={{ htmlInput: { minLength: minPasswordLength } }}
      />
      <TextField name="again" type="password" label="New password again" autoComplete="new-password" required fullWidth />
      <Button type="submit" variant="contained" size="large" disabled={state.phase === 'busy'}>
        {state.phase === 'busy' ? 'Saving…' : 'Save the new password'}
      </Button>
      <Button href="#/forgotten-password">Ask for another link</Button>
    </DoorPage>
  );
}
