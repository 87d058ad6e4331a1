/** What happens to a key between mint and revoke. What may happen is one table (libs/contract/key-life.ts); here it is asked, done, and written down. */
import { Injectable } from '@nestjs/common';
import { keyStep, type KeyLife } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { Activity } from '../activity';
import { Tenant } from '../database/tenant';
import { systemActor, type Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { newId, requireId, typeId } from '../platform/ids';
import { settleOwners } from '../services-and-teams';
import type { KeyView, MintedKey } from './api-keys.dto';
import { findKey, keyColumns, lockKey, unused, type KeyRow } from './api-keys.queries';
import { described, insertKey, keyTarget, missing, nameTaken, sameName } from './api-keys.service';
import { settingsOf } from './key-changes';
import type { HoldApiKey, RotateApiKey } from './key-life.dto';
import { keyPolicy } from './key-policy';
import { hashKeySecret, newKeySecret } from './key-secret';
import { datesOf, keyState } from './key-state';
import { lifeOf, requireStep } from './key-transition';
import { toView } from './key-view';
import { awaitNewKeysAllowed } from './new-keys';

const JOB = 'api-keys.life';
type Hold = 'disable' | 'enable' | 'quarantine';
const holds = {
  disable: { action: 'api_key.disabled', set: 'disabled_at = $3' },
  quarantine: { action: 'api_key.quarantined', set: 'quarantined_at = $3' },
  enable: { action: 'api_key.enabled', set: 'disabled_at = null, quarantined_at = null' },
} as const satisfies Record<Hold, { action: string; set: string }>;

@Injectable()
export class KeyLifeService {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  /** A successor that may do what the old key may, from where and until when it may; the old one works for the overlap. */
  rotate(actor: Actor, id: string, { name, overlapSeconds }: RotateApiKey): Promise<MintedKey> {
    const uuid = requireId('key', id);
    const now = this.clock.now();
    const endsAt = new Date(now.getTime() + overlapSeconds * 1_000);
    const secret = newKeySecret();
    return this.tenant.run(actor, async (tx) => {
      await awaitNewKeysAllowed(tx, actor);
      await settleOwners(tx, actor.organizationId, { owners: {}, inherits: uuid });
      const old = await lockedKey(tx, actor, uuid);
      const before = lifeOf(old, now);
      requireStep(before, 'rotate');
      if (sameName(old.name, name)) throw nameTaken();
      const key: KeyRow = {
        ...described({ name }, old, actor),
        ...{ id: newId(), last4: secret.slice(-4), expires_at: old.expires_at, created_at: now },
        // Whoever answers for the old key answers for the new one; who rotated stands with the old key and in the activity log.
        ...{ created_by: old.created_by, created_by_name: old.created_by_name },
      };
      await insertKey(tx, actor, key, hashKeySecret(secret));
      await tx.query(
        'update api_key set rotated_out_at = $3, rotated_by = $4, rotated_by_name = $5 where organization_id = $1 and id = $2',
        [...[actor.organizationId, uuid], ...[endsAt, actor.id, actor.name]],
      );
      await this.recordRotation(tx, actor, { old, key, before, endsAt, now });
      return Object.assign(toView({ ...key, ...unused }, now, await keyPolicy(tx, actor.organizationId)), { secret });
    });
  }

  /** Repeating it changes nothing, and is no error. */
  hold(actor: Actor, id: string, command: Hold, { reason }: HoldApiKey): Promise<KeyView> {
    const uuid = requireId('key', id);
    const now = this.clock.now();
    return this.tenant.run(actor, async (tx) => {
      const key = await lockedKey(tx, actor, uuid);
      const before = lifeOf(key, now);
      if (requireStep(before, command) !== 'same') await this.holdLocked(tx, actor, { key, command, reason, now });
      const policy = await keyPolicy(tx, actor.organizationId);
      return toView((await findKey(tx, actor.organizationId, uuid)) ?? missing(), now, policy);
    });
  }

  private async holdLocked(
    tx: EntityManager,
    actor: Actor,
    { key, command, reason, now }: { key: KeyRow; command: Hold; reason: string | undefined; now: Date },
  ): Promise<void> {
    const { action, set } = holds[command];
    const moment = command === 'enable' ? [] : [now];
    await tx.query(`update api_key set ${set} where organization_id = $1 and id = $2`, [actor.organizationId, key.id, ...moment]);
    const { state } = lifeOf(await lockedKey(tx, actor, key.id), now);
    const after = { state, ...(reason === undefined ? {} : { reason }) };
    const before = { state: lifeOf(key, now).state };
    await this.activity.record(tx, { actor, action, target: keyTarget(key.id, key.name), before, after });
  }

  /** Ends that the clock has brought: an expiry, and an overlap that is over. Each is written into the activity log, once. */
  async noteEnds(organizationId: string): Promise<void> {
    const actor = systemActor(JOB, organizationId);
    const now = this.clock.now();
    await this.tenant.run(actor, async (tx) => {
      for (const [command, { column, noted, action }] of Object.entries(ends)) {
        const ended = await tx.query<(KeyRow & { ended_at: Date })[]>(
          `update api_key set ${noted} = $2 where organization_id = $1 and ${column} <= $2 and (${noted} is null or ${noted} < ${column})
           returning ${keyColumns}, ${column} as ended_at`,
          [organizationId, now],
        );
        for (const key of rowsOf(ended)) {
          const before = lifeOf(key, new Date(key.ended_at.getTime() - 1));
          const step = keyStep(before, command as keyof typeof ends);
          if (!('to' in step) || step.to === 'same') continue; // it had ended otherwise before
          const after = { state: step.to, endedAt: key.ended_at };
          await this.activity.record(tx, { actor, action, target: keyTarget(key.id, key.name), before: { state: before.state }, after });
        }
      }
    });
  }

  private async recordRotation(
    tx: EntityManager,
    actor: Actor,
    { old, key, before, endsAt, now }: { old: KeyRow; key: KeyRow; before: KeyLife; endsAt: Date; now: Date },
  ): Promise<void> {
    const after = keyState({ ...datesOf(old), rotatedOutAt: endsAt }, now);
    await this.activity.record(tx, {
      ...{ actor, action: 'api_key.rotated', target: keyTarget(old.id, old.name), before: { state: before.state } },
      after: { state: after, rotatedOutAt: endsAt, successor: { id: typeId('key', key.id), name: key.name } },
    });
    await this.activity.record(tx, {
      ...{ actor, action: 'api_key.created', target: keyTarget(key.id, key.name) },
      after: { ...settingsOf(key), replaces: typeId('key', old.id), secretShown: true },
    });
  }
}

const ends = {
  expire: { column: 'expires_at', noted: 'expiry_noted_at', action: 'api_key.expired' },
  endOverlap: { column: 'rotated_out_at', noted: 'overlap_end_noted_at', action: 'api_key.rotated_out' },
} as const;

const lockedKey = async (tx: EntityManager, { organizationId }: Actor, id: string): Promise<KeyRow> =>
  (await lockKey(tx, organizationId, id)) ?? missing();

/** TypeORM answers an UPDATE with its rows and their number. */
const rowsOf = <T>(result: T[]): T[] => (Array.isArray(result[0]) ? (result[0] as T[]) : result);
