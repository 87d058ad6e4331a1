/** What an entry can be about. Another one: a line here, and its prefix. */
import type { IdPrefix } from '../platform/ids';

export const activityTargets = [
  'apiKey',
  'member',
  'invitation',
  'organization',
  'session',
  'user',
  'review',
  'service',
  'team',
  'export',
  'exportSchedule',
  'savedView',
  'incident',
  'alertRule',
  'alert',
  'channel',
  'finding',
  'normalUsage',
] as const;
export type ActivityTarget = (typeof activityTargets)[number];

export const targetPrefixes: Record<ActivityTarget, IdPrefix> = {
  apiKey: 'key',
  member: 'mem',
  invitation: 'ivt',
  organization: 'org',
  session: 'ses',
  user: 'usr',
  review: 'rvw',
  service: 'svc',
  team: 'team',
  export: 'exp',
  exportSchedule: 'xsc',
  savedView: 'viw',
  incident: 'inc',
  alertRule: 'rul',
  alert: 'alr',
  channel: 'chn',
  finding: 'fnd',
  normalUsage: 'nus',
};
