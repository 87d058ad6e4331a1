/** What an alert is called: the rule, and what was seen. Pure. */
import type { AlertGrouping } from '@pinebill/contract';

export { factsText } from '@pinebill/contract';

const MOST_TITLE = 200;
const of: Record<Exclude<AlertGrouping, 'none'>, (label: string) => string> = {
  apiKeyId: (label) => `with the key ${label}`,
  ip: (label) => `from ${label}`,
  route: (label) => `at ${label}`,
  status: (label) => `answered with ${label}`,
  country: (label) => `from ${label}`,
};
export const minutesText = (count: number): string => (count === 1 ? '1 minute' : count % 60 === 0 ? (count === 60 ? '1 hour' : `${count / 60} hours`) : `${count} minutes`); // prettier-ignore
export const callsText = (count: number): string => (count === 1 ? '1 call' : `${count} calls`);
export const cut = (text: string): string => Array.from(text).slice(0, MOST_TITLE).join('');

/** `Refused keys: 42 calls from 192.0.2.7 within 5 minutes`. */
export function firingTitle(
  ruleName: string,
  { count, windowMinutes, groupBy, label }: { count: number; windowMinutes: number; groupBy: AlertGrouping; label: string | null },
): string {
  const where = groupBy === 'none' || label === null ? '' : ` ${of[groupBy](label)}`;
  return cut(`${ruleName}: ${callsText(count)}${where} within ${minutesText(windowMinutes)}`);
}
