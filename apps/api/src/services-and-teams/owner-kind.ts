/** Services and teams are two lists with the same rules; what differs between them stands here, and is never the caller's text. */
import type { IdPrefix } from '../platform/ids';

/** Also the table, the column of api_key, and the first part of an action in the activity. */
export type OwnerKind = 'service' | 'team';

export const ownerKinds = {
  service: { prefix: 'svc', list: 'services' },
  team: { prefix: 'team', list: 'teams' },
} as const satisfies Record<OwnerKind, { prefix: IdPrefix; list: string }>;
