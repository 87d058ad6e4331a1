/** Which fields a channel of each kind takes. */
import type { ChannelKind, FieldIssue } from '@pinebill/contract';
import type { ChangeChannel } from './channels.dto';

export type ChannelFields = Pick<ChangeChannel, 'recipients' | 'url' | 'routingKey'>;
type Field = keyof ChannelFields;

const takes: Record<ChannelKind, { needed: Field; also: readonly Field[] }> = {
  mail: { needed: 'recipients', also: [] },
  webhook: { needed: 'url', also: [] },
  slack: { needed: 'url', also: [] },
  teams: { needed: 'url', also: [] },
  // Never a URL alone: the key that is sealed would be sent to it.
  pagerDuty: { needed: 'routingKey', also: ['url'] },
};
const what: Record<Field, string> = {
  recipients: 'takes admins or members, by their id or e-mail address',
  url: 'takes a URL with https',
  routingKey: 'takes the integration key of a service',
};

/** The first thing that is missing, or too much; null: it fits. */
export function misfit(kind: ChannelKind, fields: ChannelFields): FieldIssue | null {
  const { needed, also } = takes[kind];
  const strange = (Object.keys(what) as Field[]).find((field) => fields[field] !== undefined && field !== needed && !also.includes(field));
  if (strange !== undefined)
    return { pointer: `/${strange}`, rule: 'kind', expected: `takes nothing: a channel of the kind ${kind} has ${needed}` };
  return fields[needed] === undefined ? { pointer: `/${needed}`, rule: 'required', expected: what[needed] } : null;
}
