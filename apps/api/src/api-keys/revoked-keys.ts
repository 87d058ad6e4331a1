/**
 * A revocation, from its commit to the last process. Each process hears of it (the trigger of migration 0008), lets the door forget the key,
 * and then says so; whoever revoked waits for that, a second at most. What is not known then settles with a repetition.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ChangeChannel } from '../database/change-channel';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { withDeadline } from '../platform/deadline';
import type { Revocation } from './api-keys.dto';
import { askedProcesses, lastAccepted, type Asked } from './api-keys.queries';
import { knownUpTo, ShippedLog, type ShippedState } from './shipped-log';
import { later, settle, type Settlement } from './revocation';

const WAIT_MS = 1_000;
/** Should the news of a confirmation not arrive. */
const LOOK_AGAIN_MS = 200;
/** Usually a millisecond. */
const LAST_USE_MS = 500;
const TRY_AGAIN_MS = 1_000;

/** Forgets a key; returns when a call with it was last let in by this process. */
type Door = (keyId: string) => Date | null;
const nothingKnown: Settlement = { effectiveAt: null, acceptedAt: null, processes: [], awaited: false };
/** By the log. `shipped` is null where it could not be read. */
type LoggedUse = { at: ReadonlyMap<string, Date | null>; shipped: ShippedState | null };
export type RevokedKey = { keyId: string; revokedAt: Date };
type Gone = { organizationId: string; keyId: string; acceptedAt: Date | null };

@Injectable()
export class RevokedKeys {
  private readonly logger = new Logger('Revocation');
  private readonly doors = new Set<Door>();
  private readonly waiting = new Map<string, Set<() => void>>();
  private unsaid: Gone[] = [];
  private saying = false;

  constructor(
    private readonly channel: ChangeChannel,
    private readonly tenant: Tenant,
    private readonly log: ShippedLog,
  ) {
    channel.on('keyRevoked', ([organizationId = '', keyId = '']) => this.heard(organizationId, keyId));
    channel.on('revocationConfirmed', ([, keyId = '']) => this.wake(keyId));
    channel.onResumed(() => void this.say('select confirm_missed_revocations($1)', [channel.processId]));
  }

  /** Called with the uuid of a key as soon as this process knows that it is revoked, by whichever process. */
  onRevoked(door: Door): void {
    this.doors.add(door);
  }

  /** After the commit: whatever fails here, the key is revoked, and the answer says what is known. */
  async settled(actor: Actor, key: RevokedKey): Promise<Revocation> {
    const [revocation] = await this.allSettled(actor, [key]);
    return revocation as Revocation; // one for each
  }

  /** Of several keys at once, in their order: they are asked about together, however many they are. */
  async allSettled(actor: Actor, keys: readonly RevokedKey[]): Promise<Revocation[]> {
    // Also when this process is deaf: of its own doing it needs to hear from nobody.
    const acceptedHere = new Map(keys.map(({ keyId }) => [keyId, this.forget(keyId)]));
    const [settlements, lastUse] = await Promise.all([this.settlements(actor, keys), this.lastUseOf(actor, keys)]);
    return keys.map((key) => {
      const settlement = settlements.get(key.keyId) ?? nothingKnown;
      return toRevocation(key, settlement, {
        shipped: lastUse.shipped,
        at: [lastUse.at.get(key.keyId) ?? null, acceptedHere.get(key.keyId) ?? null],
      });
    });
  }

  /** For whoever needs no answer but wants to wait for it: a second at most. */
  async awaited(actor: Actor, keys: readonly RevokedKey[]): Promise<void> {
    for (const { keyId } of keys) this.forget(keyId);
    await this.settlements(actor, keys);
  }

  private async settlements(actor: Actor, keys: readonly RevokedKey[]): Promise<ReadonlyMap<string, Settlement>> {
    if (keys.length === 0) return new Map();
    return this.wait(actor, keys).catch(() => new Map<string, Settlement>());
  }

  /** Nothing about reading the log may fail the answer or keep it waiting. What the log cannot say at this moment, a repetition asks again. */
  private async lastUseOf(actor: Actor, keys: readonly RevokedKey[]): Promise<LoggedUse> {
    const shipped = await this.log.catchUp();
    const read = this.tenant.run(actor, async (tx) => {
      await tx.query(`set local statement_timeout = ${LAST_USE_MS}`);
      const ids = keys.map(({ keyId }) => keyId);
      return lastAccepted(tx, actor.organizationId, ids);
    });
    return withDeadline(read, LAST_USE_MS).then(
      (at) => ({ at, shipped }),
      () => ({ at: new Map(), shipped: null }),
    );
  }

  /** By the uuid of the key. */
  private async wait(actor: Actor, keys: readonly RevokedKey[]): Promise<ReadonlyMap<string, Settlement>> {
    const ids = keys.map(({ keyId }) => keyId);
    for (const until = performance.now() + WAIT_MS; ;) {
      // Listened to before it is looked up: the news between the two is not missed.
      const news = this.next(ids, Math.min(LOOK_AGAIN_MS, until - performance.now()));
      const asking = this.tenant.run(actor, (tx) => askedProcesses(tx, actor.organizationId, ids));
      const { now, asked } = await withDeadline(asking, WAIT_MS);
      const askedOf = (id: string): Asked[] => asked.filter(({ keyId }) => keyId === id);
      const settlements = new Map(keys.map(({ keyId, revokedAt }) => [keyId, settle(revokedAt, askedOf(keyId), now)]));
      if (![...settlements.values()].some(({ awaited }) => awaited) || performance.now() >= until) {
        news.cancel();
        return settlements;
      }
      await news.arrived;
    }
  }

  /** News of any of them. */
  private next(ids: readonly string[], withinMs: number): { arrived: Promise<void>; cancel: () => void } {
    let cancel = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        for (const id of ids) this.forgetWaiter(id, done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, withinMs));
      for (const id of ids) this.waiting.set(id, (this.waiting.get(id) ?? new Set()).add(done));
      cancel = done;
    });
    return { arrived, cancel };
  }

  private forgetWaiter(keyId: string, done: () => void): void {
    const waiters = this.waiting.get(keyId);
    waiters?.delete(done);
    if (waiters?.size === 0) this.waiting.delete(keyId);
  }

  private wake(keyId: string): void {
    for (const done of [...(this.waiting.get(keyId) ?? [])]) done();
  }

  private heard(organizationId: string, keyId: string): void {
    this.unsaid.push({ organizationId, keyId, acceptedAt: this.forget(keyId) });
    void this.sayAll();
  }

  private forget(keyId: string): Date | null {
    return [...this.doors].map((forget) => forget(keyId)).reduce(later, null);
  }

  /** Many at once are one statement. */
  private async sayAll(): Promise<void> {
    if (this.saying) return;
    this.saying = true;
    // What was revoked together is heard together, and said once.
    await nextTurn();
    while (this.unsaid.length > 0) {
      const gone = this.unsaid;
      this.unsaid = [];
      const said = await this.say('select confirm_revocations($1, $2, $3, $4, $5)', [
        ...[this.channel.processId, this.channel.processName],
        ...[gone.map(({ organizationId }) => organizationId), gone.map(({ keyId }) => keyId), gone.map(({ acceptedAt }) => acceptedAt)],
      ]);
      if (said) continue;
      // When the connection comes back, what was missed is confirmed; what is kept here brings the last use.
      this.unsaid.unshift(...gone);
      setTimeout(() => void this.sayAll(), TRY_AGAIN_MS).unref();
      break;
    }
    this.saying = false;
  }

  private async say(sql: string, parameters: unknown[]): Promise<boolean> {
    try {
      await this.channel.query(sql, parameters);
      return true;
    } catch (error) {
      this.logger.debug(`Not said yet: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }
}

/** `at`: when it was accepted last, by all that is known besides what the processes said. */
function toRevocation(
  { revokedAt }: RevokedKey,
  { effectiveAt, acceptedAt, processes }: Settlement,
  use: { at: readonly (Date | null)[]; shipped: ShippedState | null },
): Revocation {
  const lastAcceptedAt = [...use.at, acceptedAt].reduce(later, null);
  return {
    revokedAt: revokedAt.toISOString(),
    effectiveAt: effectiveAt?.toISOString() ?? null,
    lastAcceptedAt: lastAcceptedAt?.toISOString() ?? null,
    asOf: use.shipped === null ? null : (knownUpTo(use.shipped, lastAcceptedAt)?.toISOString() ?? null),
    processes: processes.map(({ id, confirmedAt, settledBy }) => ({ id, confirmedAt: confirmedAt?.toISOString() ?? null, settledBy })),
  };
}
