/** Where the processes tell each other what they let through. */
import type { Policy } from './bucket';

/** What became of one bucket in one process since it was told last. */
export type Report = {
  policy: Policy;
  subject: string;
  perMinute: number;
  /** Let through, on the account of what was known; negative: given back. */
  used: number;
  /** Requests that wait for a token each. */
  wanted: number;
  /** Whether requests were refused. */
  limited: boolean;
};
export type Told = {
  policy: string;
  subject: string;
  /** Time until the bucket is full; more than a minute when more was used than there was. */
  fullInMs: number;
  /** Of those wanted; already taken off. */
  granted: number;
};

export interface LimitStore {
  /** All or nothing, and each report once. Says, for each bucket reported, what is left; and how many processes share. */
  tell(reports: readonly Report[]): Promise<{ processes: number; buckets: readonly Told[] }>;
}
