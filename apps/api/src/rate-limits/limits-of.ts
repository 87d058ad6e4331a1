/** Which limits hold for whom. */
import { plans, type PlanName } from '@pinebill/contract';
import type { Limit } from './bucket';

/** Of people: more than anybody clicks. */
const PER_SESSION = 600;
/**
 * Apart from it, for what must not wait because a tab of the same browser has run wild: signing in and out, revoking a key, suspending a member. The
 * operations that go on during maintenance, and for the same reasons.
 */
const PER_SESSION_RESERVE = 60;

type LimitedKey = {
  id: string;
  organization_id: string;
  plan: string;
  /** Null: what the plan says. */
  per_key_per_minute: number | null;
  per_organization_per_minute: number | null;
};

export function limitsOfKey(key: LimitedKey): Limit[] {
  const plan = plans[key.plan as PlanName]; // a check constraint of the table
  return [
    { name: 'per-key', id: key.id, perMinute: key.per_key_per_minute ?? plan.perKeyPerMinute, reason: 'key_limit' },
    {
      name: 'per-organization',
      id: key.organization_id,
      perMinute: key.per_organization_per_minute ?? plan.perOrganizationPerMinute,
      reason: 'organization_limit',
    },
  ];
}

export const limitsOfSession = (sessionId: string): Limit[] => [
  { name: 'per-session', id: sessionId, perMinute: PER_SESSION, reason: 'session_limit' },
];
export const reserveOfSession = (sessionId: string): Limit[] => [
  { name: 'per-session-reserve', id: sessionId, perMinute: PER_SESSION_RESERVE, reason: 'session_limit' },
];
