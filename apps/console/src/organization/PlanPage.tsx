import Button from '@mui/material/Button';
import { plans, planNames, type PlanName } from '@pinebill/contract';
import { styled } from '@mui/material/styles';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { FactList } from '../elements/FactList';
import { Hidden } from '../elements/Hidden';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { LimitUse } from './LimitUse';
import { countText } from '../elements/figures';
import { TimeStamp } from '../elements/TimeStamp';
import { Archives } from '../retention/Archives';
import { Certificates } from '../retention/Certificates';
import { Holds } from '../retention/Holds';
import { PlanChange } from '../retention/PlanChange';
import { PlanUsage } from '../retention/PlanUsage';
import { useCan } from '../session/use-session';

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
  const may = useCan('plan:write');
  const [wanted, setWanted] = useState<PlanName | null>(null);
  if (!data && !error) return <PageSkeleton />;
  const current = data?.plan;
  const mayChange = may && data?.locked === false;
  return (
    <Page title="Plan and retention" lead="How much programs may call, how long the log is shown, what is held, and what was purged.">
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && current && (
        <>
          {data.grace && (
            <Notice tone="client" style={{ marginBottom: 16, maxWidth: 640 }}>
              <strong>The change of plan can be taken back without loss</strong>
              <p>
                What {data.grace.keptDays} days showed is still kept. From <TimeStamp at={data.grace.endsAt} /> on it may be purged.
              </p>
            </Notice>
          )}
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
          <PlanUsage usage={data.usage} />
          <Part>
            <h2>Subscription plans</h2>
            <p>
              Beyond a limit a call is answered 429 with the time to wait. People at the console have limits of their own, so that a key can
              always be revoked.
              {may && data.locked && ' Whoever runs PineBill sets the plan; ask them to change it.'}
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
                  {mayChange && (
                    <PlanRow
                      label="Change"
                      value={(name) =>
                        name !== current && (
                          <Button size="small" variant="outlined" aria-label={`Change to ${name}…`} onClick={() => setWanted(name)}>
                            Change…
                          </Button>
                        )
                      }
                    />
                  )}
                </tbody>
              </Compare>
            </div>
          </Part>
          <Holds />
          <Certificates />
          <Archives />
          {wanted && <PlanChange to={wanted} onClose={() => setWanted(null)} />}
        </>
      )}
    </Page>
  );
}

function PlanRow({ label, value }: { label: string; value: (name: PlanName) => ReactNode }) {
  return (
    <tr>
      <th scope="row">{label}</th>
      {planNames.map((name) => (
        <td key={name}>{value(name)}</td>
      ))}
    </tr>
  );
}
