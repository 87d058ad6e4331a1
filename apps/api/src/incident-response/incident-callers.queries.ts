/** The lines of the list of services, as the system finds them in the sums of use by key. */
import type { EntityManager } from 'typeorm';
import type { CallerUse } from '../api-keys';
import { newId } from '../platform/ids';

export type FoundCaller = CallerUse & { keyId: string; service: string | null };

/** Those that are new. From a network that the incident is about it is a suspect, which nobody waits for. */
export async function insertCallers(
  tx: EntityManager,
  { organizationId, incidentId, now }: { organizationId: string; incidentId: string; now: Date },
  callers: readonly FoundCaller[],
): Promise<void> {
  if (callers.length === 0) return;
  await tx.query(
    `insert into incident_caller (organization_id, id, incident_id, api_key_id, label, network, agent, service, source, suspect, added_at, last_old_at)
     select $1, c.id, $2, c.key_id, c.label, c.network, c.agent, c.service, 'system',
       case c.network when '' then false else exists (select from incident_subject s where s.organization_id = $1 and s.incident_id = $2
         and case s.kind when 'address' then s.reference::cidr && c.network::cidr else false end) end, $3, c.last_old_at
     from unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::text[], $10::timestamptz[])
       c (id, key_id, label, network, agent, service, last_old_at)
     -- In one order, whoever has called most at this moment: two who look at once wait for each other's rows, and neither for ever.
     order by c.key_id, c.network, c.agent
     on conflict (organization_id, incident_id, api_key_id, network, agent) do update set last_old_at = excluded.last_old_at
       where incident_caller.last_old_at is distinct from excluded.last_old_at`,
    [
      ...[organizationId, incidentId, now, callers.map(() => newId()), callers.map(({ keyId }) => keyId), callers.map(labelOf)],
      ...[callers.map(({ network }) => network), callers.map(({ agent }) => agent), callers.map(({ service }) => service)],
      callers.map(({ lastAcceptedAt }) => lastAcceptedAt),
    ],
  );
}

const labelOf = ({ network, agent }: FoundCaller): string =>
  `${agent || 'A program without a name'} from ${network || 'an unknown address'}`;

/** Callers from these networks, which the incident is about from now on. Returns those that were none before. */
export async function suspectCallers(
  tx: EntityManager,
  { organizationId, incidentId }: { organizationId: string; incidentId: string },
  networks: readonly string[],
): Promise<{ id: string; label: string }[]> {
  if (networks.length === 0) return [];
  const [rows] = await tx.query<[{ id: string; label: string }[], number]>(
    `update incident_caller c set suspect = true where organization_id = $1 and incident_id = $2 and source = 'system' and removed_at is null and not suspect
       and case c.network when '' then false else exists (select from unnest($3::cidr[]) n where n && c.network::cidr) end returning c.id, c.label`,
    [organizationId, incidentId, networks],
  );
  return rows;
}

export type Move = { callerId: string; at: Date; to: string };

/** Returns those that were not stamped before: each once, whoever looks at this moment. */
export async function stampMoves(
  tx: EntityManager,
  { organizationId }: { organizationId: string },
  moves: readonly Move[],
): Promise<string[]> {
  if (moves.length === 0) return [];
  const [rows] = await tx.query<[{ id: string }[], number]>(
    `update incident_caller c set moved_at = m.at, moved_to = m.key_id from unnest($2::uuid[], $3::timestamptz[], $4::uuid[]) m (id, at, key_id)
     where c.organization_id = $1 and c.id = m.id and c.moved_at is null returning c.id`,
    [organizationId, moves.map(({ callerId }) => callerId), moves.map(({ at }) => at), moves.map(({ to }) => to)],
  );
  return rows.map(({ id }) => id);
}
