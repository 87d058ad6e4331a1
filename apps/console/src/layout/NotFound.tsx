import Button from '@mui/material/Button';
import { useNavigate } from 'react-admin';
import { EmptyState } from '../elements/EmptyState';
import { Page } from './Page';

export function NotFound() {
  const navigate = useNavigate();
  return (
    <Page title="There is no such page">
      <EmptyState
        title="The link leads nowhere"
        action={
          <Button variant="contained" onClick={() => navigate('/')}>
            Open the dashboard
          </Button>
        }
      >
        It may be mistyped, or the page was moved. Ctrl K finds pages, requests, keys and addresses.
      </EmptyState>
    </Page>
  );
}

export function AccessDenied() {
  const navigate = useNavigate();
  return (
    <Page title="Not for your role">
      <EmptyState
        title="Your role does not allow this"
        action={
          <Button variant="contained" onClick={() => navigate('/')}>
            Open the dashboard
          </Button>
        }
      >
        An admin of your organization can do it for you, or change your role on the page Members.
      </EmptyState>
    </Page>
  );
}
