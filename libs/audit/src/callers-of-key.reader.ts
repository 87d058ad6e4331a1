/** Who called with a key: addresses, countries, agents, and since when. Its own newest rows are read, through the index by caller, and so many at the most. */
import type { Queryable } from './audit.types';
import { callerGroups, type CallerGroups } from './caller-groups';
import { minutesSql, Parameters } from './record-filter';

export type ReadCallersOfKey = {
  organizationId: string;
  apiKeyId: string;
  /** Half-open. */
  from: Date;
  to: Date;
  mostRows: number;
  /** Of each kind, the most frequent. */
  mostGroups: number;
};
/** What began before `countedFrom` is not counted: `from`, unless there are more rows than are read. */
export type CallersOfKey = CallerGroups & { countedFrom: Date };

/** `db` is inside the organization's transaction. */
export async function readCallersOfKey(db: Queryable, read: ReadCallersOfKey): Promise<CallersOfKey> {
  const { organizationId, apiKeyId, from, to, mostRows, mostGroups } = read;
  const parameters = new Parameters();
  const organization = parameters.add(organizationId, 'uuid');
  const most = parameters.add(mostRows, 'int');
  // Each caller of the key (as it was called at a time, in its state then) in the order of its index; of these the newest.
  const rows = `select l.* from audit_caller k cross join lateral (
    select * from audit_log l where l.organization_id = ${organization} and l.caller_no = k.no and l.kind is null
      and ${minutesSql({ from, to }, parameters)}
      and l.occurred_at >= ${parameters.add(from, 'timestamptz')} and l.occurred_at < ${parameters.add(to, 'timestamptz')}
    order by l.minute desc, l.occurred_at desc limit ${most}) l
    where k.organization_id = ${organization} and k.api_key_id = ${parameters.add(apiKeyId, 'uuid')}
    order by l.occurred_at desc limit ${most}`;
  const found = await callerGroups(db, { rows, mostGroups, parameters });
  const isCut = found.requests >= mostRows && found.firstAt !== null;
  return { ...found, countedFrom: isCut && found.firstAt ? found.firstAt : from };
}
