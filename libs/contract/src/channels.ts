/** Where alerts are sent to, and what is said of them there. */
export const channelKinds = ['mail', 'webhook', 'slack', 'teams', 'pagerDuty'] as const;
export type ChannelKind = (typeof channelKinds)[number];

/** What a webhook says happened, in its `type`. */
export const notificationEvents = ['alert.opened', 'alert.acknowledged', 'alert.resolved', 'alert.escalated', 'test'] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

export const notificationSeverities = ['low', 'medium', 'high', 'critical'] as const;
export type NotificationSeverity = (typeof notificationSeverities)[number];

/**
 * What is sent, for people and machines: webhooks carry it word for word in `data`, the other kinds make their message of it. Never a secret: it
 * leaves for places that others run.
 */
export type NotificationData = {
  /** Of the alert (`alr_...`): the same in everything that is said of it, so that a receiver can put it together. */
  id: string;
  severity: NotificationSeverity;
  /** One line. */
  title: string;
  rule: { id: string; name: string } | null;
  /** What was seen, in a sentence or two. */
  seen: string;
  /** What is normal here; null: not known, or not what it is about. */
  normal: string | null;
  /** The page of the console with all of it. */
  link: string;
  /** Rows of the log that show it, at most five. */
  samples: readonly { id: string; link: string }[];
  at: string;
  /** Who acknowledged or resolved it. */
  by: string | null;
};

/** After so long a failed delivery is tried again; then it has failed for good. About a day, all in all. */
export const deliveryPausesSeconds = [5, 30, 300, 1_800, 7_200, 14_400, 28_800, 32_400] as const;
/** How long both secrets of a webhook sign after a rotation, unless it is said otherwise, and at most. */
export const defaultSecretOverlapSeconds = 86_400;
export const maxSecretOverlapSeconds = 7 * 86_400;
