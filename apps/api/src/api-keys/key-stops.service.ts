/** Keys are stopped, one or many in one transaction: all of them are locked, changed and written down by a statement each, however many they are. */
import { Injectable } from '@nestjs/common';
import { keyStep } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import type { Actor } from '../platform/actor';
import { AppError } from '../platform/app-error';
import { Clock } from '../platform/clock';
import { lockKeys, type KeyRow } from './api-keys.queries';
import { lifeOf, requireStep } from './key-transition';

export type KeyStop = { uuid: string; reason: string };

@Injectable()
export class KeyStops {
  constructor(
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  /** Returns since when each is revoked. Of a key that was revoked before nothing changes: the first time and reason stand. */
  async revokeWithin(tx: EntityManager, actor: Actor, stops: readonly KeyStop[]): Promise<ReadonlyMap<string, Date>> {
    const now = this.clock.now();
    const keys = await lockedKeys(tx, actor, stops);
    const living = keys.filter(({ key }) => requireStep(lifeOf(key, now), 'revoke') !== 'same');
    if (living.length > 0)
      await tx.query(
        `update api_key k set revoked_at = $2, revoked_by = $3, revoke_reason = s.reason from unnest($4::uuid[], $5::text[]) s (id, reason)
         where k.organization_id = $1 and k.id = s.id`,
        [actor.organizationId, now, actor.id, living.map(({ key }) => key.id), living.map(({ reason }) => reason)],
      );
    const entries = living.map(({ key, reason }) =>
      entryOf('api_key.revoked', key, { from: lifeOf(key, now).state, to: 'revoked', reason }),
    );
    await this.activity.recordAll(tx, actor, entries);
    return new Map(keys.map(({ key }) => [key.id, key.revoked_at ?? now]));
  }

  /** A key that is held back more than that, or has ended, stays as it is. */
  async quarantineWithin(tx: EntityManager, actor: Actor, stops: readonly KeyStop[]): Promise<void> {
    const now = this.clock.now();
    const keys = (await lockedKeys(tx, actor, stops)).filter(({ key }) => {
      const step = keyStep(lifeOf(key, now), 'quarantine');
      return 'to' in step && step.to !== 'same';
    });
    if (keys.length === 0) return;
    const ids = keys.map(({ key }) => key.id);
    await tx.query('update api_key set quarantined_at = $2 where organization_id = $1 and id = any($3::uuid[])', [
      actor.organizationId,
      now,
      ids,
    ]);
    const entries = keys.map(({ key, reason }) => {
      const { state } = lifeOf({ ...key, quarantined_at: now }, now);
      return entryOf('api_key.quarantined', key, { from: lifeOf(key, now).state, to: state, reason });
    });
    await this.activity.recordAll(tx, actor, entries);
  }
}

/** Each once, with the first of its reasons. One that is not there, and nothing is done. */
async function lockedKeys(
  tx: EntityManager,
  { organizationId }: Actor,
  stops: readonly KeyStop[],
): Promise<{ key: KeyRow; reason: string }[]> {
  const reasons = new Map([...stops].reverse().map(({ uuid, reason }) => [uuid, reason]));
  const keys = await lockKeys(tx, organizationId, [...reasons.keys()]);
  if (keys.size < reasons.size)
    throw new AppError('resource_not_found', { detail: 'The organization has no API key with this id. Check the id.' });
  return [...keys.values()].map((key) => ({ key, reason: reasons.get(key.id) ?? '' }));
}

const entryOf = (action: string, { id, name }: KeyRow, { from, to, reason }: { from: string; to: string; reason: string }) => ({
  action,
  target: { type: 'apiKey' as const, id, name },
  before: { state: from },
  after: { state: to, reason },
});
