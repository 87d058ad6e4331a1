import Button from '@mui/material/Button';
import { useNavigate } from 'react-admin';
import type { LogRecord } from '../api-types';
import { useCan } from '../session/use-session';

type Step = { label: string; path: string };

const limits: Step = { label: 'See the limits', path: '/plan' };
const byReason: Record<string, Step> = {
  key_limit: limits,
  organization_limit: limits,
};

function stepFor({ reason, apiKey }: Pick<LogRecord, 'reason' | 'apiKey'>, mayCreate: boolean): Step | null {
  if (reason === null) return null;
  const isOver = reason === 'revoked_key' || reason === 'expired_key';
  if (apiKey && isOver && mayCreate) return { label: 'Create replacement', path: `/api-keys/create?replaces=${apiKey.id}` };
  if (apiKey && (isOver || reason === 'missing_scope')) return { label: 'Open the key', path: `/api-keys/${apiKey.id}/show` };
  return byReason[reason] ?? null;
}

/** The button that does what the box advises, for those who may. */
export function NextStep({ record }: { record: LogRecord }) {
  const navigate = useNavigate();
  const step = stepFor(record, useCan('keys:write'));
  if (!step) return null;
  return (
    <div>
      <Button variant="outlined" onClick={() => navigate(step.path)}>
        {step.label}
      </Button>
    </div>
  );
}
