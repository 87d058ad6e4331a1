import Button from '@mui/material/Button';
import { useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { Part, Row, Stack } from '../layout/Page';

/** For admins of the organization that the installation belongs to. What the mail server says comes back at once. */
export function MailTest() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; error: unknown; sentTo: string | null }>({ busy: false, error: null, sentTo: null });
  const send = async (): Promise<void> => {
    setState({ busy: true, error: null, sentTo: null });
    try {
      setState({ busy: false, error: null, sentTo: (await dataProvider.sendTestMail()).sentTo });
    } catch (error) {
      setState({ busy: false, error, sentTo: null });
    }
  };
  return (
    <Part>
      <h2>Mail</h2>
      <p>Invitations and links for new passwords are mailed by the server that PINEBILL_SMTP_URL names.</p>
      <Stack>
        {state.error !== null && <ProblemView error={state.error} />}
        <Row role="status">
          <Button variant="outlined" disabled={state.busy} onClick={() => void send()}>
            {state.busy ? 'Sending…' : 'Send me a test mail'}
          </Button>
          {state.sentTo !== null && <span style={{ fontSize: 13 }}>The mail server took it, for {state.sentTo}.</span>}
        </Row>
      </Stack>
    </Part>
  );
}
