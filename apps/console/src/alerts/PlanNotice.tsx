import Button from '@mui/material/Button';
import { plans } from '@pinebill/contract';
import { useQuery } from '@tanstack/react-query';
import { LinkBase, useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { Notice } from '../elements/Notice';

/** Whether the plan has alerts; until that is known, it is taken to have. */
export function useHasAlerts(): boolean {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data } = useQuery({ queryKey: ['plan'], queryFn: () => dataProvider.plan(), retry: false });
  return !data || plans[data.plan].alerts;
}

/** Where the plan has no alerts: what that means for what there is. */
export function PlanNotice() {
  if (useHasAlerts()) return null;
  return (
    <Notice tone="client" style={{ marginBottom: 16, maxWidth: 760 }}>
      <strong>Alerts are in the enterprise plan</strong>
      <p>Rules that there are stay as they are, but none fires, and none can be made or changed. Findings are on every plan.</p>
      <div>
        <Button variant="outlined" component={LinkBase} to="/plan">
          Look at the plan
        </Button>
      </div>
    </Notice>
  );
}
