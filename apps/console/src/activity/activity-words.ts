/** What entries of the activity list say, in words. An action that is not here is written out of its own name. */
import type { ActivityEntry } from '../api-types';
import { exactTime } from '../elements/times';

const sentences: Record<string, string> = {
  'api_key.created': 'Created the key',
  'api_key.updated': 'Changed the key',
  'api_key.rotated': 'Rotated the key',
  'api_key.disabled': 'Disabled the key',
  'api_key.enabled': 'Enabled the key',
  'api_key.quarantined': 'Quarantined the key',
  'api_key.revoked': 'Revoked the key',
  'api_key.expired': 'Ended on its date: the key',
  'api_key.leak_reported': 'Was told of a leak of the key',
  'api_key.rotated_out': 'Ended after the overlap: the key',
  'member.invited': 'Invited',
  'member.invitation_renewed': 'Made a new invitation for',
  'member.second_factor_reset': 'Reset the second factor of',
  'member.joined': 'Joined',
  'member.role_changed': 'Changed the role of',
  'member.suspended': 'Suspended',
  'member.reinstated': 'Let in again',
  'member.removed': 'Removed',
  'member.signed_out': 'Ended the sessions of',
  'organization.created': 'Made the organization',
  'organization.updated': 'Changed the organization',
  'organization.restricted': 'Changed the restrictions of',
  'organization.plan_changed': 'Changed the plan of',
  'organization.archive_changed': 'Changed the archive of',
  'hold.created': 'Holds records for',
  'hold.released': 'Released the hold for',
  'service.created': 'Added the service',
  'service.renamed': 'Renamed the service',
  'service.merged': 'Merged another service into',
  'team.created': 'Added the team',
  'team.renamed': 'Renamed the team',
  'team.merged': 'Merged another team into',
  'profile.updated': 'Changed the profile of',
  'session.started': 'Signed in',
  'session.failed': 'Failed to sign in as',
  'session.ended': 'Signed out',
  'password.changed': 'Changed the password of',
  'password.reset_requested': 'Asked for a new password for',
  'password.reset_link_made': 'Made a password link for',
  'password.reset': 'Set a new password with a link for',
  'second_factor.enrolled': 'Set up a second factor for',
  'second_factor.removed': 'Removed the second factor of',
  'second_factor.recovery_codes_renewed': 'Made new recovery codes for',
  'identity.linked': 'Linked an account of the sign-in provider to',
  'mail.tested': 'Sent a test mail to',
  'review.signed': 'Signed off the access review',
  'detection.changed': 'Changed what is looked at by',
  'finding.called_normal': 'Called normal:',
  'finding.normal_taken_back': 'No longer calls normal:',
  'finding.incident_opened': 'Opened an incident from',
  'normal_usage.drafted': 'Drafted the normal usage of',
  'normal_usage.changed': 'Changed the draft of the normal usage of',
  'normal_usage.approved': 'Approved the normal usage of',
  'normal_usage.draft_deleted': 'Deleted the draft of the normal usage of',
  'alert_rule.created': 'Made the alert rule',
  'alert_rule.changed': 'Changed the alert rule',
  'alert_rule.deleted': 'Deleted the alert rule',
  'alert.acknowledged': 'Acknowledged the alert',
  'alert.assigned': 'Assigned the alert',
  'alert.resolved': 'Resolved the alert',
  'alert.incident_opened': 'Opened an incident from the alert',
  'saved_view.created': 'Saved the view',
  'saved_view.changed': 'Changed the view',
  'saved_view.shared': 'Shared the view',
  'saved_view.unshared': 'Took back the view',
  'saved_view.deleted': 'Deleted the view',
  'saved_view.default_set': 'Opens the log with',
  'saved_view.default_dropped': 'No longer opens the log with',
  'incident_template.changed': 'Changed the template of incident reports of',
  'export.created': 'Asked for an export of',
  'export.finished': 'Finished the export of',
  'export.failed': 'Failed at the export of',
  'export.cancelled': 'Cancelled the export of',
  'export.deleted': 'Deleted the files of the export of',
  'export.delivered': 'Delivered the export of',
  'export.delivery_failed': 'Gave up delivering the export of',
  'export.delivery_retried': 'Had delivery tried again for the export of',
  'export.delivery_removed': 'Removed, where it was delivered, the export of',
  'export.downloaded': 'Downloaded an export of',
  'export.streamed': 'Downloaded rows of',
  'export_schedule.created': 'Made the schedule of exports',
  'export_schedule.deleted': 'Deleted the schedule of exports',
  'maintenance.started': 'Started maintenance',
  'maintenance.changed': 'Announced another end of the maintenance',
  'maintenance.ended': 'Ended the maintenance',
  'leak_check.made': 'Checked a text for leaked keys',
  'incident.leak_reported': 'Was told of a leak, which belongs to the incident',
  'incident.opened': 'Opened the incident',
  'incident.looked': 'Looked at the incident',
  'incident.changed': 'Changed the incident',
  'incident.assigned': 'Assigned the incident',
  'incident.contained': 'Stopped what it is about: the incident',
  'incident.replaced': 'Made a new key for the incident',
  'incident.service_added': 'Added a service to the incident',
  'incident.service_changed': 'Changed a service of the incident',
  'incident.service_removed': 'Took a service off the incident',
  'incident.service_moved': 'A service moved to the new key of the incident',
  'incident.scoped': 'Confirmed the extent of the incident',
  'incident.not_needed': 'Said that a step is not needed for the incident',
  'incident.needed_after_all': 'Said that a step is needed after all for the incident',
  'incident.note_added': 'Wrote a note to the incident',
  'incident.follow_up_added': 'Added a follow-up to the incident',
  'incident.follow_up_changed': 'Changed a follow-up of the incident',
  'incident.evidence_added': 'Added evidence to the incident',
  'incident.closed': 'Closed the incident',
  'incident.reopened': 'Reopened the incident',
  'incident.hold_released': 'Released the evidence of the incident',
  'incident.exported': 'Downloaded the report of the incident',
  'channel.created': 'Made the channel',
  'channel.changed': 'Changed the channel',
  'channel.deleted': 'Deleted the channel',
  'channel.enabled': 'Switched on the channel',
  'channel.disabled': 'Switched off the channel',
  'channel.secret_rotated': 'Made a new secret for the channel',
  'channel.tested': 'Sent a test to the channel',
  'channel.delivery_replayed': 'Delivered again to the channel',
  'journal.settled': 'Gave up the journal of',
};

export function sentenceOf({ action, after }: Pick<ActivityEntry, 'action' | 'after'>): string {
  if (action === 'session.ended' && after?.['endedFrom'] === 'another session') return 'Ended one of the own sessions';
  const known = sentences[action];
  if (known !== undefined) return known;
  const [thing = '', what = ''] = action.split('.').map((word) => word.replaceAll('_', ' '));
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${thing}`;
}

/** Sentences that are whole without naming what they were done to. */
export const isWhole = ({ action }: Pick<ActivityEntry, 'action'>): boolean =>
  /^(session\.(started|ended)|review\.|maintenance\.|leak_check\.)/.test(action);

const notSignedIn: ReadonlySet<string> = new Set(['sign-in', 'password reset']);

/** What has no person behind it was done by the clock or by an order to the product, or by somebody who was not signed in. */
export function whoText({ type, name }: ActivityEntry['actor']): string {
  if (type !== 'system') return name;
  return notSignedIn.has(name) ? 'Not signed in' : 'PineBill';
}

/** What the filter offers, as the API takes it. */
export const families: readonly [action: string, label: string][] = [
  ['api_key.*', 'API keys'],
  ['api_key.created,api_key.rotated', 'Secrets shown'],
  ['api_key.revoked', 'Keys revoked'],
  ['api_key.leak_reported,leak_check.*', 'Leaks'],
  ['member.*', 'Members and invitations'],
  ['member.role_changed', 'Roles changed'],
  ['session.*,identity.*', 'Sign-ins and sign-outs'],
  ['session.failed', 'Failed sign-ins'],
  ['password.*,profile.*', 'Passwords and profiles'],
  ['second_factor.*,member.second_factor_reset', 'Second factors'],
  ['organization.*,mail.*', 'The organization'],
  ['organization.plan_changed,organization.archive_changed,hold.*', 'Plan, holds and archives'],
  ['service.*,team.*', 'Services and teams'],
  ['review.*', 'Reviews'],
  ['saved_view.*', 'Saved views'],
  ['incident.*,incident_template.*', 'Incidents'],
  ['finding.*,normal_usage.*,detection.*', 'Detection'],
  ['alert.*,alert_rule.*,channel.*', 'Alerts, rules and channels'],
  ['export.*,export_schedule.*', 'Exports and downloads'],
  ['maintenance.*,journal.*', 'Maintenance and operations'],
  ['!session.*', 'Everything but sign-ins'],
];

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/;

export function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'nothing';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'nothing' : value.map(valueText).join(', ');
  if (typeof value === 'string') return instant.test(value) ? exactTime(value) : value;
  return JSON.stringify(value);
}

/** `perKeyPerMinute` → `Per key per minute` */
export function fieldText(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('_', ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

type Fields = Record<string, unknown>;
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One level, whatever is inside: `limits` of two members are two fields. */
function flat(fields: Fields | null, prefix = ''): Map<string, unknown> {
  const pairs = Object.entries(fields ?? {}).flatMap(([name, value]): [string, unknown][] => {
    const label = prefix === '' ? fieldText(name) : `${prefix}, ${fieldText(name).toLowerCase()}`;
    return isFields(value) ? [...flat(value, label)] : [[label, value]];
  });
  return new Map(pairs);
}

export type Difference = { field: string; before: string | null; after: string | null };

/** Field by field what was and what is; only what differs. A side that the entry does not have is null. */
export function differences(entry: Pick<ActivityEntry, 'before' | 'after'>): Difference[] {
  const [before, after] = [flat(entry.before), flat(entry.after)];
  const side = (all: Map<string, unknown>, field: string, present: boolean): string | null => (present ? valueText(all.get(field)) : null);
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((field) => ({
      field,
      before: side(before, field, before.has(field)),
      after: side(after, field, after.has(field)),
    }))
    .filter((one) => one.before !== one.after);
}

/** For the line of the list. */
export const inBrief = (entry: Pick<ActivityEntry, 'before' | 'after'>): string =>
  differences(entry)
    .filter(({ before, after }) => before !== null && after !== null)
    .map(({ field, before, after }) => `${field}: ${before ?? ''} → ${after ?? ''}`)
    .join(' · ');
