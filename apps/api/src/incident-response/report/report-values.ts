/** What stands within a sentence of a report: a moment, a time that went by, a person. */
import type { IncidentStepName } from '@pinebill/contract';
import type { IncidentReport, Person } from './incident-report';
import { words } from './told-values';

/** `2025-12-02 10:30:15 UTC`. */
export const moment = (at: string | null): string => (at === null ? '' : `${at.slice(0, 10)} ${at.slice(11, 19)} UTC`);

const units: readonly [seconds: number, name: string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** The two largest units: `2 h 5 min`. Less than 0: before. */
export function duration(seconds: number | null): string {
  if (seconds === null) return '';
  const whole = Math.round(Math.abs(seconds));
  if (whole === 0) return '0 s';
  const first = units.findIndex(([size]) => whole >= size);
  const parts = units.slice(first, first + 2).map(([size, name], index) => {
    const above = index === 0 ? Number.POSITIVE_INFINITY : (units[first]?.[0] ?? 1);
    return [Math.floor((whole % above) / size), name] as const;
  });
  const text = parts.filter(([count]) => count > 0).map(([count, name]) => `${count} ${name}`); // prettier-ignore
  return `${text.join(' ')}${seconds < 0 ? ' before' : ''}`;
}

export const personName = (person: Person | null): string => person?.name ?? '';

const stepNames: Record<IncidentStepName, string> = {
  identified: 'Identified',
  contained: 'Contained',
  replaced: 'Replaced',
  servicesUpdated: 'Services updated',
  scoped: 'Extent looked through',
  documented: 'Documented and closed',
};
export const stepName = (step: IncidentStepName): string => stepNames[step];

const origins: Record<string, string> = {
  record: 'a record of the API log',
  records: 'records of the API log',
  key: 'an API key',
  address: 'an address',
  person: 'a person',
  finding: 'a finding of detection',
  alert: 'an alert',
  leak: 'a leak report',
  drill: 'a fire drill',
  blank: 'nothing in particular',
};
export const originText = ({ incident: { openedFrom } }: IncidentReport): string =>
  [origins[openedFrom.kind] ?? words(openedFrom.kind), openedFrom.url].filter((text) => text !== null).join(': ');
