import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider, useNavigate, useParams } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { problemOf, ProblemView } from '../elements/ProblemView';
import { minPasswordLength } from './ChangePassword';
import { DoorPage } from './DoorPage';
import { useRefreshSession } from './use-session';

export function AcceptInvitation() {
  const { token = '' } = useParams();
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const refresh = useRefreshSession();
  const navigate = useNavigate();
  const [state, setState] = useState<{ busy: boolean; error: unknown; needsCode: boolean }>({ busy: false, error: null, needsCode: false });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const values = new FormData(event.currentTarget);
    setState((before) => ({ ...before, busy: true, error: null }));
    try {
      const code = values.get('code') as string | null;
      const person = { name: values.get('name') as string, password: values.get('password') as string, ...(code ? { code } : {}) };
      await refresh(await dataProvider.acceptInvitation(token, person));
      navigate('/');
    } catch (error) {
      if (problemOf(error).code === 'second_factor_required') setState({ busy: false, error: null, needsCode: true });
      else setState((before) => ({ ...before, busy: false, error }));
    }
  };
  return (
    <DoorPage title="Join PineBill" onSubmit={(event) => void submit(event)}>
      <p>
        You were invited. Give your name and choose a password. If you have an account already, give its password. The link works once,
        within 7 days.
      </p>
      {state.error !== null && <ProblemView error={state.error} />}
      <TextField name="name" label="Your name" autoComplete="name" autoFocus required fullWidth />
      <TextField
        name="password"
        type="password"
        label="Password"
        autoComplete="new-password"
        required
        fullWidth
        helperText={`At least ${minPasswordLength} characters; a few unrelated words are good.`}
        slotProps={{ htmlInput: { minLength: minPasswordLength } }}
      />
      {state.needsCode && (
        <TextField
          name="code"
          label="Code of your second factor"
          autoComplete="one-time-code"
          autoFocus
          required
          fullWidth
          helperText="Your account has one: the six digits of the app, or a recovery code."
        />
      )}
      <Button type="submit" variant="contained" size="large" disabled={state.busy}>
        {state.busy ? 'Joining…' : 'Join'}
      </Button>
    </DoorPage>
  );
}
