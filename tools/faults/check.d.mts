export type Attempt = {
  label: string;
  kind: string;
  method: string;
  path: string;
  /** The invoice to be finalized. */
  target: string | null;
  id: string | null;
  status: number | null;
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
  sequence: number;
};
export type Effect = { what: string; label: string | null; /** The invoice's id. */ finalized: string | null };
export type Stored = { rows: Row[]; heads: { organization: string; sequence: number }[]; effects: Effect[]; quarantined?: number };
export function check(seen: { attempts: Attempt[] } & Stored): {
  findings: { rule: string; what: string }[];
  stored: number;
  unknown: number;
};
