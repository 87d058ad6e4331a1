import { styled } from '@mui/material/styles';
import type { KeyState } from '@pinebill/contract';
import type { LogRecord } from '../api-types';
import type { StatusTone } from '../theme';
import { mono } from '../theme';
import { Chip } from './Chip';
import { Hint } from './Hint';

const Masked = styled('span')(({ theme }) => ({ fontFamily: mono, fontSize: 12, color: theme.palette.tone.muted }));
const Nobody = styled('span')(({ theme }) => ({ color: theme.palette.tone.muted }));

/** `Production API (pbk_...x7f2)`, as the documentation of the product writes it. */
export function KeyName({ name, masked }: { name: string; masked: string }) {
  return (
    <span>
      {name} <Masked>({masked})</Masked>
    </span>
  );
}

/** Fetched when somebody wants to know. */
const whyNobody = async (reason: string | null): Promise<string> =>
  (await import('./reason-text')).reasonText(reason)?.what ?? 'The request carried no API key';

/** Who made a request: the key, the person of a session, or why there is neither. */
export function Caller({ record, short = false }: { record: LogRecord; short?: boolean }) {
  if (record.apiKey && short) return <span title={record.apiKey.masked}>{record.apiKey.name}</span>;
  if (record.apiKey) return <KeyName name={record.apiKey.name} masked={record.apiKey.masked} />;
  if (record.actor.type === 'user') return <span>{record.actor.name ?? 'A person'}</span>;
  const reason = record.reason?.replaceAll('_', ' ') ?? null;
  // What is no key at all leaves no fingerprint, but something was presented.
  const label = record.keyFingerprint || record.reason === 'malformed_key' ? 'Unknown key' : 'No key';
  return (
    <Hint title={() => whyNobody(record.reason)}>
      <Nobody>{short ? (reason ?? label) : [label, reason].filter(Boolean).join(' · ')}</Nobody>
    </Hint>
  );
}

const states: Record<KeyState, { label: string; tone: StatusTone; meaning: string }> = {
  active: { label: 'Active', tone: 'success', meaning: 'The key works' },
  expiring: { label: 'Expiring', tone: 'client', meaning: 'The key works, and expires soon' },
  disabled: { label: 'Disabled', tone: 'unknown', meaning: 'Switched off by an admin; it can be switched on again' },
  quarantined: { label: 'Quarantined', tone: 'client', meaning: 'The key can read, and nothing else' },
  rotatedOut: { label: 'Rotated out', tone: 'redirect', meaning: 'A successor has taken over' },
  expired: { label: 'Expired', tone: 'unknown', meaning: 'Its time is over; every call is refused' },
  revoked: { label: 'Revoked', tone: 'server', meaning: 'Revoked for good; every call is refused' },
};

export function KeyStateChip({ state }: { state: KeyState }) {
  const { label, tone, meaning } = states[state];
  return (
    <Hint title={meaning}>
      <Chip tone={tone}>{label}</Chip>
    </Hint>
  );
}
