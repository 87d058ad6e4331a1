export type Alert = {
  id: string;
  rule: string;
  group: string;
  state: string;
  toldAt: Date | null;
  toldChannels: string[];
  /** Still to be told or escalated. */
  due: boolean;
};
export type AlertEvent = { alert: string; kind: string; data: { channelIds?: string[]; togetherWith?: string } };
export type Notification = { id: string; channel: string; event: string; alert: string; state: string };
export type Arrival = {
  channel: string;
  id: string;
  body: string;
  /** Of the signature. */
  problem: string | null;
  /** As what it was answered; null: not at all. */
  answer: number | null;
};
export type Told = {
  alerts: Alert[];
  events: AlertEvent[];
  notifications: Notification[];
  arrivals: Arrival[];
  calls: { group: string; calls: number }[];
  rules: string[];
  threshold: number;
  living: string[];
};
export function checkTold(seen: Told): { findings: { rule: string; what: string }[]; expected: number };
