/** Who has access to API keys at this moment, in one answer. */
import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { can, canonicalJson } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { datesOf, keyState } from '../api-keys';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { typeId, typeIdOrNull } from '../platform/ids';
import type { AccessReview, ReviewedKey, ReviewedPerson } from './access-review.dto';
import { livingKeys, peopleOf, withSecondFactor, type KeyRow, type PersonRow } from './access-review.queries';
import { concernsOf } from './concerns';
import { latestReview, toSummary } from './reviews.queries';

/** Every quarter. */
export const REVIEW_DAYS = 90;
const DAY_MS = 86_400_000;

export type Access = Pick<AccessReview, 'asOf' | 'basis' | 'people' | 'keys' | 'concerns'>;

@Injectable()
export class AccessReviewService {
  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
  ) {}

  get(actor: Actor): Promise<AccessReview> {
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const [access, last, founded] = [
        await accessOf(tx, actor, now),
        await latestReview(tx, actor.organizationId),
        await foundedAt(tx, actor.organizationId),
      ];
      const dueAt = new Date((last?.signed_at ?? founded).getTime() + REVIEW_DAYS * DAY_MS);
      return { ...access, lastReview: last && toSummary(last), dueAt: dueAt.toISOString(), overdue: dueAt < now };
    });
  }
}

/** In the transaction of whoever shows or signs it. */
export async function accessOf(tx: EntityManager, { organizationId }: Actor, now: Date): Promise<Access> {
  const secured = await withSecondFactor(tx, organizationId);
  const people = (await peopleOf(tx, organizationId, now)).map((row) => toPerson(row, secured));
  const keys = (await livingKeys(tx, organizationId, now)).map((row) => toKey(row, now));
  return { asOf: now.toISOString(), basis: basisOf(people, keys), people, keys, concerns: concernsOf({ people, keys }, now) };
}

/** Changes when somebody's access, second factor or a living key does, not when somebody signs in. */
function basisOf(people: readonly ReviewedPerson[], keys: readonly ReviewedKey[]): string {
  const access = people.map(({ userId, email, name, role, state, secondFactor }) => [userId ?? email ?? name, role, state, secondFactor]);
  const living = keys.map(({ id, name, scopes, createdBy }) => [id, name, scopes, createdBy.state]);
  return createHash('sha256')
    .update(canonicalJson([access, living]))
    .digest('hex');
}

async function foundedAt(tx: EntityManager, organizationId: string): Promise<Date> {
  const [row] = await tx.query<{ created_at: Date }[]>('select created_at from organization where id = $1', [organizationId]);
  return row?.created_at ?? new Date(0);
}

function accessLevel({ role, state }: PersonRow): ReviewedPerson['access'] {
  if (role === null || state !== 'active') return 'none';
  return can(role, 'keys:write') ? 'manage' : can(role, 'keys:read') ? 'read' : 'none';
}

function toPerson(row: PersonRow, secured: ReadonlySet<string> | null): ReviewedPerson {
  const isMember = row.state === 'active' || row.state === 'suspended';
  return {
    userId: typeIdOrNull('usr', row.user_id),
    name: row.name,
    email: row.email,
    role: row.role,
    state: row.state,
    access: accessLevel(row),
    memberSince: row.since?.toISOString() ?? null,
    lastSignInAt: row.last_sign_in_at?.toISOString() ?? null,
    secondFactor: secured === null || !isMember || row.user_id === null ? null : secured.has(row.user_id),
    keysMade: row.made,
    keysRotated: row.rotated,
    keysRevoked: row.revoked,
  };
}

function toKey(row: KeyRow, now: Date): ReviewedKey {
  return {
    id: typeId('key', row.id),
    name: row.name,
    masked: `pbk_...${row.last4}`,
    state: keyState(datesOf(row), now),
    scopes: row.scopes,
    service: row.service,
    team: row.team,
    createdAt: row.created_at.toISOString(),
    createdBy: { id: typeIdOrNull('usr', row.maker), name: row.maker_name, state: row.maker_state },
    replaces: row.replaces === null ? null : { id: typeId('key', row.replaces), name: row.replaces_name ?? 'a key' },
  };
}
