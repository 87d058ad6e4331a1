/** The marks of an incident: how bad, how far, and whether it is only a rehearsal. */
import type { IncidentSummary } from '../api-types';
import { Chip } from '../elements/Chip';
import { severities, stateWords } from './incident-words';

export const SeverityChip = ({ severity }: Pick<IncidentSummary, 'severity'>) => (
  <Chip tone={severities[severity].tone}>{severities[severity].label}</Chip>
);

export function StateChip(incident: Pick<IncidentSummary, 'state' | 'closedAt'>) {
  const tone = incident.closedAt !== null ? 'unknown' : incident.state === 'identified' ? 'server' : 'success';
  return <Chip tone={tone}>{stateWords(incident)}</Chip>;
}

export const DrillChip = ({ drill }: Pick<IncidentSummary, 'drill'>) => (drill ? <Chip tone="redirect">Drill</Chip> : null);
