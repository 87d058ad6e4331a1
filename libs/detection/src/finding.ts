/** What a detector says. The same subject and episode is the same finding, told again when it has grown, and a last time when it is over. */
import type { DetectorName, FindingSeverity, FindingSubjectKind } from '@pinebill/contract';

/** The organization itself has the empty id. */
export type Subject = { kind: FindingSubjectKind; id: string };

/** For people and machines: few, named with their unit, never what a caller sent (other than networks, countries and routes). */
export type Facts = Readonly<Record<string, number | string | readonly string[] | null>>;

export type Finding = {
  detector: DetectorName;
  subject: Subject;
  /** Unique together with detector and subject. */
  episode: string;
  severity: FindingSeverity;
  /** ms: the first and the last call that belong to it. */
  from: number;
  to: number;
  /** Of this finding so far: calls, or whatever `seen` counts. Never falls. */
  count: number;
  seen: Facts;
  /** What is normal here, and over how long that was learnt. Empty: nothing is, the threshold alone counts. */
  normal: Facts;
  /** What was exceeded. */
  threshold: Facts;
  /** At most five ids of records, the first and the latest. */
  samples: readonly string[];
  /** Parameters of the log's filter grammar that show the rows. */
  filter: Readonly<Record<string, string>>;
  /** What "this is normal" would teach: give it back in `DetectionProfile.accepted`. */
  lesson: Lesson;
  /** Nothing more will be added. */
  isOver: boolean;
};

/** `what`: a network, a country, an endpoint, an hour of the week, ...; `*` is all of this detector for this subject. Up to this size, where size matters. */
export type Lesson = { what: string; upTo: number | null };
