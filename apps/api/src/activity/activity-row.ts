import type { Actor } from '../platform/actor';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { ActivityView } from './activity.dto';
import { targetPrefixes, type ActivityTarget } from './activity-targets';

export type Row = {
  id: string;
  occurred_at: Date;
  actor_type: Actor['type'];
  actor_id: string | null;
  actor_name: string;
  action: string;
  target_type: ActivityTarget;
  target_id: string | null;
  target_name: string | null;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  ip: string | null;
  request_id: string | null;
};
export const activityColumns =
  'id, occurred_at, actor_type, actor_id, actor_name, action, target_type, target_id, target_name, before, after, host(ip) as ip, request_id';

export function toView(row: Row): ActivityView {
  return {
    id: typeId('act', row.id),
    occurredAt: row.occurred_at.toISOString(),
    actor: { type: row.actor_type, id: typeIdOrNull(row.actor_type === 'apiKey' ? 'key' : 'usr', row.actor_id), name: row.actor_name },
    action: row.action,
    target: { type: row.target_type, id: typeIdOrNull(targetPrefixes[row.target_type], row.target_id), name: row.target_name },
    before: row.before,
    after: row.after,
    ip: row.ip,
    requestId: typeIdOrNull('req', row.request_id),
  };
}
