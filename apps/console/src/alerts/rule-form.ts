/** What the editor of a rule holds, and what of it goes to the API. Pure. */
import {
  weekdays,
  type AlertGrouping,
  type AlertRuleKind,
  type AlertSeverity,
  type DetectorName,
  type FindingSubjectKind,
  type Weekday,
} from '@pinebill/contract';
import type { AlertRule, NewAlertRule } from '../api-types';
import { apiFilter, type LogQuery } from '../audit-logs/log-query';
import { browserZone } from '../elements/time-zone';
import { noFilter, queryOfFilter } from './alert-words';

export type RuleForm = {
  kind: AlertRuleKind;
  name: string;
  severity: AlertSeverity;
  enabled: boolean;
  query: LogQuery;
  /** As typed: a number is asked for when it is sent. */
  threshold: string;
  windowMinutes: string;
  groupBy: AlertGrouping;
  /** Empty: all. */
  detectors: readonly DetectorName[];
  leastSeverity: AlertSeverity;
  /** Empty: about anything. A value that is empty: any of the kind. */
  subjects: readonly { kind: FindingSubjectKind; value: string }[];
  coolDownMinutes: string;
  quiet: { on: boolean; weekdays: readonly Weekday[]; from: string; to: string; timeZone: string; criticalPasses: boolean };
  channelIds: readonly string[];
  escalation: { on: boolean; afterMinutes: string; channelIds: readonly string[]; mailAdmins: boolean };
};

const quietOff = (): RuleForm['quiet'] => ({
  ...{ on: false, weekdays, from: '22:00', to: '07:00', timeZone: browserZone(), criticalPasses: true },
});
const escalationOff: RuleForm['escalation'] = { on: false, afterMinutes: '30', channelIds: [], mailAdmins: true };

export const newRule = (): RuleForm => ({
  ...{ kind: 'filter', name: '', severity: 'high', enabled: true, query: noFilter, threshold: '20', windowMinutes: '5', groupBy: 'none' },
  ...{ detectors: [], leastSeverity: 'medium', subjects: [], coolDownMinutes: '60', quiet: quietOff(), channelIds: [], escalation: escalationOff },
}); // prettier-ignore

export function formOf(rule: AlertRule): RuleForm {
  const base = newRule();
  return {
    ...base,
    ...{ kind: rule.kind, name: rule.name, severity: rule.severity, enabled: rule.enabled },
    subjects: (rule.subjects ?? []).map(({ kind, value }) => ({ kind, value: value ?? '' })),
    ...{ channelIds: rule.channelIds, coolDownMinutes: String(rule.coolDownMinutes) },
    query: rule.filter ? queryOfFilter(rule.filter) : base.query,
    threshold: String(rule.threshold ?? base.threshold),
    windowMinutes: String(rule.windowMinutes ?? base.windowMinutes),
    groupBy: rule.groupBy ?? base.groupBy,
    detectors: rule.detectors ?? [], // the API knows no others
    leastSeverity: rule.leastSeverity ?? base.leastSeverity,
    quiet: rule.quietHours ? { on: true, ...rule.quietHours } : base.quiet,
    escalation: rule.escalation ? { on: true, ...rule.escalation, afterMinutes: String(rule.escalation.afterMinutes) } : base.escalation,
  };
}

const number = (text: string): number => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);

/** What is missing, in words; null: it can be tried and saved. */
export function missing(form: RuleForm): string | null {
  if (form.kind === 'filter' && !(number(form.threshold) >= 1)) return 'Say how many calls are too many: a whole number, 1 or more.';
  if (form.kind === 'filter' && !(number(form.windowMinutes) >= 1 && number(form.windowMinutes) <= 1_440))
    return 'Say within how many minutes: 1 to 1440.';
  if (!(number(form.coolDownMinutes) >= 0)) return 'Say how long it pauses: a whole number of minutes, or 0.';
  if (form.quiet.on && form.quiet.weekdays.length === 0) return 'Choose the days on which quiet hours begin.';
  return null;
}

function filterOf(query: LogQuery): Record<string, string | string[]> {
  const asked = Object.entries(apiFilter(query, new Date())).filter(([name]) => name !== 'from' && name !== 'to');
  return Object.fromEntries(asked.map(([name, value]) => [name, Array.isArray(value) && value.length === 1 ? (value[0] ?? '') : value]));
}

const subjectsOf = ({ subjects }: RuleForm): NewAlertRule['subjects'] =>
  subjects.length > 0 ? subjects.map(({ kind, value }) => ({ kind, value: value.trim() === '' ? null : value.trim() })) : null;

/** All of it, so that what was taken away is taken away. */
export function bodyOf(form: RuleForm): NewAlertRule {
  const { quiet, escalation } = form;
  const watch =
    form.kind === 'filter'
      ? {
          filter: filterOf(form.query),
          threshold: number(form.threshold),
          windowMinutes: number(form.windowMinutes),
          groupBy: form.groupBy,
        }
      : {
          detectors: form.detectors.length > 0 ? [...form.detectors] : null,
          leastSeverity: form.leastSeverity,
          subjects: subjectsOf(form),
        };
  return {
    ...{ kind: form.kind, name: form.name.trim() || 'New rule', severity: form.severity, enabled: form.enabled, ...watch },
    coolDownMinutes: number(form.coolDownMinutes),
    quietHours: quiet.on ? { weekdays: [...quiet.weekdays], from: quiet.from, to: quiet.to, timeZone: quiet.timeZone, criticalPasses: quiet.criticalPasses } : null, // prettier-ignore
    channelIds: [...form.channelIds],
    escalation: escalation.on
      ? { afterMinutes: number(escalation.afterMinutes), channelIds: [...escalation.channelIds], mailAdmins: escalation.mailAdmins }
      : null,
  };
}

/** Only what decides when it fires: a new name is no reason to try it again. */
export const tested = (form: RuleForm): NewAlertRule => ({
  ...bodyOf({ ...form, channelIds: [], escalation: escalationOff, enabled: true }),
  name: 'Draft',
});
