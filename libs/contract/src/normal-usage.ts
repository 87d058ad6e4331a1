/**
 * Normal usage as a document: what a key, or the organization, is expected to do. A part that is null is not described, and what is learnt from the log holds;
 * a part that is there says all that is expected.
 */

/** Hours of the week in UTC: on these days (1 is Monday, 7 is Sunday) from one full hour up to, and without, another. */
export type NormalHours = { days: number[]; fromHour: number; toHour: number };

export type NormalUsageDocument = {
  hours: NormalHours[] | null;
  /** In CIDR notation. */
  networks: string[] | null;
  /** Beginnings of user agents, such as `billing-sync/`; `unnamed` is what sends none. */
  agents: string[] | null;
  /** Method and route: `GET /v1/invoices/{id}`. */
  endpoints: string[] | null;
  /** Up to so many requests in an hour. */
  perHour: number | null;
  /** ISO 3166-1 alpha-2. */
  countries: string[] | null;
};

export const emptyUsage: NormalUsageDocument = {
  hours: null,
  networks: null,
  agents: null,
  endpoints: null,
  perHour: null,
  countries: null,
};

export const normalUsageStates = ['draft', 'approved', 'superseded'] as const;
export type NormalUsageState = (typeof normalUsageStates)[number];
