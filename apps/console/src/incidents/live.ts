/** What is told of the keys of an incident, and the rows of the log that say so. */
import type { Incident, IncidentSubject } from '../api-types';
import { emptyQuery, escapeValue, type LogQuery } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';

export const subjectsOf = ({ subjects }: Pick<Incident, 'subjects'>, kind: IncidentSubject['kind']): IncidentSubject[] =>
  subjects.filter((subject) => subject.kind === kind);
export const keysIn = (incident: Pick<Incident, 'subjects'>): IncidentSubject[] => subjectsOf(incident, 'key');

/** A filter of the API as a link to its rows. */
export function rowsLink({ from = null, to = null, ...fields }: Record<string, string | null>): string {
  const query: LogQuery = { ...emptyQuery, preset: 'all', from, to };
  const selections = Object.entries(fields).flatMap(([field, value]) =>
    value === null ? [] : [[field, { include: [value], exclude: [] }]],
  );
  return logLink({ ...query, fields: Object.fromEntries(selections) as LogQuery['fields'] });
}
export const escaped = escapeValue;

type Live = NonNullable<NonNullable<IncidentSubject['key']>['live']>;

/** Of one key exactly its rows; of several no filter says all. */
export function refusedLink(stopped: readonly Live[]): string | null {
  const [first, ...others] = stopped;
  return first && others.length === 0 ? rowsLink(first.refusedSince.filter) : null;
}
