/**
 * How much one person may write in an hour: each incident of a member sends a mail to every admin, and each note one to whoever is mentioned. Counted in what
 * is there, so it holds over all processes and restarts. Far above what anybody writes by hand.
 */
import type { Role } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';

const HOUR_MS = 3_600_000;
type Written = 'incidents' | 'notes';
const most: Record<Written, Record<'member' | 'admin', number>> = {
  incidents: { member: 20, admin: 300 },
  notes: { member: 100, admin: 1_000 },
};
export const mostAnHour = (what: Written, role: Role): number => most[what][role === 'admin' ? 'admin' : 'member'];

const tables: Record<Written, { from: string; by: string; at: string; did: string }> = {
  incidents: { from: 'incident', by: 'opened_by', at: 'opened_at', did: 'opened' },
  notes: { from: 'incident_note', by: 'author_id', at: 'at', did: 'written' },
};

/** Throws `rate_limited`. Of one person one at a time: many at once are counted as one after the other. */
export async function requireRoomFor(tx: EntityManager, actor: Actor, what: Written, now: Date): Promise<void> {
  if (actor.type !== 'user') return;
  const { from, by, at } = tables[what];
  const mostOf = mostAnHour(what, actor.role);
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`${what} of ${actor.organizationId} by ${actor.id}`]);
  const [full] = await tx.query<{ at: Date }[]>(
    `select ${at} as at from ${from} where organization_id = $1 and ${by} = $2 and ${at} > $3 order by ${at} desc offset $4 limit 1`,
    [actor.organizationId, actor.id, new Date(now.getTime() - HOUR_MS), mostOf - 1],
  );
  if (full) throw tooMany(what, actor.role, full.at.getTime() + HOUR_MS - now.getTime());
}

function tooMany(what: Written, role: Role, waitMs: number): AppError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  const minutes = Math.ceil(seconds / 60);
  const advice = what === 'incidents' ? 'add to one that is open' : 'put what belongs together into one note';
  const who = role === 'admin' ? 'an admin' : 'a member';
  return new AppError('rate_limited', {
    reason: 'incident_limit',
    detail: [
      `You have ${tables[what].did} ${mostAnHour(what, role)} ${what} within an hour, which is as many as ${who} may, so nothing was ${tables[what].did}.`,
      `Wait ${minutes} ${minutes === 1 ? 'minute' : 'minutes'}, or ${advice}.`,
    ].join(' '),
    headers: { 'retry-after': String(seconds) },
  });
}
