/** The words of incidents, and where their pages are. */
import { incidentSteps, type IncidentSeverity, type IncidentSource, type IncidentStepName } from '@pinebill/contract';
import type { IncidentSummary } from '../api-types';
import type { StatusTone } from '../theme';

export const severities: Record<IncidentSeverity, { label: string; tone: StatusTone }> = {
  low: { label: 'Low', tone: 'unknown' },
  medium: { label: 'Medium', tone: 'redirect' },
  high: { label: 'High', tone: 'client' },
  critical: { label: 'Critical', tone: 'server' },
};

/** As a link names it, as one does it, and as it is done. */
export const stepWords: Record<IncidentStepName, { path: string; verb: string; done: string; task: string }> = {
  identified: { path: 'identify', verb: 'Identify', done: 'Identified', task: 'What is known, and what is affected.' },
  contained: { path: 'contain', verb: 'Contain', done: 'Contained', task: 'Stop whoever has the key, before anything else.' },
  replaced: { path: 'replace', verb: 'Replace', done: 'Replaced', task: 'A new key, with another name, for the programs that need one.' },
  servicesUpdated: {
    path: 'services',
    verb: 'Update services',
    done: 'Services updated',
    task: 'Who used the key before, and who has moved to the new one.',
  },
  scoped: { path: 'extent', verb: 'Extent', done: 'Extent known', task: 'What was done with the key, and since when.' },
  documented: { path: 'document', verb: 'Document', done: 'Documented', task: 'What happened, why, and what follows from it.' },
};

export const stepOfPath = (path: string | undefined): IncidentStepName | null =>
  incidentSteps.find((step) => stepWords[step].path === path) ?? null;

export const incidentPath = (id: string, step?: IncidentStepName): string =>
  `/incidents/${encodeURIComponent(id)}${step ? `/${stepWords[step].path}` : ''}`;

export const sourceWords: Record<IncidentSource, string> = {
  record: 'a request',
  records: 'several requests',
  key: 'a key',
  address: 'an address',
  person: 'a person',
  finding: 'a finding',
  alert: 'an alert',
  leak: 'a leak report',
  drill: 'a fire drill',
  blank: 'nothing in particular',
};

/** `9 s`, `1 min 14 s`, `2 h 3 min`, `3 d 4 h`: two units say enough. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const units: [number, string][] = [
    [86_400, 'd'],
    [3_600, 'h'],
    [60, 'min'],
    [1, 's'],
  ];
  const at = units.findIndex(([size]) => whole >= size);
  const parts = (at === -1 ? units.slice(-1) : units.slice(at, at + 2)).map(([size, unit], index, shown) => {
    const before = index === 0 ? whole : whole % (shown[0]?.[0] ?? 1);
    return [Math.floor(before / size), unit] as const;
  });
  return parts
    .filter(([count], index) => index === 0 || count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ');
}

export const secondsBetween = (from: string, to: string | Date): number => (new Date(to).getTime() - Date.parse(from)) / 1_000;

/** From opening to closing, or to now. */
export const elapsed = ({ openedAt, closedAt }: Pick<IncidentSummary, 'openedAt' | 'closedAt'>, now = new Date()): string =>
  span(secondsBetween(openedAt, closedAt ?? now));

export const stateWords = ({ state, closedAt }: Pick<IncidentSummary, 'state' | 'closedAt'>): string =>
  closedAt === null ? stepWords[state].done : 'Closed';

export const number = (count: number): string => count.toLocaleString('en-US');
export const numbered = (count: number, one: string, many = `${one}s`): string => `${number(count)} ${count === 1 ? one : many}`;
