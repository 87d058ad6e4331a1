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

/** All of its rows, by its own filter, which finds more than its samples. */
export const rowsOf = ({ filter, from, to }: Pick<Finding, 'filter' | 'from' | 'to'>): string =>
  // A moment more, for the last row itself.
  rowsLink({ from, to: new Date(Date.parse(to) + 1_000).toISOString(), ...filter });

type Facts = FindingDetail['seen'];
const listOf = (facts: Facts, ...names: string[]): string[] =>
  names.flatMap((name) => {
    const value = facts[name];
    return Array.isArray(value) ? value.map(String) : [];
  });

/** The editor of restrictions with what is normal here filled in: of the key where it is about one, else of the organization. */
export function restrictLink({ subject, normal }: Pick<FindingDetail, 'subject' | 'normal'>): string {
  const networks = listOf(normal, 'networksOfTheKey', 'networks');
  const countries = listOf(normal, 'countries');
  return proposalLink(subject.kind === 'key' ? `/api-keys/${encodeURIComponent(subject.id)}/show` : '/restrictions', {
    networks,
    countries,
  });
}
