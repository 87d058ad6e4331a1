import type { NormalUsageState } from '@pinebill/contract';
import type { Baseline } from '../api-types';
import { Chip } from '../elements/Chip';
import { KeyName } from '../elements/KeyName';
import type { StatusTone } from '../theme';

const states: Record<NormalUsageState, { label: string; tone: StatusTone }> = {
  draft: { label: 'Draft', tone: 'client' },
  approved: { label: 'In force', tone: 'success' },
  superseded: { label: 'Earlier version', tone: 'unknown' },
};

export const UsageState = ({ state }: Pick<Baseline, 'state'>) => <Chip tone={states[state].tone}>{states[state].label}</Chip>;

export const ofWhom = ({ apiKey }: Pick<Baseline, 'apiKey'>): string => apiKey?.name ?? 'All keys of the organization';
export const Whose = ({ apiKey }: Pick<Baseline, 'apiKey'>) =>
  apiKey ? <KeyName {...apiKey} /> : <span>All keys of the organization</span>;
