/** From one plan to another: what that means here, before it is done. */
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Skeleton from '@mui/material/Skeleton';
import { type PlanName } from '@pinebill/contract';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlanPreview } from '../api-types';
import { countText, numberOf } from '../elements/figures';
import { FormDialog } from '../elements/FormDialog';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useRetentionCalls } from './retention-calls';

const titled = (plan: PlanName): string => plan.charAt(0).toUpperCase() + plan.slice(1);
const listStyle = { margin: 0, paddingLeft: 18, fontSize: 14, lineHeight: '22px' } as const;

function Hidden({ hides, purgedNotBefore }: PlanPreview) {
  if (!hides) return null;
  return (
    <Notice tone={hides.records > 0 ? 'client' : 'unknown'}>
      <strong>{hides.records > 0 ? `${numberOf(hides.records, 'record')} can no longer be read` : 'No record is hidden'}</strong>
      <p>
        {hides.records > 0 ? (
          <>
            Those from <TimeStamp at={hides.from} /> to <TimeStamp at={hides.to} />, at once: in lists, figures, exports and in what is
            asked of the past. Nothing of it is purged before <TimeStamp at={purgedNotBefore} />; changing back until then brings all of it
            back.
          </>
        ) : (
          'The log holds nothing that the plan would not show.'
        )}
      </p>
    </Notice>
  );
}

function Consequences({ gains, losses, bringsBack, consequences }: PlanPreview) {
  const lines = [...losses, ...gains];
  return (
    <>
      {lines.length > 0 && (
        <ul style={listStyle}>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {bringsBack && bringsBack.records > 0 && (
        <Notice tone="success">
          <strong>{numberOf(bringsBack.records, 'record')} can be read again</strong>
          <p>
            Those from <TimeStamp at={bringsBack.from} /> on, which were kept until now.
          </p>
        </Notice>
      )}
      {consequences.map(({ what, count, stops, detail }) => (
        <Notice key={what} tone={stops ? 'client' : 'unknown'}>
          <strong>
            {names[what]} ({countText(count)})
          </strong>
          <p>{detail}</p>
        </Notice>
      ))}
    </>
  );
}

const names: Record<PlanPreview['consequences'][number]['what'], string> = {
  alertRules: 'Alert rules',
  channels: 'Channels of alerts',
  countryRestrictions: 'Restrictions by country',
  exports: 'Exports that were made',
  exportSchedules: 'Monthly exports',
  heldRecords: 'Held records',
  limits: 'Requests over the limit',
};

export function PlanChange({ to, onClose }: { to: PlanName; onClose: () => void }) {
  const calls = useRetentionCalls();
  const queryClient = useQueryClient();
  const [meant, setMeant] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['plan-preview', to], queryFn: () => calls.preview(to), retry: false, gcTime: 0 });
  const submit = async (): Promise<void> => {
    const plan = await calls.change(to, meant);
    queryClient.setQueryData(['plan'], plan);
    // What is shown of the log has changed everywhere.
    await queryClient.invalidateQueries();
    onClose();
  };
  return (
    <FormDialog
      title={`Change to ${titled(to)}`}
      action={`Change to ${titled(to)}`}
      busy="Changing…"
      disabled={!data || (data.takesAway && !meant)}
      onSubmit={submit}
      onClose={onClose}
    >
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!data && !error && <Skeleton variant="rounded" height={120} aria-label="Loading" />}
      {data && (
        <>
          <Hidden {...data} />
          <Consequences {...data} />
          {data.takesAway && (
            <FormControlLabel
              control={<Checkbox checked={meant} onChange={(_, checked) => setMeant(checked)} />}
              label="I have read what is lost, and mean it"
            />
          )}
        </>
      )}
    </FormDialog>
  );
}
