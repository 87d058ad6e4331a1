/** A document of normal usage, to read. */
import { styled } from '@mui/material/styles';
import type { Baseline } from '../api-types';
import { countryName } from '../elements/Address';
import { FactList } from '../elements/FactList';
import { countText } from '../elements/figures';
import { MonoText } from '../elements/Mono';
import { hoursText } from './usage-form';

const Lines = styled('div')({ display: 'grid', gap: 2 });
const learnt = 'Not described: what is learnt from the log holds';

function List({ values, mono = true }: { values: readonly string[] | null; mono?: boolean }) {
  if (values === null) return <>{learnt}</>;
  return <Lines>{values.map((value) => (mono ? <MonoText key={value}>{value}</MonoText> : <span key={value}>{value}</span>))}</Lines>;
}

export function UsageFacts({ usage }: { usage: Baseline }) {
  const { hours, networks, agents, endpoints, perHour, countries } = usage;
  return (
    <div style={{ maxWidth: 720 }}>
      <FactList
        facts={[
          { label: 'Hours, in UTC', value: <List values={hours?.map(hoursText) ?? null} mono={false} /> },
          { label: 'Networks', value: <List values={networks} /> },
          { label: 'Countries', value: <List values={countries?.map(countryName) ?? null} mono={false} /> },
          { label: 'Programs', value: <List values={agents} /> },
          { label: 'Endpoints', value: <List values={endpoints} /> },
          { label: 'Requests an hour', value: perHour === null ? learnt : `up to ${countText(perHour)}` },
        ]}
      />
    </div>
  );
}
