import { plans, planNames } from '@pinebill/contract';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { FactList } from '../elements/FactList';
import { Hidden } from '../elements/Hidden';
import { ProblemView } from '../elements/ProblemView';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { LimitUse } from './LimitUse';
import { countText } from '../elements/figures';

const Compare = styled('table')(({ theme }) => ({
  width: '100%',
  maxWidth: 760,
  borderCollapse: 'collapse',
  fontSize: 13,
  lineHeight: '20px',
  '& th, & td': {
    padding: '8px 12px 8px 8px',
    borderBottom: `1px solid ${theme.palette.tone.line}`,
    textAlign: 'right',
    fontWeight: 400,
    verticalAlign: 'top',
  },
  '& th:first-of-type': { textAlign: 'left', color: theme.palette.tone.secondary },
  '& thead th': { fontWeight: 600, textTransform: 'capitalize', color: theme.palette.tone.text },
}));

/** What is used changes all the time. */
const LOOK_EVERY_MS = 5_000;

export function PlanPage() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data, error, refetch } = useQuery({
    queryKey: ['plan'],
    queryFn: () => dataProvider.plan(),
    retry: false,
    refetchInterval: LOOK_EVERY_MS,
  });
  if (!data && !error) return <PageSkeleton />;
  const current = data?.plan;
  return (
    <Page title="Plan" lead="How much programs may call, and how long the log is kept.">
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && current && (
        <>
          <Part style={{ maxWidth: 560 }}>
            <FactList
              facts={[
                { label: 'Plan', value: <span style={{ textTransform: 'capitalize', fontWeight: 600 }}>{current}</span> },
                { label: 'Log kept for', value: `${data.retentionDays} days` },
                {
                  label: 'Per key',
                  value: `${countText(data.limits.perKeyPerMinute)} requests a minute`,
                },
                {
                  label: 'Organization',
                  value: `${countText(data.limits.perOrganizationPerMinute)} requests a minute, all keys together`,
                },
              ]}
            />
          </Part>
          <LimitUse plan={data} />
          <Part>
            <h2>Subscription plans</h2>
            <p>
              Beyond a limit a call is answered 429 with the time to wait. People at the console have limits of their own, so that a key can
              always be revoked.
            </p>
            <div style={{ overflowX: 'auto' }}>
              <Compare>
                <thead>
                  <tr>
                    <th scope="col">
                      <Hidden>What</Hidden>
                    </th>
                    {planNames.map((name) => (
                      <th key={name} scope="col">
                        {name} {name === current && <Chip tone="success">yours</Chip>}
                      </th>
                    ))}
                  </tr>
                </thead>
                <tbody>
                  <PlanRow label="Log kept for" value={(name) => `${plans[name].retentionDays} days`} />
                  <PlanRow label="Requests a minute, each key" value={(name) => countText(plans[name].perKeyPerMinute)} />
                  <PlanRow label="Requests a minute, organization" value={(name) => countText(plans[name].perOrganizationPerMinute)} />
                  <PlanRow label="Alerts" value={(name) => (plans[name].alerts ? 'Included' : 'No')} />
                  <PlanRow label="Geographic restrictions" value={(name) => (plans[name].geographicRestrictions ? 'Included' : 'No')} />
                </tbody>
              </Compare>
            </div>
          </Part>
        </>
      )}
    </Page>
  );
}

function PlanRow({ label, value }: { label: string; value: (name: (typeof planNames)[number]) => string }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      {planNames.map((name) => (
        <td key={name}>{value(name)}</td>
      ))}
    </tr>
  );
}
