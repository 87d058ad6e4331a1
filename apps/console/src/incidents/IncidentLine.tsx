/** The words of the banner. Apart from it, so that nobody loads them while there is no incident. */
import { LinkBase } from 'react-admin';
import type { IncidentSummary } from '../api-types';
import { BannerLine } from '../elements/BannerLine';
import { usePush } from '../elements/use-push';
import { elapsed, incidentPath } from './incident-words';

/** What can still do harm comes first, then the worst. */
const order = ['critical', 'high', 'medium', 'low'] as const;
const isLoose = ({ containedAt }: IncidentSummary): boolean => containedAt === null;
const worst = (a: IncidentSummary, b: IncidentSummary): number =>
  Number(isLoose(b)) - Number(isLoose(a)) || Number(a.drill) - Number(b.drill) || order.indexOf(a.severity) - order.indexOf(b.severity);

type Props = { incidents: readonly IncidentSummary[]; mayContain: boolean };

export function IncidentLine({ incidents, mayContain }: Props) {
  const line = usePush<HTMLDivElement>('[data-banner]');
  const [first, ...others] = [...incidents].sort(worst);
  if (!first) return null;
  const loose = isLoose(first);
  return (
    <BannerLine ref={line} tone={loose && !first.drill ? 'server' : 'client'}>
      <strong>
        {first.drill ? 'Drill' : 'Incident'} #{first.number}
        {loose ? ', not contained' : ''}
      </strong>
      <span>
        {first.title}, open for {elapsed(first)}
      </span>
      {mayContain && loose ? (
        <LinkBase to={incidentPath(first.id, 'contained')}>Contain it</LinkBase>
      ) : (
        <LinkBase to={incidentPath(first.id)}>Open incident</LinkBase>
      )}
      {others.length > 0 && <LinkBase to="/incidents">{`and ${others.length} more`}</LinkBase>}
    </BannerLine>
  );
}
