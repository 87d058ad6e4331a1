/** A rule as it is kept: what it takes, how it is written down, and how it is shown. */
import { weekdays, type AlertGrouping, type AlertRuleKind, type AlertSeverity, type FieldIssue, type QuietHours } from '@pinebill/contract'; // prettier-ignore
import type { StatsGroup } from '@pinebill/nestjs-audit';
import { bodyFilterOf, readBodyLogFilter, type BodyFilter } from '../audit-logs';
import { parseId, typeId } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import type { AlertRuleView, ChangeAlertRule, EscalationFields, QuietHoursFields } from './alert-rules.dto';
import { isTimeZone } from './quiet-hours';
import { normalSubjects, subjectIssues, type RuleSubject } from './rule-subjects';

/** Uuids. */
export type Escalation = { afterMinutes: number; channelIds: string[]; mailAdmins: boolean };

type OfCalls = { kind: 'filter'; filter: BodyFilter; threshold: number; windowMinutes: number; groupBy: AlertGrouping };
type OfFindings = { kind: 'detector'; detectors: string[] | null; leastSeverity: AlertSeverity; subjects: RuleSubject[] | null };
export type Watch = OfCalls | OfFindings;
export type RuleContent = {
  name: string;
  severity: AlertSeverity;
  enabled: boolean;
  watch: Watch;
  coolDownMinutes: number;
  quietHours: QuietHours | null;
  channelIds: string[];
  escalation: Escalation | null;
};

export type RuleRow = {
  id: string;
  name: string;
  kind: AlertRuleKind;
  severity: AlertSeverity;
  enabled: boolean;
  version: number;
  filter: BodyFilter | null;
  threshold: string | null;
  window_minutes: number | null;
  group_by: AlertGrouping | null;
  detectors: string[] | null;
  least_severity: AlertSeverity | null;
  subjects: RuleSubject[] | null;
  cool_down_minutes: number;
  quiet_hours: QuietHours | null;
  channel_ids: string[];
  escalation: Escalation | null;
  counts_from: number;
  through_sequence: string;
  last_minute: number | null;
  rests_since: Date | null;
  failures: number;
  failing_since: Date | null;
  last_error: string | null;
  missed_calls: string;
  missed_at: Date | null;
  held_back: number;
  held_back_at: Date | null;
  created_at: Date;
  created_by: string;
  created_by_name: string;
  changed_at: Date;
  changed_by_name: string;
};
export const ruleColumns = `r.id, r.name, r.kind, r.severity, r.enabled, r.version, r.filter, r.threshold, r.window_minutes, r.group_by, r.detectors, r.least_severity,
  r.subjects, r.cool_down_minutes, r.quiet_hours, r.channel_ids, r.escalation, r.counts_from, r.through_sequence, r.last_minute, r.rests_since, r.failures,
  r.failing_since, r.last_error, r.missed_calls, r.missed_at, r.held_back, r.held_back_at, r.created_at, r.created_by, r.created_by_name,
  r.changed_at, r.changed_by_name`;

/** null of the grammar of figures: all calls together. */
export const groupOf = (groupBy: AlertGrouping): StatsGroup | null => (groupBy === 'none' ? null : groupBy);

const MOST_FILTER_BYTES = 16_384;

export const watchOf = (row: RuleRow): Watch =>
  row.kind === 'filter'
    ? { kind: 'filter', filter: row.filter ?? {}, threshold: Number(row.threshold), windowMinutes: row.window_minutes ?? 1, groupBy: row.group_by ?? 'none' }
    : { kind: 'detector', detectors: row.detectors, leastSeverity: row.least_severity ?? 'low', subjects: row.subjects }; // prettier-ignore

export const contentOf = (row: RuleRow): RuleContent => ({
  name: row.name,
  severity: row.severity,
  enabled: row.enabled,
  watch: watchOf(row),
  coolDownMinutes: row.cool_down_minutes,
  quietHours: row.quiet_hours,
  channelIds: row.channel_ids,
  escalation: row.escalation,
});

/** $3 on, in the order of `storedColumns`. */
export const storedColumns = ['name', 'kind', 'severity', 'enabled', 'filter', 'threshold', 'window_minutes', 'group_by', 'detectors', 'least_severity', 'subjects', 'cool_down_minutes', 'quiet_hours', 'channel_ids', 'escalation'] as const; // prettier-ignore
export function stored({ watch, ...content }: RuleContent): unknown[] {
  return [
    ...[
      content.name,
      watch.kind,
      content.severity,
      content.enabled,
      ...(watch.kind === 'filter' ? storedCalls(watch) : storedFindings(watch)),
    ],
    ...[content.coolDownMinutes, json(content.quietHours), content.channelIds, json(content.escalation)],
  ];
}
const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value));
const storedCalls = ({ filter, threshold, windowMinutes, groupBy }: OfCalls): unknown[] => [
  ...[json(filter), threshold, windowMinutes, groupBy],
  ...[null, null, null],
];
const storedFindings = ({ detectors, leastSeverity, subjects }: OfFindings): unknown[] => [
  ...[null, null, null, null],
  ...[detectors, leastSeverity, json(subjects)],
];

/** What a new rule begins with, beside what is asked for. */
const fresh = (kind: AlertRuleKind): RuleContent => ({
  ...{ name: '', severity: 'high', enabled: true, coolDownMinutes: 60, quietHours: null, channelIds: [], escalation: null },
  watch:
    kind === 'filter'
      ? { kind, filter: {}, threshold: 0, windowMinutes: 5, groupBy: 'none' }
      : { kind, detectors: null, leastSeverity: 'low', subjects: null },
});

/** Throws `invalid_field` with one issue for each thing that is wrong. */
export function newContent({ kind, ...fields }: Omit<ChangeAlertRule, 'version'> & { kind: AlertRuleKind }): RuleContent {
  const missing = kind === 'filter' ? (['filter', 'threshold'] as const).filter((name) => fields[name] === undefined) : [];
  if (missing.length > 0)
    throw invalidFields(missing.map((name) => ({ pointer: `/${name}`, rule: 'required', expected: 'is needed for a rule about calls' })));
  return changedContent(fresh(kind), fields);
}

const kept = <T>(asked: T | undefined, was: T): T => (asked === undefined ? was : asked);

/** What is left out stays as it was. */
export function changedContent(before: RuleContent, body: ChangeAlertRule): RuleContent {
  const issues = [...strayFields(before.watch.kind, body), ...subjectIssues(body), ...quietIssues(body), ...channelIssues(body)];
  if (issues.length > 0) throw invalidFields(issues);
  return {
    name: kept(body.name, before.name).trim(),
    severity: kept(body.severity, before.severity),
    enabled: kept(body.enabled, before.enabled),
    watch: before.watch.kind === 'filter' ? changedCalls(before.watch, body) : changedFindings(before.watch, body),
    coolDownMinutes: kept(body.coolDownMinutes, before.coolDownMinutes),
    quietHours: kept(body.quietHours && quietOf(body.quietHours), before.quietHours),
    channelIds: kept(body.channelIds && channels(body.channelIds), before.channelIds),
    escalation: kept(body.escalation && escalationOf(body.escalation), before.escalation),
  };
}

const changedCalls = (before: OfCalls, body: ChangeAlertRule): OfCalls => ({
  kind: 'filter',
  filter: kept(body.filter && ruleFilter(body.filter), before.filter),
  threshold: kept(body.threshold, before.threshold),
  windowMinutes: kept(body.windowMinutes, before.windowMinutes),
  groupBy: kept(body.groupBy, before.groupBy),
});
const changedFindings = (before: OfFindings, body: ChangeAlertRule): OfFindings => ({
  kind: 'detector',
  detectors: kept(body.detectors && [...new Set(body.detectors)], before.detectors),
  leastSeverity: kept(body.leastSeverity, before.leastSeverity),
  subjects: kept(body.subjects && normalSubjects(body.subjects), before.subjects),
});
const quietOf = ({ weekdays: days, from, to, timeZone, criticalPasses = true }: QuietHoursFields): QuietHours => ({
  ...{ weekdays: days, from, to, timeZone, criticalPasses },
});

const ofKind = {
  filter: ['filter', 'threshold', 'windowMinutes', 'groupBy'],
  detector: ['detectors', 'leastSeverity', 'subjects'],
} as const;

function strayFields(kind: AlertRuleKind, body: ChangeAlertRule): FieldIssue[] {
  const others = kind === 'filter' ? ofKind.detector : ofKind.filter;
  const expected = kind === 'filter' ? 'is for rules about findings; this one is about calls' : 'is for rules about calls; this one is about findings'; // prettier-ignore
  return others
    .filter((name) => body[name] !== undefined && body[name] !== null)
    .map((name) => ({ pointer: `/${name}`, rule: 'kind', expected }));
}

function ruleFilter(given: Record<string, unknown>): BodyFilter {
  const filter = bodyFilterOf(given);
  const { from, to } = readBodyLogFilter(filter);
  if (from !== null || to !== null)
    throw invalidFields([{ pointer: '/filter', rule: 'period', expected: 'takes no from and to: a rule looks at calls as they come' }]);
  if (Buffer.byteLength(JSON.stringify(filter)) > MOST_FILTER_BYTES)
    throw invalidFields([{ pointer: '/filter', rule: 'length', expected: `takes at most ${MOST_FILTER_BYTES} bytes` }]);
  return filter;
}

function quietIssues({ quietHours }: ChangeAlertRule): FieldIssue[] {
  if (!quietHours) return [];
  const wrong: FieldIssue[] = [];
  if (!isTimeZone(quietHours.timeZone))
    wrong.push({ pointer: '/quietHours/timeZone', rule: 'timeZone', expected: 'takes a time zone such as Europe/Berlin' });
  if (quietHours.from === quietHours.to && quietHours.weekdays.length === weekdays.length)
    wrong.push({ pointer: '/quietHours', rule: 'length', expected: 'leaves some time in which people are told' });
  return wrong;
}

function channelIssues({ channelIds, escalation }: ChangeAlertRule): FieldIssue[] {
  const lists: [string, readonly string[]][] = [
    ['/channelIds', channelIds ?? []],
    ['/escalation/channelIds', escalation?.channelIds ?? []],
  ];
  const wrong = lists.filter(([, ids]) => ids.some((id) => parseId('chn', id) === null));
  const noOne = escalation && escalation.mailAdmins === false && (escalation.channelIds ?? []).length === 0;
  return [
    ...wrong.map(([pointer]) => ({ pointer, rule: 'format', expected: 'takes ids that start with chn_' })),
    ...(noOne ? [{ pointer: '/escalation', rule: 'empty', expected: 'tells the admins or at least one channel' }] : []),
  ];
}

const channels = (ids: readonly string[]): string[] => [...new Set(ids.flatMap((id) => parseId('chn', id) ?? []))];
const escalationOf = ({ afterMinutes, channelIds, mailAdmins }: EscalationFields): Escalation => ({
  afterMinutes,
  channelIds: channels(channelIds ?? []),
  mailAdmins: mailAdmins ?? true,
});

/** All that it may tell. */
export const channelsOf = ({ channelIds, escalation }: RuleContent): string[] => [...channelIds, ...(escalation?.channelIds ?? [])];

export function withoutChannel({ escalation, ...content }: RuleContent, channelId: string): RuleContent {
  const without = (ids: readonly string[]): string[] => ids.filter((id) => id !== channelId);
  const left = escalation && { ...escalation, channelIds: without(escalation.channelIds) };
  const isEmpty = left !== null && !left.mailAdmins && left.channelIds.length === 0;
  return { ...content, channelIds: without(content.channelIds), escalation: isEmpty ? null : left };
}

/** Whether it counts something else than before, so that what was counted is worth nothing. */
export const countsAnew = (before: RuleContent, after: RuleContent): boolean =>
  JSON.stringify(before.watch) !== JSON.stringify(after.watch) || (after.enabled && !before.enabled);

type OfRule = 'id' | 'version' | 'health' | 'createdAt' | 'createdBy' | 'changedAt' | 'changedBy' | 'openAlerts' | 'lastFiredAt';

/** For the activity log, for an alert to keep, and as the API shows it. */
export function toContentView({ watch, escalation, quietHours, ...content }: RuleContent): Omit<AlertRuleView, OfRule> {
  return {
    name: content.name,
    kind: watch.kind,
    severity: content.severity,
    enabled: content.enabled,
    ...watchView(watch),
    coolDownMinutes: content.coolDownMinutes,
    quietHours: quietHours && { ...quietHours, weekdays: [...quietHours.weekdays] },
    channelIds: content.channelIds.map((id) => typeId('chn', id)),
    escalation: escalation && { ...escalation, channelIds: escalation.channelIds.map((id) => typeId('chn', id)) },
  };
}

type WatchView = Pick<AlertRuleView, 'filter' | 'threshold' | 'windowMinutes' | 'groupBy' | 'detectors' | 'leastSeverity' | 'subjects'>;
function watchView(watch: Watch): WatchView {
  if (watch.kind === 'detector') {
    const { detectors, leastSeverity, subjects } = watch;
    return { filter: null, threshold: null, windowMinutes: null, groupBy: null, detectors, leastSeverity, subjects };
  }
  const { filter, threshold, windowMinutes, groupBy } = watch;
  return { filter, threshold, windowMinutes, groupBy, detectors: null, leastSeverity: null, subjects: null };
}
