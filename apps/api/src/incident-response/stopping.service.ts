/** Stops keys, sessions and networks, by the services that own them, inside one transaction. Anything that fails undoes all of it. */
import { Injectable } from '@nestjs/common';
import { normalNetwork } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { ApiKeysService, KeyStops, livingKeys, lockKeys, RevokedKeys, type ContainKey, type KeyRow } from '../api-keys';
import { lockPeople, MembersService } from '../organizations';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { RestrictionsService } from '../restrictions';
import type { Targets } from './contain-targets';
import { stoppedAt } from './incident-facts';
import type { SubjectRow } from './incidents.queries';

/** `isOurs`: by this, and not before it by somebody else. `isAnew`: it could act until now, whatever was stopped before. */
export type Stopped = Pick<SubjectRow, 'kind' | 'reference'> & {
  at: Date;
  how: NonNullable<SubjectRow['contained_how']>;
  isOurs: boolean;
  isAnew: boolean;
};
export type Stop = { targets: Targets; action: 'revoke' | 'quarantine'; reason: string };

@Injectable()
export class Stopping {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly stops: KeyStops,
    private readonly revokedKeys: RevokedKeys,
    private readonly members: MembersService,
    private readonly restrictions: RestrictionsService,
    private readonly clock: Clock,
  ) {}

  /** For a revocation that says which incident it is of. */
  containBy(containing: ContainKey): void {
    this.keys.containBy(containing);
  }

  async stop(tx: EntityManager, actor: Actor, stop: Stop): Promise<Stopped[]> {
    const { people, networks } = stop.targets;
    // Before a key or a person is locked: whoever changes people takes them in this order.
    if (people.length + networks.length > 0) await lockPeople(tx, actor);
    return [
      ...(await this.stopKeys(tx, actor, stop)),
      ...(await this.endSessions(tx, actor, stop)),
      ...(await this.block(tx, actor, stop)),
    ];
  }

  /** A process that does not answer keeps nobody waiting: what is not certain after a second is said to be so by whoever reads the incident. */
  async confirmed(actor: Actor, stopped: readonly Stopped[]): Promise<void> {
    const revoked = stopped.filter(({ kind, how }) => kind === 'key' && how === 'revoke');
    const keys = revoked.map(({ reference, at }) => ({ keyId: reference, revokedAt: at }));
    await this.revokedKeys.awaited(actor, keys);
  }

  private async stopKeys(tx: EntityManager, actor: Actor, { targets, action, reason }: Stop): Promise<Stopped[]> {
    if (targets.keys.length === 0) return [];
    const before = await lockKeys(tx, actor.organizationId, targets.keys);
    const stops = targets.keys.map((uuid) => ({ uuid, reason }));
    if (action === 'revoke') await this.stops.revokeWithin(tx, actor, stops);
    else await this.stops.quarantineWithin(tx, actor, stops);
    const now = this.clock.now();
    const rows = await livingKeys(tx, actor.organizationId, targets.keys);
    return rows.map((key) => ({
      ...{ kind: 'key' as const, reference: key.id, at: stoppedAt(key, now) ?? now },
      // Of a key its own dates tell.
      isAnew: false,
      ...howNow(key, before.get(key.id) ?? null),
    }));
  }

  private async endSessions(tx: EntityManager, actor: Actor, { targets }: Stop): Promise<Stopped[]> {
    const stopped: Stopped[] = [];
    for (const reference of targets.people) {
      const ended = await this.members.endSessionsWithin(tx, actor, reference);
      stopped.push({ kind: 'person', reference, at: this.clock.now(), how: 'sessions', isOurs: true, isAnew: ended > 0 });
    }
    return stopped;
  }

  private async block(tx: EntityManager, actor: Actor, { targets: { networks }, reason }: Stop): Promise<Stopped[]> {
    const added = networks.length === 0 ? [] : await this.restrictions.denyWithin(tx, actor, { networks, because: reason });
    const at = this.clock.now();
    const isOurs = (one: string): boolean => added.includes(normalNetwork(one) ?? one);
    return networks.map((one) => ({ ...{ kind: 'address' as const, reference: one, at, how: 'block' as const }, isOurs: isOurs(one), isAnew: true })); // prettier-ignore
  }
}

type Dates = Pick<KeyRow, 'revoked_at' | 'quarantined_at'>;
function howNow(key: Dates, before: Dates | null): Pick<Stopped, 'how' | 'isOurs'> {
  if (key.revoked_at !== null) return { how: 'revoke', isOurs: before?.revoked_at === null };
  // One that is disabled, or has ended, is held back more than that, and stays as it is.
  return { how: 'quarantine', isOurs: key.quarantined_at !== null && before?.quarantined_at === null };
}
