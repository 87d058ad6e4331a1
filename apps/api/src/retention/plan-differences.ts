/** Two plans beside each other, in words. Pure; what an organization has of its own (limits) counts as it would be in force. */
import { plans, type PlanName } from '@pinebill/contract';

/** Limits as they are chosen: null is the plan's. */
export type OwnLimits = { perKeyPerMinute: number | null; perOrganizationPerMinute: number | null };
export type Difference = { gains: string[]; losses: string[] };

const number = (value: number): string => value.toLocaleString('en-US');

export function planDifference(from: PlanName, to: PlanName, own: OwnLimits): Difference {
  const [before, after] = [plans[from], plans[to]];
  const difference: Difference = { gains: [], losses: [] };
  const add = (change: number, text: string): void => {
    if (change !== 0) difference[change > 0 ? 'gains' : 'losses'].push(text);
  };
  add(after.retentionDays - before.retentionDays, `Records are shown for ${after.retentionDays} days instead of ${before.retentionDays}.`);
  const limits = [
    ['perKeyPerMinute', 'An API key may make'],
    ['perOrganizationPerMinute', 'All API keys together may make'],
  ] as const;
  for (const [name, who] of limits) {
    if (own[name] === null)
      add(after[name] - before[name], `${who} ${number(after[name])} requests a minute instead of ${number(before[name])}.`);
  }
  const gates = [
    ['alerts', 'Alerts'],
    ['geographicRestrictions', 'Restrictions by country'],
  ] as const;
  for (const [name, what] of gates) {
    add(Number(after[name]) - Number(before[name]), `${what} ${after[name] ? 'are' : 'are no longer'} included.`);
  }
  return difference;
}
