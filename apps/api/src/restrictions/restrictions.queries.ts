/** The log as callers, for the preview of a restriction and for the question whom it would lock out. */
import type { Reason } from '@pinebill/contract';
import { minuteOf } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import type { CallerSum } from './what-if';

/** The states in which a key's request may be let in. */
export const usableStates = ['active', 'expiring', 'quarantined'];

/**
 * Refusals at the door, or before the place of a caller is looked at: those requests were never let in. What a handler refuses afterwards (a wrong
 * field, an id that does not exist) was let in.
 */
export const neverLetIn: readonly Reason[] = [
  'malformed_request',
  'malformed_json',
  'duplicate_authorization',
  'route_not_found',
  'wrong_version',
  'method_not_allowed',
  'request_timeout',
  'payload_too_large',
  'uri_too_long',
  'unsupported_media_type',
  'expectation_failed',
  'headers_too_large',
  'not_implemented',
  'missing_scope',
  'person_required',
  'ip_not_allowed',
  'ip_blocked',
  'country_not_allowed',
  'quarantined_key',
  'cross_site_request',
  'route_not_declared',
  'overload',
  'maintenance',
  'journal_full',
  'key_unverifiable',
];
const refusedStatuses = [401, 429];

export type CallersAsked = {
  organizationId: string;
  /** Null: all keys. */
  apiKeyId: string | null;
  /** Half-open. */
  from: Date;
  to: Date;
  /** One more than this many are read, so that too many can be told. */
  limit: number;
};

/** The product name at the start of a user agent, which can be 16 KB long: cut before it is looked into. */
const agentFamily = `nullif(lower(split_part(split_part(left(coalesce(a.user_agent, l.user_agent), 200), '/', 1), ' ', 1)), '')`;

/**
 * Accepted requests with keys, as far as they have been stored, by address, key and kind of program. Rows are summed up by the numbers that they
 * hold, and the dictionaries are looked into for the sums: a million rows are a few hundred callers.
 */
export function acceptedCallers(tx: EntityManager, { organizationId, apiKeyId, from, to, limit }: CallersAsked): Promise<CallerSum[]> {
  return tx.query<CallerSum[]>(
    `select host(l.ip) as ip, l.country, c.api_key_id, ${agentFamily} as agent, sum(l.requests)::integer as requests, max(l.last_seen) as last_seen
     from (
       select caller_no, agent_no, user_agent, ip, country, count(*) as requests, max(occurred_at) as last_seen
       from audit_log
       where organization_id = $1 and occurred_at >= $4 and occurred_at < $5 and minute between $6 and $7 and kind is null
         and caller_no = any (array(
           select no from audit_caller where organization_id = $1 and api_key_id is not null and ($2::uuid is null or api_key_id = $2)
             and actor_type = 'apiKey' and api_key_state = any($3)))
         and (status is null or status <> all($8::smallint[])) and (reason is null or reason <> all($9))
       group by caller_no, agent_no, user_agent, ip, country
     ) l
     join audit_caller c on c.organization_id = $1 and c.no = l.caller_no
     left join audit_agent a on a.organization_id = $1 and a.no = l.agent_no
     group by 1, 2, 3, 4 limit $10`,
    [
      ...[organizationId, apiKeyId, usableStates, from, to, minuteOf(from.getTime()), minuteOf(to.getTime())],
      ...[refusedStatuses, neverLetIn, limit + 1],
    ],
  );
}
