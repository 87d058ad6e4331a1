/** What a person reads about each section, and what helps. */
import type { KeyPolicy } from '../api-keys';
import type { KeyAction } from './hygiene.dto';
import type { SectionKind } from './hygiene-sections';

type Text = { title: string; rule: string; advice: string; actions: KeyAction[] };

const days = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

export function sectionText(kind: SectionKind, { rotationDays, idleDays, expiringDays }: KeyPolicy): Text {
  const texts: Record<SectionKind, Text> = {
    rotationOverdue: {
      title: 'Rotation overdue',
      rule: `Keys in use that are older than ${days(rotationDays)}.`,
      advice: 'Rotate: the successor gets a secret of its own, and the old one works on for the overlap that you choose.',
      actions: ['rotate', 'revoke'],
    },
    rotationSoon: {
      title: 'Rotation due soon',
      rule: `Keys that will be ${days(rotationDays)} old within 14 days. Admins get a mail 14, 7 and 1 days ahead.`,
      advice: 'Plan the rotation with the team that uses the key, or rotate now.',
      actions: ['rotate', 'revoke'],
    },
    expiring: {
      title: 'Expiring',
      rule: `Keys that stop working by themselves within ${days(expiringDays)}.`,
      advice: 'Where a program still needs the key, replace it before it ends; else revoke it.',
      actions: ['rotate', 'replace', 'revoke'],
    },
    neverUsed: {
      title: 'Never used',
      rule: 'Keys older than a day with which no request was ever accepted, as far as the log reaches.',
      advice: 'Revoke, unless the program that the key is for is about to start.',
      actions: ['revoke'],
    },
    idle: {
      title: 'Not used any more',
      rule: `Keys without an accepted request for ${days(idleDays)}. Requests that were refused are no use, and are counted apart.`,
      advice: 'Ask the team that the key belongs to, then revoke: what nobody needs can only be lost.',
      actions: ['revoke'],
    },
    shared: {
      title: 'Used by several services',
      rule: 'Keys that at least two services use: programs that call from networks of their own, each with a tenth of the requests or more, on at least three common days of the last seven. Versions, further networks of one program and what stands behind one address are not told apart.',
      advice: 'Give each service a key of its own: then a leak concerns one of them, and revoking hurts one only.',
      actions: ['replace'],
    },
    unowned: {
      title: 'Without service or team',
      rule: 'Keys for which nobody wrote down which service uses them, or which team to ask.',
      advice: 'Say which service uses the key and whom to ask. If nobody knows, look at who calls with it, then revoke it.',
      actions: ['setOwner', 'revoke'],
    },
  };
  return texts[kind];
}
