export type Attempt = {
  label: string;
  kind: string;
  method: string;
  path: string;
  /** The invoice to be finalized. */
  target: string | null;
  /** Milliseconds of the monotonic clock. */
  due: number;
  answeredAt: number | null;
  id: string | null;
  status: number | null;
  /** Of answers from 500 on. */
  code: string | null;
  detail: string | null;
  retryAfter: string | null;
  sent: boolean;
};
export type Row = {
  id: string;
  label: string | null;
  agent: string | null;
  organization: string;
  kind: string;
  method: string | null;
  path: string | null;
  status: number | null;
  outcome: string;
  reason: string | null;
  detail: string | null;
  gap: { count: number | null; atMost: number; cause: string } | null;
  sequence: number;
};
export type Effect = { what: string; label: string | null; /** The invoice's id. */ finalized: string | null };
export type Stored = { rows: Row[]; heads: { organization: string; sequence: number }[]; effects: Effect[]; quarantined?: number };
export type Allowed = { mayLose?: boolean; excused?: number };
export function check(seen: { attempts: Attempt[] } & Stored & Allowed): {
  findings: { rule: string; what: string }[];
  stored: number;
  unknown: number;
  /** Answers without a record, rightly or admittedly. */
  missing: number;
  /** So many may be missing by the gap records. */
  admitted: number;
};
export function outOfOrder(attempts: Attempt[]): string[];
