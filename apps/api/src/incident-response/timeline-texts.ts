/** What happened, in one sentence each. Pure; what is not known here is told by its name. */
import type { EventKind } from './incident-events.service';

type Data = Record<string, unknown>;
type Thing = { name?: string; how?: string };
const named = (value: unknown): string => (value as Thing | undefined)?.name ?? '';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const steps: Record<string, string> = {
  contained: 'contained',
  replaced: 'replaced',
  servicesUpdated: 'services updated',
  scoped: 'scoped',
};

/** `2025-12-02 10:30:15 UTC`: of a sentence that stands beside times of the reader's own zone. */
const moment = (value: unknown): string => `${text(value).slice(0, 19).replace('T', ' ')} UTC`;

const hows: Record<string, string> = { revoke: 'revoked', quarantine: 'quarantined', sessions: 'signed out', block: 'blocked' };

function listed(value: unknown, textOf: (thing: Thing) => string): string {
  const things = (value ?? []) as Thing[];
  const shown = things.slice(0, 5).map(textOf);
  return shown.join(', ') + (things.length > shown.length ? ` and ${things.length - shown.length} more` : '');
}

function stoppedText({ stopped, stoppedBefore }: Data): string {
  const here = listed(stopped, ({ name, how }) => `${name ?? ''} (${hows[how ?? ''] ?? 'stopped'})`);
  const before = listed(stoppedBefore, ({ name }) => name ?? '');
  return [here && `stopped ${here}`, before && `named ${before}: stopped before`].filter(Boolean).join(', and ');
}

const sentences: Record<EventKind, (data: Data) => string> = {
  opened: ({ title }) => `opened the incident: ${text(title)}.`,
  looked: () => 'looked at it, the first admin to do so.',
  changed: (data) => `changed ${Object.keys(data).join(', ')}.`,
  assigned: (data) => `made it the task of ${named(data['assignee'])}.`,
  contained: (data) => `${stoppedText(data)}.`,
  replaced: ({ key, successor }) => `replaced ${named(key)} by ${named(successor)}.`,
  serviceAdded: ({ label }) => `added the service ${text(label)}.`,
  serviceChanged: ({ label }) => `changed the service ${text(label)}.`,
  serviceRemoved: ({ label }) => `took the service ${text(label)} off the list.`,
  serviceMoved: ({ label, to }) => `saw ${text(label)} with ${text(to)}.`,
  serviceSuspected: ({ label }) => `counts ${text(label)} among the suspects: it calls from an address that the incident is about.`,
  scoped: ({ from, to }) => `confirmed the extent from ${moment(from)}${typeof to === 'string' ? ` to ${moment(to)}` : ''}.`,
  notNeeded: ({ step, because }) => `said that "${steps[text(step)] ?? ''}" is not needed: ${text(because)}`,
  neededAfterAll: ({ step }) => `said that "${steps[text(step)] ?? ''}" is needed after all.`,
  noteAdded: () => 'wrote a note.',
  followUpAdded: ({ title }) => `asked for a follow-up: ${text(title)}.`,
  followUpChanged: ({ title, doneAt }) =>
    `${typeof doneAt === 'string' ? 'has the follow-up done' : 'changed the follow-up'}: ${text(title)}.`,
  evidenceAdded: ({ added }) => `added ${Number(added)} ${Number(added) === 1 ? 'record' : 'records'} as evidence.`,
  closed: () => 'closed the incident.',
  reopened: ({ because }) => `reopened the incident: ${text(because)}`,
  holdReleased: () => 'released the hold on the evidence.',
  leakReported: ({ apiKey, url }) =>
    `was told that ${named(apiKey)} was found ${typeof url === 'string' ? `at ${url}` : 'somewhere that the report does not name'}.`,
  exported: ({ format, packet }) =>
    `took the ${packet === true ? 'support packet' : 'report'} with them${typeof format === 'string' ? ` as ${format}` : ''}.`,
};

export const eventText = (kind: EventKind, actor: string, data: Data): string =>
  `${actor} ${(sentences as Partial<typeof sentences>)[kind]?.(data) ?? `did ${kind}.`}`;

const deeds: Record<string, string> = {
  'api_key.created': 'made',
  'api_key.updated': 'changed',
  'api_key.revoked': 'revoked',
  'api_key.disabled': 'disabled',
  'api_key.enabled': 'enabled',
  'api_key.quarantined': 'quarantined',
  'api_key.rotated': 'rotated',
  'api_key.expired': 'saw the end of',
  'api_key.rotated_out': 'saw the end of the overlap of',
  'organization.restricted': 'changed from where keys may call at',
};

export const activityText = (action: string, actor: string, target: string | null): string =>
  `${actor} ${deeds[action] ?? `did ${action} to`} ${target ?? 'something'}.`;
