/** What reports and checks of leaked keys say, in words. */
import type { LeakAction, LeakPolicy, LeakVerdict } from '@pinebill/contract';
import type { StatusTone } from '../theme';

export const actionWords: Record<LeakAction, { label: string; tone: StatusTone; meaning: string }> = {
  revoked: { label: 'Revoked', tone: 'success', meaning: 'It was revoked as soon as it was reported' },
  quarantined: { label: 'Quarantined', tone: 'client', meaning: 'It can read, and nothing else, since it was reported' },
  alerted: { label: 'Told only', tone: 'server', meaning: 'Nothing was done to the key: look at the incident' },
  alreadyRevoked: { label: 'Was revoked', tone: 'unknown', meaning: 'It had been revoked before it was reported' },
};

export const policyWords: Record<LeakPolicy, { label: string; meaning: string }> = {
  revoke: { label: 'Revoke it', meaning: 'Every call with it is refused within a second. Programs that use it stop until they have its successor.' },
  quarantine: { label: 'Quarantine it', meaning: 'It can read, and nothing else, until somebody decides. Whoever found it can read as well.' },
  alert: { label: 'Only tell us', meaning: 'It goes on working for everybody, whoever found it included, until somebody revokes it.' },
}; // prettier-ignore

export const verdictWords: Record<LeakVerdict, { title: string; text: string; tone: StatusTone }> = {
  notAKey: {
    title: 'No key',
    text: 'Nothing here has the form of a PineBill key: pbk_ and 36 letters and digits. What is cut short or masked (pbk_...x7f2) cannot be recognised.',
    tone: 'unknown',
  },
  badChecksum: {
    title: 'Not a key: the checksum is wrong',
    text: 'It looks like a key and was never one: mistyped, cut, or made up. If somebody copied it by hand, ask for it once more.',
    tone: 'client',
  },
  unknown: {
    title: 'Not a key of this organization',
    text: 'It is right in itself, so it may be a key of another installation, or of somebody else. None of your keys has leaked here.',
    tone: 'client',
  },
  known: {
    title: 'This is your key',
    text: 'Whoever saw this text can use it. Revoke it now, and look at what was done with it.',
    tone: 'server',
  },
};
export const deadKeyText = 'It was your key, and every call with it is refused. Look at who still tries, and what was done with it before.';

/** `pbk_…x7f2`, of what was pasted: a key never stands on the screen in full a second time. */
export const maskedText = (text: string): string => (text.length < 12 ? text : `${text.slice(0, 4)}…${text.slice(-4)}`);

/** In the words of an editor. */
export function placeIn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A report is somebody else's text: only what leads to a page is made a link. */
export const linkOf = (url: string): string | null => (/^https?:\/\//i.test(url) && URL.canParse(url) ? url : null);

const sources: Record<string, string> = { content: 'in a file', commit: 'in a commit', npm: 'in an npm package', unknown: 'somewhere' };
export function sourceText(source: string | null): string {
  const words = (source ?? '').toLowerCase().replaceAll('_', ' ');
  return words === '' ? '' : (sources[words] ?? `in ${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`);
}
