/** What an incident is about and how it is called, from what it is opened with. Pure. */
import { normalNetwork, type IncidentSeverity } from '@pinebill/contract';
import type { StoredRecord } from '@pinebill/nestjs-audit';
import { addressText } from './incident-facts';
import type { Origin, SubjectRow } from './incidents.queries';

/** Uuids, and addresses as people write them. */
export type Opening = {
  title?: string | undefined;
  severity?: IncidentSeverity | undefined;
  apiKeyIds?: readonly string[];
  logIds?: readonly string[];
  addresses?: readonly string[];
  userIds?: readonly string[];
  note?: string | null | undefined;
  drill?: boolean | undefined;
  /** For what the system opens: an alert, a leak, a drill. Left out: what it is opened with says it. */
  from?: Origin;
  /** Whoever opens it tells the admins in words of their own: of a leaked key something has been done already. */
  isTold?: boolean;
};

export type NewSubject = Pick<SubjectRow, 'kind' | 'reference'>;

/** What was named, and what the records bring: their key or else their person, and their address. Each once. */
export function subjectsOfOpening(opening: Opening, records: readonly StoredRecord[]): NewSubject[] {
  const { apiKeyIds = [], userIds = [], addresses = [] } = opening;
  const networks = [...addresses, ...records.flatMap(({ ip }) => ip ?? [])].flatMap((one) => normalNetwork(one) ?? []);
  const found: NewSubject[] = [
    ...[...apiKeyIds, ...records.flatMap(({ apiKeyId }) => apiKeyId ?? [])].map((reference) => ({ kind: 'key' as const, reference })),
    ...[...userIds, ...records.flatMap(personIn)].map((reference) => ({ kind: 'person' as const, reference })),
    ...networks.map((reference) => ({ kind: 'address' as const, reference })),
  ];
  return [...new Map(found.map((subject) => [`${subject.kind} ${subject.reference}`, subject])).values()];
}

const personIn = ({ actorType, actorId, apiKeyId }: StoredRecord): string[] =>
  actorType === 'user' && actorId !== null && apiKeyId === null ? [actorId] : [];

export function originOf({ from, logIds = [], apiKeyIds = [], addresses = [], userIds = [] }: Opening): Origin {
  if (from) return from;
  const kinds: [Origin['kind'], readonly string[]][] = [
    [logIds.length === 1 ? 'record' : 'records', logIds],
    // Not of a drill, whoever calls it one: the key of a drill is what the product made for it.
    ['key', apiKeyIds],
    ['person', userIds],
    ['address', addresses],
  ];
  const [kind, references] = kinds.find(([, ids]) => ids.length > 0) ?? ['blank' as const, []];
  return { kind, references: [...references] };
}

const MOST_TITLE = 200;
const names = (list: readonly string[], many: string): string => (list.length === 1 ? (list[0] ?? '') : `${list.length} ${many}`);

/** `nameOf` tells the name of a key or a person. */
export function titleOf(subjects: readonly NewSubject[], nameOf: (subject: NewSubject) => string): string {
  const named = (kind: NewSubject['kind']): string[] => subjects.filter((one) => one.kind === kind).map(nameOf);
  const [keys, people] = [named('key'), named('person')];
  const addresses = subjects.filter(({ kind }) => kind === 'address').map(({ reference }) => addressText(reference));
  const who = keys.length > 0 ? names(keys, 'API keys') : people.length > 0 ? `The session of ${names(people, 'people')}` : null;
  const from = addresses.length > 0 ? names(addresses, 'addresses') : null;
  const title =
    who === null
      ? from === null
        ? 'Suspected breach'
        : `Suspicious requests from ${from}`
      : from === null
        ? `${who} may be in wrong hands`
        : `${who} used from ${from}`;
  return Array.from(title).slice(0, MOST_TITLE).join('');
}
