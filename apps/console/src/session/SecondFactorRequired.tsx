import Button from '@mui/material/Button';
import { useLogout } from 'react-admin';
import { DoorFrame } from './DoorPage';
import { SecondFactorSetup } from './SecondFactorSetup';

/** Shown instead of everything else to an admin without a second factor, where the organization requires one. */
export function SecondFactorRequired({ organization, onCodes, onDone }: { organization: string; onCodes: () => void; onDone: () => void }) {
  const logout = useLogout();
  return (
    <DoorFrame title="Set up a second factor">
      <p>{organization} asks its admins for one: a code from an app, beside the password. It takes a minute.</p>
      <SecondFactorSetup onCodes={onCodes} onDone={onDone} />
      <Button onClick={() => void logout()}>Sign out</Button>
    </DoorFrame>
  );
}
