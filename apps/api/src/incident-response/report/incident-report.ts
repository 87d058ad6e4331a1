/**
 * All that is told of one incident, as one value: what every format is made of. It is the same value for the same facts: nothing in it says when the report was
 * taken, nor that it was. Names are those of the moment; of a key there is its mask.
 */
import type { IncidentSeverity, IncidentSource, IncidentStepName, Role } from '@pinebill/contract';
import type { LogRecord } from '../../audit-logs';

/** `id` is null for the system, and in what is given away. `role` is the one they have now; null: none any more, or the system. */
export type Person = { id: string | null; name: string; role: Role | null };

export type ReportedStep = {
  step: IncidentStepName;
  status: 'done' | 'notNeeded' | 'open';
  at: string | null;
  by: Person | null;
  because: string | null;
  secondsSinceOpened: number | null;
  missing: string[];
  /** What it rests on. */
  facts: Record<string, unknown>;
};

/** `text`: all of it in words, who as well. */
export type ReportedEvent = { at: string; kind: string; actor: Person; text: string; data: Record<string, unknown> };

export type ReportedKey = { id: string; name: string; masked: string; state: string };

export type ReportedSubject = {
  kind: 'key' | 'address' | 'person';
  id: string | null;
  name: string;
  key: (Pick<ReportedKey, 'masked' | 'state'> & { service: string | null; team: string | null; environment: string | null }) | null;
  contained: { at: string | null; by: Person | null; how: 'revoke' | 'quarantine' | 'disable' | 'ended' | 'sessions' | 'block' } | null;
  successors: (ReportedKey & { createdAt: string })[];
};

export type ReportedService = {
  label: string;
  apiKeyId: string | null;
  network: string | null;
  userAgent: string | null;
  service: string | null;
  source: 'system' | 'person';
  /** From an address that the incident is about: nobody waits for it. */
  suspect: boolean;
  status: 'moved' | 'done' | 'notNeeded' | 'removed' | 'open';
  at: string | null;
  because: string | null;
  comment: string | null;
};

export type ReportedNote = { at: string; author: Person; text: string };
export type ReportedFollowUp = { title: string; owner: Person | null; dueOn: string | null; doneAt: string | null; doneBy: Person | null };

export type ReportedExtent = {
  from: string;
  /** Null: up to the containment. */
  to: string | null;
  confirmedAt: string;
  confirmedBy: Person;
  /** As they were when somebody confirmed them. */
  figures: Record<string, unknown>;
};

export type IncidentReport = {
  incident: {
    id: string;
    number: number;
    title: string;
    severity: IncidentSeverity;
    state: IncidentStepName;
    drill: boolean;
    openedAt: string;
    openedBy: Person;
    openedFrom: { kind: IncidentSource; references: string[]; url: string | null };
    assignee: Person | null;
    lookedAt: string | null;
    lookedBy: Person | null;
    containedAt: string | null;
    closedAt: string | null;
    closedBy: Person | null;
    reopenedAt: string | null;
    holdReleasedAt: string | null;
  };
  organization: { id: string; name: string };
  /** When the last of it happened. */
  asOf: string;
  times: { toLookSeconds: number | null; toContainSeconds: number | null; toCloseSeconds: number | null };
  steps: ReportedStep[];
  subjects: ReportedSubject[];
  services: ReportedService[];
  extent: ReportedExtent | null;
  rootCause: string | null;
  impact: string | null;
  lessons: string | null;
  followUps: ReportedFollowUp[];
  notes: ReportedNote[];
  timeline: ReportedEvent[];
  /** Records of the log, as they were when they became evidence; in the order in which they happened. */
  evidence: LogRecord[];
  /** Rows that whoever asks may not see: of nobody, beside other organizations. */
  evidenceHidden: number;
};
