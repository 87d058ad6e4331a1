/** The marks of an alert: how bad, and who sees to it. */
import type { AlertSeverity, AlertState } from '@pinebill/contract';
import { Chip } from '../elements/Chip';
import { severities } from '../incidents/incident-words';
import { stateWords } from './alert-words';

export const SeverityChip = ({ severity }: { severity: AlertSeverity }) => (
  <Chip tone={severities[severity].tone}>{severities[severity].label}</Chip>
);
export const StateChip = ({ state }: { state: AlertState }) => <Chip tone={stateWords[state].tone}>{stateWords[state].label}</Chip>;
