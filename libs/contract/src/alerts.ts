/** The words of alert rules and alerts that both sides use, and their bounds. What they mean is apps/api/src/alerts/evaluate.ts. */
import type { LogField } from './log-filter';

export const alertSeverities = ['low', 'medium', 'high', 'critical'] as const;
export type AlertSeverity = (typeof alertSeverities)[number];

/** What a rule looks at: calls that a filter of the log finds, or findings of detectors. */
export const alertRuleKinds = ['filter', 'detector'] as const;
export type AlertRuleKind = (typeof alertRuleKinds)[number];

/** What calls are counted apart by. By the names of the log's filter. */
export const alertGroupings = ['none', 'apiKeyId', 'ip', 'route', 'status', 'country'] as const satisfies readonly (LogField | 'none')[];
export type AlertGrouping = (typeof alertGroupings)[number];

export const alertStates = ['open', 'acknowledged', 'resolved'] as const;
export type AlertState = (typeof alertStates)[number];

/** As ISO 8601 counts them: Monday first. */
export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof weekdays)[number];

export const alertBounds = {
  threshold: { min: 1, max: 1_000_000_000 },
  windowMinutes: { min: 1, max: 1_440 },
  coolDownMinutes: { min: 0, max: 10_080 },
  escalationMinutes: { min: 1, max: 1_440 },
} as const;

export type QuietHours = {
  /** The days on which it begins. */
  weekdays: readonly Weekday[];
  /** `22:00`; an end that is not after the beginning is of the next day. */
  from: string;
  to: string;
  /** Of the IANA data base: `Europe/Berlin`. */
  timeZone: string;
  /** Alerts of critical severity are told at once all the same. */
  criticalPasses: boolean;
};
