/** Plans are data: limits and retention, in one table. */
export const plans = {
  starter: { retentionDays: 7, perKeyPerMinute: 60, perOrganizationPerMinute: 300, alerts: false, geographicRestrictions: false },
  business: { retentionDays: 90, perKeyPerMinute: 600, perOrganizationPerMinute: 3_000, alerts: false, geographicRestrictions: false },
  enterprise: { retentionDays: 400, perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000, alerts: true, geographicRestrictions: true },
} as const satisfies Record<string, Plan>;

export type Plan = {
  /** How long a record can be read, in days. */
  retentionDays: number;
  /** Requests a minute that one key, and all keys of an organization together, may make. People's sessions have limits of their own. */
  perKeyPerMinute: number;
  perOrganizationPerMinute: number;
  alerts: boolean;
  geographicRestrictions: boolean;
};
export type PlanName = keyof typeof plans;
export const planNames = Object.keys(plans) as PlanName[];
