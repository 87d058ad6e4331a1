/** DRAFT: what has no generated type yet. */
import type { LogRecord } from '../api-types';

export type Who = { id: string | null; name: string };
type Named = { id: string; name: string };
export type EvidenceRow = { record: LogRecord; addedAt: string; addedBy: Who };
export type TimelineEvent = { id: string; at: string; kind: string; actor: Who; text: string; data: Record<string, unknown> };
export type Note = { id: string; at: string; author: Who; text: string; mentions: Who[] };
export type FollowUp = {
  id: string;
  title: string;
  owner: Who | null;
  dueOn: string | null;
  createdAt: string;
  doneAt: string | null;
  doneBy: Who | null;
};
export type Caller = {
  id: string;
  label: string;
  state: 'waiting' | 'moved' | 'done' | 'notNeeded' | 'suspect';
  source: 'system' | 'person';
  apiKey: Named | null;
  network: string | null;
  agent: string | null;
  service: string | null;
  lastOldAt: string | null;
  movedAt: string | null;
  movedTo: Named | null;
  refusedRequests: number;
  lastRefusedAt: string | null;
  notNeededBecause: string | null;
  comment: string | null;
  changedBy: Who | null;
};
export type ContainBody = {
  action?: 'revoke' | 'quarantine';
  apiKeyIds?: string[];
  service?: string;
  everything?: boolean;
  confirm?: string;
  userIds?: string[];
  networks?: string[];
  reason?: string;
};
export type ChangeService = { comment?: string | null; done?: boolean; notNeeded?: string | null; suspect?: boolean };
export type ListOf<T> = { data: T[]; nextCursor?: string | null };
