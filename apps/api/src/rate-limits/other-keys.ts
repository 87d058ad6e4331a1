/**
 * Whether it would have helped to spread the load over the keys of an organization: what their buckets held when one of them was refused. Asked only then,
 * and once a second for an organization, however many are refused.
 */
import { Injectable } from '@nestjs/common';
import { Tenant } from '../database/tenant';
import { withDeadline } from '../platform/deadline';
import { WINDOW_MS } from './bucket';

const FRESH_MS = 1_000;
/** Who is refused does not wait for the database. */
const ANSWER_MS = 200;
const MAX_ORGANIZATIONS = 1_000;

/** Keys that can be used; and how many whole buckets are missing among them. */
type Keys = { keys: number; missing: number };

@Injectable()
export class OtherKeys {
  private readonly known = new Map<string, { at: number; keys: Promise<Keys | null> }>();

  constructor(private readonly tenant: Tenant) {}

  /** Requests that keys other than the one refused could have made by limits of their own. Null: the database did not say. */
  async room(organizationId: string, perMinute: number): Promise<number | null> {
    const found = await this.keysOf(organizationId);
    if (!found) return null;
    // The one that was refused is among them, and its bucket is empty.
    return Math.floor((found.keys - 1 - Math.max(0, found.missing - 1)) * perMinute);
  }

  private keysOf(organizationId: string): Promise<Keys | null> {
    const now = performance.now();
    const known = this.known.get(organizationId);
    if (known && now - known.at < FRESH_MS) return known.keys;
    if (this.known.size >= MAX_ORGANIZATIONS) this.known.clear();
    const keys = withDeadline(this.ask(organizationId), ANSWER_MS).catch(() => null);
    this.known.set(organizationId, { at: now, keys });
    return keys;
  }

  private ask(organizationId: string): Promise<Keys | null> {
    return this.tenant.run({ organizationId }, async (tx) => {
      const [row] = await tx.query<Keys[]>(
        `select count(*)::integer as keys,
           coalesce(sum(least(1, greatest(0, date_part('epoch', b.full_at - clock_timestamp())) * 1000 / ${WINDOW_MS})), 0)::float8 as missing
         from api_key k left join rate_limit_bucket b on b.subject = k.id and b.policy = 'per-key'
         where k.organization_id = $1 and k.revoked_at is null and k.disabled_at is null and k.rotated_out_at is null
           and (k.expires_at is null or k.expires_at > now())`,
        [organizationId],
      );
      return row ?? null;
    });
  }
}
