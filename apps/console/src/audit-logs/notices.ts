/** Rows that are no requests, in words: `gap` (something is missing, or was counted instead of kept) and `mode` (how it is recorded). */
import type { LogRecord } from '../api-types';
import { numberOf } from '../elements/figures';

type NoticeText = { title: string; why: string; range: { from: string; to: string } | null };

const causes: Record<string, string> = {
  coalesced:
    'One address was refused more often than is kept one by one. From its bound on, refusals are counted here instead of written as rows of their own.',
  journal_full: 'The journal on disk was full, so requests were refused with 503 rather than served without a record.',
  journal_failing: 'The journal could not be written, so requests were refused with 503 rather than served without a record.',
  overload: 'More requests were open than are worked on at once, so further ones were answered 503 with a time to come again.',
  process_died:
    'In the mode "async", the process was killed before these were on disk. They were answered; no more than this many are missing.',
  store_away: 'The database was away longer than the journal could hold.',
  overflow: 'In the mode "async", more requests came than could be written; these were served without a record.',
  journal_damaged: 'Part of the journal on disk was damaged before it reached the database.',
};
const modes: Record<string, string> = {
  durable: 'Each answer waits until its record is on disk.',
  committed: 'Each answer waits until its record is in the database.',
  async: 'Answers do not wait for their records: a crash may lose the latest ones.',
};

/** `3 refusals`, `At most 1 request`. */
function amount({ count, atMost }: NonNullable<LogRecord['gap']>, unit: string): string {
  const most = count ?? atMost;
  return `${count === null ? 'At most ' : ''}${numberOf(most, unit)}`;
}

function ofMode(query: LogRecord['query']): NoticeText {
  const [from, to] = [String(query?.['from'] ?? 'unknown'), String(query?.['to'] ?? 'unknown')];
  return { title: `The recording mode changed from ${from} to ${to}`, why: modes[to] ?? 'See the operations guide.', range: null };
}

export function noticeOf({ kind, gap, query, ip }: Pick<LogRecord, 'kind' | 'gap' | 'query' | 'ip'>): NoticeText {
  if (kind === 'mode') return ofMode(query);
  if (!gap) return { title: 'Requests are missing here', why: 'Neither how many nor why is known.', range: null };
  const title =
    gap.cause === 'coalesced'
      ? `${amount(gap, 'refusal')}${ip ? ` from ${ip}` : ''}, counted together`
      : `${amount(gap, 'request')} not recorded`;
  return { title, why: causes[gap.cause] ?? `Cause: ${gap.cause.replaceAll('_', ' ')}.`, range: { from: gap.from, to: gap.to } };
}
