/** The marks of a finding: how bad it is, and whether it is still open. */
import Tooltip from '@mui/material/Tooltip';
import { LinkBase } from 'react-admin';
import type { Finding } from '../api-types';
import { Chip } from '../elements/Chip';
import { MonoText } from '../elements/Mono';
import { stateWords, subjectPath } from './finding-words';

export function FindingStateChip({ state }: Pick<Finding, 'state'>) {
  const { label, tone, meaning } = stateWords[state];
  return (
    <Tooltip title={meaning} describeChild>
      <Chip tone={tone}>{label}</Chip>
    </Tooltip>
  );
}

/** Whom it is about, as a link to all that is known of it. */
export function Subject({ subject }: Pick<Finding, 'subject'>) {
  const path = subjectPath(subject);
  const name = subject.kind === 'address' || subject.kind === 'network' ? <MonoText>{subject.name}</MonoText> : subject.name;
  return path === null ? <span>{name}</span> : <LinkBase to={path}>{name}</LinkBase>;
}
