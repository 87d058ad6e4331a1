/** What happened, in words: a sentence for the kind, and what it was about. What is not known here is told by its own names: nothing is left out. */
import type { ReportedEvent } from './incident-report';

const sentences: Record<string, string> = {
  opened: 'Opened',
  looked: 'First look of an admin',
  changed: 'Described anew',
  assigned: 'Assigned',
  contained: 'Contained',
  replaced: 'A new key took the place of the old one',
  serviceAdded: 'A service was added',
  serviceChanged: 'A service was changed',
  serviceRemoved: 'A service was taken off the list',
  serviceMoved: 'A service was seen with the new key',
  scoped: 'The extent was confirmed',
  notNeeded: 'A step was said not to be needed',
  neededAfterAll: 'A step is needed after all',
  noteAdded: 'A note was written',
  followUpAdded: 'A follow-up was added',
  followUpChanged: 'A follow-up was changed',
  evidenceAdded: 'Records were kept as evidence',
  closed: 'Closed',
  reopened: 'Opened again',
  holdReleased: 'The evidence is no longer held',
  leakReported: 'A leak was reported',
};

/** `serviceMoved` is `service moved`. */
export const words = (name: string): string => name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

export const sentenceOf = ({ kind }: Pick<ReportedEvent, 'kind'>): string =>
  Object.hasOwn(sentences, kind) ? (sentences[kind] ?? kind) : capitalized(words(kind));

/** Each fact of it as `name: value`; `null` and what is empty say nothing. */
export function factsIn(data: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(data).flatMap(([name, value]) => {
    const text = textOf(value);
    return text === '' ? [] : [`${words(name)}: ${text}`];
  });
}

export function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? textOfMembers(value) : '';
}

/** What has a name is told by it. */
function textOfMembers(value: object): string {
  if (Array.isArray(value)) return value.map(textOf).filter((text) => text !== '').join(', '); // prettier-ignore
  const { name, label } = value as { name?: unknown; label?: unknown };
  const named = [name, label].find((text) => typeof text === 'string' && text !== '');
  return typeof named === 'string' ? named : factsIn(value as Record<string, unknown>).join('; ');
}
