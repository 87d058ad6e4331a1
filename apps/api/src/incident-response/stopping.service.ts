/** Stops keys, sessions and networks, by the services that own them, inside one transaction. Anything that fails undoes all of it. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { ApiKeysService, KeyLifeService, livingKeys, type ContainKey } from '../api-keys';
import { lockPeople, MembersService } from '../organizations';
import type { Actor } from '../platform/actor';
import { Clock } from '../platform/clock';
import { RestrictionsService } from '../restrictions';
import type { Targets } from './contain-targets';
import { stoppedAt } from './incident-facts';
import type { SubjectRow } from './incidents.queries';

export type Stopped = Pick<SubjectRow, 'kind' | 'reference'> & { at: Date; how: NonNullable<SubjectRow['contained_how']> };
export type Stop = { targets: Targets; action: 'revoke' | 'quarantine'; reason: string };

@Injectable()
export class Stopping {
  constructor(
    private readonly keys: ApiKeysService,
    private readonly keyLife: KeyLifeService,
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
    const revoked = stopped.filter(({ kind, how }) => kind === 'key' && how === 'revoke').slice(0, MOST_AWAITED);
    await Promise.all(revoked.map(({ reference, at }) => this.keys.confirmRevoked(actor, reference, at)));
  }

  private async stopKeys(tx: EntityManager, actor: Actor, { targets, action, reason }: Stop): Promise<Stopped[]> {
    if (targets.keys.length === 0) return [];
    for (const uuid of targets.keys) {
      if (action === 'revoke') await this.keys.revokeWithin(tx, actor, { uuid, reason });
      else await this.keyLife.quarantineWithin(tx, actor, { uuid, reason });
    }
    const now = this.clock.now();
    const rows = await livingKeys(tx, actor.organizationId, targets.keys);
    return rows.map((key) => ({
      ...{ kind: 'key' as const, reference: key.id, at: stoppedAt(key, now) ?? now },
      how: key.revoked_at === null ? ('quarantine' as const) : ('revoke' as const),
    }));
  }

  private async endSessions(tx: EntityManager, actor: Actor, { targets }: Stop): Promise<Stopped[]> {
    for (const person of targets.people) await this.members.endSessionsWithin(tx, actor, person);
    const at = this.clock.now();
    return targets.people.map((reference) => ({ kind: 'person' as const, reference, at, how: 'sessions' as const }));
  }

  private async block(tx: EntityManager, actor: Actor, { targets: { networks }, reason }: Stop): Promise<Stopped[]> {
    if (networks.length > 0) await this.restrictions.denyWithin(tx, actor, { networks, because: reason });
    const at = this.clock.now();
    return networks.map((reference) => ({ kind: 'address' as const, reference, at, how: 'block' as const }));
  }
}

/** Of keys; each asks the processes for itself. */
const MOST_AWAITED = 50;
