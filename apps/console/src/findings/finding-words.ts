/** The words of findings, and where they lead. */
import type { FindingState } from '@pinebill/contract';
import type { Finding, FindingDetail } from '../api-types';
import { addressPage } from '../elements/Address';
import { rowsLink } from '../incidents/live';
import { proposalLink } from '../restrictions/proposal';
import type { StatusTone } from '../theme';

export const findingPath = (id: string): string => `/findings/${encodeURIComponent(id)}`;

export const stateWords: Record<FindingState, { label: string; tone: StatusTone; meaning: string }> = {
  open: { label: 'Open', tone: 'client', meaning: 'Nobody has said that it is normal, and it was seen within the last week' },
  normal: { label: 'Normal', tone: 'success', meaning: 'Somebody has said that it is normal: the same is not found again' },
  closed: { label: 'Over', tone: 'unknown', meaning: 'Nothing more was seen for a week' },
};

/** Where everything about its subject stands; null: there is no such page. */
export function subjectPath({ kind, id }: Finding['subject']): string | null {
  if (kind === 'key') return `/api-keys/${encodeURIComponent(id)}/show`;
  return kind === 'address' || kind === 'network' ? addressPage(id) : null;
}

const DAY_MS = 86_400_000;

/** All of its rows, by its own filter, which finds more than its samples. Of a key that is silent, the day before it was. */
export const rowsOf = ({ filter, from, to, count }: Pick<Finding, 'filter' | 'from' | 'to' | 'count'>): string =>
  // A moment more, for the last row itself.
  rowsLink({
    from: count === 0 ? new Date(Date.parse(from) - DAY_MS).toISOString() : from,
    to: new Date(Date.parse(to) + 1_000).toISOString(),
    ...filter,
  });

/** `docs/detectors/new-address.md` */
export const detectorPath = (document: string): string => `/findings/detectors/${document.replace(/^.*\/|\.md$/g, '')}`;

type Facts = FindingDetail['seen'];
const listOf = (facts: Facts, ...names: string[]): string[] =>
  names.flatMap((name) => {
    const value = facts[name];
    return Array.isArray(value) ? value.map(String) : [];
  });

/** Where it matters from where a call comes, and the key still opens something. */
const restrictable: ReadonlySet<Finding['detector']> = new Set([
  ...(['unauthorizedBurst', 'requestSpike', 'newAddress', 'newCountry', 'newProgram', 'impossibleTravel'] as const),
  ...(['sensitiveFirstUse', 'idScanning', 'offHoursUse'] as const),
]);

/**
 * The editor of restrictions, with what is normal for the one key that it is about added to what is there. Where it is about several, or about nobody's, what is
 * normal for one of them would shut the others out: the organization's editor, as it is. Null: no restriction would help.
 */
export function restrictLink({
  detector,
  subject,
  normal,
  seen,
}: Pick<FindingDetail, 'detector' | 'subject' | 'normal' | 'seen'>): string | null {
  if (!restrictable.has(detector)) return null;
  const [key, ...others] = subject.kind === 'key' ? [subject.id] : listOf(seen, 'keys');
  if (key === undefined || others.length > 0) return proposalLink('/restrictions', {});
  const networks = listOf(normal, 'networksOfTheKey', 'approvedNetworks');
  const countries = listOf(normal, 'countries', 'approvedCountries');
  return proposalLink(`/api-keys/${encodeURIComponent(key)}/show`, { networks, countries });
}
