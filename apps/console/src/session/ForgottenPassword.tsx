import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { PasswordResetRequested } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { DoorPage } from './DoorPage';

/** Says the same whether or not there is such an account. */
export function ForgottenPassword() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; error: unknown; asked: PasswordResetRequested | null }>({
    ...{ busy: false, error: null, asked: null },
  });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const email = new FormData(event.currentTarget).get('email') as string;
    setState({ busy: true, error: null, asked: null });
    try {
      setState({ busy: false, error: null, asked: await dataProvider.requestPasswordReset(email) });
    } catch (error) {
      setState({ busy: false, error, asked: null });
    }
  };
  return (
    <DoorPage title="Forgotten password" onSubmit={(event) => void submit(event)}>
      {state.error !== null && <ProblemView error={state.error} />}
      {state.asked ? (
        <p role="status">{said[state.asked.delivery]}</p>
      ) : (
        <>
          <p>Give the e-mail address of your account. A link with which you choose a new password is mailed to it.</p>
          <TextField name="email" type="email" label="E-mail" autoComplete="username" autoFocus required fullWidth />
          <Button type="submit" variant="contained" size="large" disabled={state.busy}>
            {state.busy ? 'Asking…' : 'Mail me a link'}
          </Button>
        </>
      )}
      <Button href="#/login">Back to sign-in</Button>
    </DoorPage>
  );
}

const said: Record<PasswordResetRequested['delivery'], string> = {
  mail: 'If there is an account with this address, a link is on its way to it. It works once, within an hour. Nothing there after a few minutes? Look among unwanted mail, or ask an admin of your organization.',
  none: 'This installation sends no mail. Ask an admin of your organization: they make the link under Members and hand it to you. The only admin runs npm run reset-admin on the machine.',
};
