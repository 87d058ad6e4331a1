import FormControlLabel from '@mui/material/FormControlLabel';
import Radio from '@mui/material/Radio';
import RadioGroup from '@mui/material/RadioGroup';
import { leakPolicies, type LeakPolicy as Policy } from '@pinebill/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LinkBase, useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { Part } from '../layout/Page';
import { policyWords } from '../leaks/leak-words';

/** Takes effect at once, like the switch beside it. */
export function LeakPolicy() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery({ queryKey: ['organization'], queryFn: () => dataProvider.organization(), retry: false });
  const [state, setState] = useState<{ busy: boolean; saved: boolean; failure: unknown }>({ busy: false, saved: false, failure: null });
  const change = async (leakedKeys: Policy): Promise<void> => {
    setState({ busy: true, saved: false, failure: null });
    try {
      await dataProvider.updateOrganization({ policies: { leakedKeys } });
      setState({ busy: false, saved: true, failure: null });
    } catch (failure) {
      setState({ busy: false, saved: false, failure });
    }
    await queryClient.invalidateQueries({ queryKey: ['organization'] });
  };
  return (
    <Part>
      <h2 id="leak-policy">When a key of yours is found in public</h2>
      <p>
        A scanner that PineBill believes reports it. An incident opens and admins get a mail in any case; what was reported stands under{' '}
        <LinkBase to="/leaks">Leaks</LinkBase>.
      </p>
      {(error ?? state.failure) !== null && (
        <ProblemView error={error ?? state.failure} {...(error ? { retry: () => void refetch() } : {})} />
      )}
      {data && (
        <RadioGroup
          aria-labelledby="leak-policy"
          value={data.policies.leakedKeys}
          onChange={(_, value) => void change(leakPolicies.find((one) => one === value) ?? 'revoke')}
          style={{ gap: 8 }}
        >
          {leakPolicies.map((policy) => (
            <FormControlLabel
              key={policy}
              value={policy}
              disabled={state.busy}
              control={<Radio />}
              style={{ alignItems: 'flex-start' }}
              label={
                <span style={{ display: 'block', paddingTop: 8, lineHeight: '20px' }}>
                  {policyWords[policy].label}
                  <br />
                  <small style={{ fontSize: 13, opacity: 0.8 }}>{policyWords[policy].meaning}</small>
                </span>
              }
            />
          ))}
        </RadioGroup>
      )}
      <span role="status" style={{ fontSize: 13 }}>
        {state.saved && 'Saved.'}
      </span>
    </Part>
  );
}
