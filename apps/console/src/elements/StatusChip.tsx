import { statusCodeOf } from '@pinebill/contract';
import type { LogRecord } from '../api-types';
import type { StatusTone } from '../theme';
import { Chip } from './Chip';
import { Hint } from './Hint';

export function toneOf(status: number | null, outcome: LogRecord['outcome'] = 'completed'): StatusTone {
  if (status === null || outcome === 'aborted' || outcome === 'unknown') return 'unknown';
  const byClass: Record<number, StatusTone> = { 2: 'success', 3: 'redirect', 4: 'client', 5: 'server' };
  return byClass[Math.floor(status / 100)] ?? 'unknown';
}

const endings: Record<LogRecord['outcome'], string> = {
  completed: '',
  aborted: 'The client left before the answer was complete.',
  unknown: 'The process ended between the request and its answer.',
  protocolError: 'What arrived was not a valid HTTP request.',
};

function statusMeaning(status: number | null, outcome: LogRecord['outcome'] = 'completed'): string {
  const entry = status === null ? null : statusCodeOf(status);
  const what = entry
    ? `${entry.code} ${entry.meaning}: ${entry.causes[0] ?? entry.description}`
    : status === null
      ? 'No answer was sent'
      : String(status);
  return [what, endings[outcome]].filter(Boolean).join('. ');
}

type Props = { status: number | null; outcome?: LogRecord['outcome']; words?: boolean };

export function StatusChip({ status, outcome = 'completed', words = false }: Props) {
  const meaning = status === null ? 'No answer' : (statusCodeOf(status)?.meaning ?? '');
  const label = status === null ? 'none' : String(status);
  return (
    <Hint title={statusMeaning(status, outcome)} describe={false}>
      <Chip tone={toneOf(status, outcome)} code aria-label={`${label} ${meaning}`.trim()}>
        {words && meaning ? `${label} ${meaning}` : label}
      </Chip>
    </Hint>
  );
}
