import Button from '@mui/material/Button';
import { useNavigate } from 'react-admin';
import type { Session } from '../api-types';
import { Page, Row, Stack } from './Page';

/** Guests may work with customers and invoices through the API; what this console shows is not for them, and says so. */
export function GuestPage({ session }: { session: Session }) {
  const navigate = useNavigate();
  const { organization, user } = session;
  return (
    <div style={{ maxWidth: 640, margin: '8vh auto 0' }}>
      <Page title={`You are a guest of ${organization.name}`}>
        <Stack>
          <span>
            API logs, keys, people and the plan are visible to members and admins only, so nothing of them is shown here. If your work needs
            them, ask an admin of {organization.name} to change the role of {user.email} to member.
          </span>
          <Row>
            <Button variant="contained" href="/docs">
              Open the API reference
            </Button>
            <Button variant="outlined" onClick={() => navigate('/settings')}>
              Your profile and password
            </Button>
          </Row>
        </Stack>
      </Page>
    </div>
  );
}
