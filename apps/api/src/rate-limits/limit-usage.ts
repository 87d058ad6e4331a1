/** What is used of the limits of an organization just now: what the processes told within the last quarter of a second. `tx` is the organization's. */
import type { EntityManager } from 'typeorm';

export type LimitUsage = {
  /** Requests that all keys together can make at once. */
  remaining: number;
  usedLastMinute: number;
  keysAtLimit: { id: string; name: string; lastLimitedAt: Date }[];
};
type Row = { missing: number; used: number };

const MOST_KEYS = 50;

export async function limitUsage(tx: EntityManager, organizationId: string, perMinute: number): Promise<LimitUsage> {
  const [row] = await tx.query<Row[]>(
    `select greatest(0, date_part('epoch', full_at - clock_timestamp())) / 60 as missing,
       case floor(date_part('epoch', clock_timestamp()) / 60)::integer - minute when 0 then used + used_before * left_of_minute when 1 then used * left_of_minute else 0 end as used
     from rate_limit_bucket, lateral (select 1 - date_part('second', clock_timestamp()) / 60 as left_of_minute) as clock
     where subject = $1 and policy = 'per-organization'`,
    [organizationId],
  );
  const keysAtLimit = await tx.query<LimitUsage['keysAtLimit']>(
    `select k.id, k.name, b.limited_at as "lastLimitedAt" from api_key k join rate_limit_bucket b on b.subject = k.id and b.policy = 'per-key'
     where k.organization_id = $1 and b.limited_at > now() - interval '1 day' order by b.limited_at desc limit ${MOST_KEYS}`,
    [organizationId],
  );
  const missing = Math.min(1, row?.missing ?? 0);
  return { remaining: Math.floor(perMinute * (1 - missing) + 1e-3), usedLastMinute: Math.round(row?.used ?? 0), keysAtLimit };
}
