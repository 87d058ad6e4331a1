/** What admins read when a key of theirs was found. */
import { maskedKey, type LeakAction } from '@pinebill/contract';
import type { KeyRow } from '../api-keys';
import type { LeakReportRow } from './leak-reports.queries';

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

export function leakMail({ key, report, action, link }: { key: KeyRow; report: Place; action: LeakAction; link: string }): {
  subject: string;
  text: string;
} {
  const { subject, text } = done[action];
  const found = `The API key ${key.name} (${maskedKey(key.last4)}) was found ${placeText(report)}.`;
  const next = `What to do next, step by step:\n${link}`;
  return { subject: `Leaked API key ${key.name} ${subject}`, text: [found, text, next].join('\n\n') };
}
