/** The words of alerts and rules, and where their pages are. */
import { detectors, type AlertGrouping, type AlertState, type DetectorName, type FindingSubjectKind } from '@pinebill/contract';
import type { Alert, AlertRule } from '../api-types';
import { emptyQuery, readQuery, showEverybody, type LogQuery } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import type { StatusTone } from '../theme';

export const alertPath = (id: string): string => `/alerts/${encodeURIComponent(id)}`;
export const rulePath = (id: string): string => `/alert-rules/${encodeURIComponent(id)}`;

export const stateWords: Record<AlertState, { label: string; tone: StatusTone }> = {
  open: { label: 'Open', tone: 'server' },
  acknowledged: { label: 'Acknowledged', tone: 'client' },
  resolved: { label: 'Resolved', tone: 'success' },
};

export const groupingWords: Record<AlertGrouping, string> = {
  none: 'All calls together',
  apiKeyId: 'Each API key',
  ip: 'Each address',
  route: 'Each route',
  status: 'Each status',
  country: 'Each country',
};

export const windowWords: Record<string, string> = {
  '1': '1 minute',
  '5': '5 minutes',
  '15': '15 minutes',
  '30': '30 minutes',
  '60': '1 hour',
  '360': '6 hours',
  '720': '12 hours',
  '1440': '24 hours',
};
export const minutesText = (minutes: number): string =>
  windowWords[String(minutes)] ??
  (minutes === 0
    ? 'none'
    : minutes % 1_440 === 0
      ? `${minutes / 1_440} days`
      : minutes % 60 === 0
        ? `${minutes / 60} hours`
        : `${minutes} minutes`);

export const detectorTitle = (name: string): string => (name in detectors ? detectors[name as DetectorName].title : name);

/** The filter of a rule as the page of the log knows it; who called is asked for as the rule does. */
export function queryOfFilter(filter: Readonly<Record<string, string | string[]>>): LogQuery {
  const parameters = new URLSearchParams(Object.entries(filter).flatMap(([name, values]) => [values].flat().map((value) => [name, value])));
  const query: LogQuery = { ...readQuery(parameters.toString()), preset: 'all' };
  return query.fields.actorType === undefined ? showEverybody(query) : query;
}
export const noFilter: LogQuery = { ...emptyQuery, preset: 'all' };

/** To the rows of an alert, or of what a rule would have fired. */
export const rowsLink = (filter: Readonly<Record<string, string | string[]>>): string => logLink(queryOfFilter(filter));

const filterText = (filter: AlertRule['filter']): string =>
  Object.entries(filter ?? {})
    .map(([name, values]) => `${name}:${[values].flat().join(' ')}`)
    .join(' ') || 'every call';

/** What findings can be about, and how one is asked for. */
export const subjectWords: Record<FindingSubjectKind, { one: string; any: string }> = {
  key: { one: 'the key', any: 'any API key' },
  address: { one: 'the address', any: 'any address' },
  network: { one: 'the network', any: 'any network' },
  keyFingerprint: { one: 'the unknown key', any: 'any unknown key' },
  person: { one: 'the person', any: 'any person' },
  organization: { one: 'the organization', any: 'the organization as a whole' },
};

/** By their ids. */
export type Names = ReadonlyMap<string, string>;
type Subject = NonNullable<AlertRule['subjects']>[number];
const subjectText = ({ kind, value }: Subject, names: Names): string =>
  value === null ? subjectWords[kind].any : `${subjectWords[kind].one} ${names.get(value) ?? value}`;

function findingsText({ detectors: chosen, subjects, leastSeverity }: AlertRule, names: Names): string {
  const found = chosen?.map(detectorTitle) ?? ['Any detector'];
  const about = subjects === null ? '' : `, about ${subjects.map((one) => subjectText(one, names)).join(' or ')}`;
  return `${found.join(', ')}${about}; severity ${leastSeverity ?? 'low'} or more`;
}

/** What a rule watches, in a line. `names`: of keys and people that it is about. */
export function watchText(rule: AlertRule, names: Names = new Map()): string {
  if (rule.kind === 'detector') return findingsText(rule, names);
  const apart = rule.groupBy && rule.groupBy !== 'none' ? `, ${groupingWords[rule.groupBy].replace(/^E/, 'e')} by itself` : '';
  return `${rule.threshold ?? 0} or more of ${filterText(rule.filter)} within ${minutesText(rule.windowMinutes ?? 0)}${apart}`;
}

export const groupText = ({ group, finding }: Pick<Alert, 'group' | 'finding'>): string =>
  finding ? (group?.label ?? '') : (group?.label ?? 'All calls');
