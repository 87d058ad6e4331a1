import FormControlLabel from '@mui/material/FormControlLabel';
import Switch from '@mui/material/Switch';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { Part } from '../layout/Page';

/** Takes effect at once, so it is a switch and not part of a form. */
export function AdminPolicy() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ['organization'], queryFn: () => dataProvider.organization(), retry: false });
  const [state, setState] = useState<{ busy: boolean; failure: unknown }>({ busy: false, failure: null });
  const change = async (on: boolean): Promise<void> => {
    setState({ busy: true, failure: null });
    try {
      await dataProvider.updateOrganization({ policies: { requireSecondFactorForAdmins: on } });
      setState({ busy: false, failure: null });
    } catch (failure) {
      setState({ busy: false, failure });
    }
    await queryClient.invalidateQueries({ queryKey: ['organization'] });
  };
  return (
    <Part>
      <h2>Admins sign in with a second factor</h2>
      <p>An admin without one is led to set it up, and can do nothing else before. You need one of your own to switch this on.</p>
      {(error ?? state.failure) !== null && (
        <ProblemView error={error ?? state.failure} {...(error ? { retry: () => void refetch() } : {})} />
      )}
      {data && (
        <FormControlLabel
          control={
            <Switch checked={data.policies.requireSecondFactorForAdmins} disabled={state.busy} onChange={(_, on) => void change(on)} />
          }
          label="Require it of every admin"
        />
      )}
    </Part>
  );
}
