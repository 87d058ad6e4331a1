/** The words of incident response that both sides use. What they mean is apps/api/src/incident-response/incident.ts. */

/** In their order. An incident's state is the last of them that it has reached without a hole before it. */
export const incidentSteps = ['identified', 'contained', 'replaced', 'servicesUpdated', 'scoped', 'documented'] as const;
export type IncidentStepName = (typeof incidentSteps)[number];

/** Steps that can be said not to apply. Identified it is by being opened; and what happened is written down in any case, were it a false alarm. */
export const waivableSteps = ['contained', 'replaced', 'servicesUpdated', 'scoped'] as const;
export type WaivableStep = (typeof waivableSteps)[number];

export const incidentSeverities = ['low', 'medium', 'high', 'critical'] as const;
export type IncidentSeverity = (typeof incidentSeverities)[number];

export const incidentActions = [
  'change', 'contain', 'replace', 'changeServices', 'confirmExtent', 'waive', 'addEvidence', 'note', 'followUp', 'close', 'reopen', 'releaseHold',
] as const; // prettier-ignore
export type IncidentAction = (typeof incidentActions)[number];

/** What it was opened from. */
export const incidentSources = ['record', 'records', 'key', 'address', 'person', 'finding', 'alert', 'leak', 'drill', 'blank'] as const;
export type IncidentSource = (typeof incidentSources)[number];
