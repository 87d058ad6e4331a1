import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { PlanView } from '../api-types';
import { FactList } from '../elements/FactList';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { countText } from '../elements/figures';

const Track = styled('div')(({ theme }) => ({
  height: 8,
  maxWidth: 360,
  margin: '6px 0 16px',
  borderRadius: 4,
  background: theme.palette.tone.line,
  '& > i': { display: 'block', height: '100%', minWidth: 2, borderRadius: 4, background: theme.palette.tone.accent },
  '&[data-empty="true"] > i': { background: theme.palette.tone.status.client.text },
}));
const Keys = styled('ul')({ margin: 0, padding: 0, listStyle: 'none' });

/** How much of the limits is used just now, by all keys together, and which keys came to a limit of their own. */
export function LimitUse({ plan: { limits, use } }: { plan: PlanView }) {
  const { perOrganizationPerMinute: most } = limits;
  const share = Math.min(100, ((most - use.remaining) / most) * 100);
  return (
    <Part style={{ maxWidth: 560 }}>
      <h2>Use</h2>
      <p>Requests of programs, over all processes. What is used comes back evenly, all of it within a minute.</p>
      <Track
        role="meter"
        aria-label="Use of the organization’s limit"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(share)}
        aria-valuetext={`${countText(use.remaining)} of ${countText(most)} requests are left`}
        data-empty={use.remaining === 0}
      >
        <i style={{ width: `${share}%` }} />
      </Track>
      <FactList
        facts={[
          { label: 'Left just now', value: `${countText(use.remaining)} of ${countText(most)} requests` },
          { label: 'Last minute', value: `${countText(use.usedLastMinute)} requests` },
          {
            label: 'Keys at a limit',
            value:
              use.keysAtLimit.length === 0 ? (
                'None in the last 24 hours'
              ) : (
                <Keys>
                  {use.keysAtLimit.map(({ id, name, lastLimitedAt }) => (
                    <li key={id}>
                      <LinkBase to={`/audit-logs?apiKeyId=${id}&reason=key_limit`}>{name}</LinkBase>, last{' '}
                      <TimeStamp at={lastLimitedAt} relative />
                    </li>
                  ))}
                </Keys>
              ),
          },
        ]}
      />
    </Part>
  );
}
