/** The marks of an alert: how bad, and who sees to it. */
import type { AlertState } from '@pinebill/contract';
import { Chip } from '../elements/Chip';
import { stateWords } from './alert-words';

export { SeverityChip } from '../incidents/Marks';
export const StateChip = ({ state }: { state: AlertState }) => <Chip tone={stateWords[state].tone}>{stateWords[state].label}</Chip>;
