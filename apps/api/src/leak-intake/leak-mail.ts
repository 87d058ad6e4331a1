/** What admins read when a key of theirs was found. */
import { maskedKey, type LeakAction } from '@pinebill/contract';
import type { KeyRow } from '../api-keys';
import type { LeakReportRow } from './leak-reports.queries';

const MOST_SHOWN = 20;
type Place = Pick<LeakReportRow, 'url' | 'source' | 'token_type'>;

/** `at https://github.com/... (content, by pinebill_api_key)`. */
export function placeText({ url, source, token_type: rule }: Place): string {
  const how = [source, `by the rule ${rule}`].filter(Boolean).join(', ');
  return `${url === null ? 'somewhere that the report does not name' : `at ${url}`} (${how})`;
}

const done: Record<LeakAction, { subject: string; text: string }> = {
  revoked: {
    subject: 'was revoked',
    text: 'It was revoked at once: every call with it is refused. Make its successor, and give it to the programs that used it.',
  },
  quarantined: {
    subject: 'is quarantined',
    text: 'It was quarantined at once: it can read, and nothing else. Whoever has it can still read, so replace it, and then revoke it.',
  },
  alerted: {
    subject: 'needs you',
    text: 'Nothing was done to it: your organization has chosen to be told only, or it was held back already. Whoever has it may use it. Revoke it now.',
  },
  alreadyRevoked: { subject: 'was revoked before', text: 'It was revoked before, so nothing had to be done.' },
};

type Found = { key: KeyRow; report: Place; action: LeakAction };

/** Of one incident; `link` leads to its next step. */
export function leakMail(leaks: readonly Found[], link: string): { subject: string; text: string } {
  const [first] = leaks;
  const next = `What to do next, step by step:\n${link}`;
  const subject =
    leaks.length === 1 && first
      ? `Leaked API key ${first.key.name} ${done[first.action].subject}`
      : `${leaks.length} reports of leaked API keys`;
  const shown = leaks.slice(0, MOST_SHOWN).map(({ key, report, action }) => {
    return `The API key ${key.name} (${maskedKey(key.last4)}) was found ${placeText(report)}. ${done[action].text}`;
  });
  const rest = leaks.length > shown.length ? [`And ${leaks.length - shown.length} more: they stand in the incident.`] : [];
  return { subject, text: [...shown, ...rest, next].join('\n\n') };
}
