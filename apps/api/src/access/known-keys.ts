/**
 * What this process has heard of each key, and how long it may go by that. ADR 0014.
 *
 * A verdict is used without asking while it is younger than 5 s and the channel has been heard of ever since; older ones are checked again
 * first. While PostgreSQL does not answer a verdict serves for 30 s. What is announced as changed is forgotten at once. What is remembered is
 * the key's row, never its state: dates (expiry, end of an overlap) are judged at each call.
 */
import { Inject, Injectable } from '@nestjs/common';
import { CHECKED_AGAIN_SECONDS, RevokedKeys, USABLE_SECONDS, type KeyForAuth } from '../api-keys';
import { ChangeChannel } from '../database/change-channel';
import { Bounded } from './bounded';

const FRESH_MS = CHECKED_AGAIN_SECONDS * 1_000;
/** What is let in then is answered within what was promised. */
const USABLE_MS = USABLE_SECONDS * 1_000 - 500;
/** Most bodies are there with the head: while PostgreSQL hangs, nobody is kept waiting for it twice. */
const MOMENT_MS = 500;
const MAX_KEYS = 10_000;

/** `key` is null: there is none with this hash. `at`: when the question was asked, for the answer is no younger than that. */
type Verdict = { key: KeyForAuth | null; at: number };
/** A question to the database that is under way, and what was announced as changed meanwhile. */
export type Look = { readonly at: number; readonly changed: Set<string>; all: boolean };

@Injectable()
export class KnownKeys {
  /** By hash, hexadecimal. */
  private readonly verdicts = new Bounded<string, Verdict>(MAX_KEYS);
  /** Apart from the keys, so that made-up ones push none of them out. */
  private readonly unknown = new Bounded<string, Verdict>(MAX_KEYS);
  private readonly hashes = new Bounded<string, string>(MAX_KEYS);
  private readonly accepted = new Bounded<string, Date>(MAX_KEYS);
  private readonly revoked = new Bounded<string, true>(MAX_KEYS);
  private readonly looks = new Set<Look>();

  constructor(
    @Inject(RevokedKeys) revoked: Pick<RevokedKeys, 'onRevoked'>,
    @Inject(ChangeChannel) private readonly channel: Pick<ChangeChannel, 'state' | 'hearsSince' | 'on' | 'onResumed'>,
  ) {
    revoked.onRevoked((id) => this.revoke(id));
    channel.on('keyChanged', ([, id = '']) => this.forget(id));
    channel.on('organizationChanged', ([id = '']) => this.forgetOrganization(id));
    channel.on('keyCreated', () => this.unknown.clear());
    channel.onResumed(() => this.looks.forEach((look) => (look.all = true)));
  }

  /** Without asking. Null: there is no such key. Undefined: ask. */
  recall(hash: string): KeyForAuth | null | undefined {
    const verdict = this.verdicts.get(hash) ?? this.unknown.get(hash);
    if (verdict === undefined) return undefined;
    const isFresh = performance.now() - verdict.at <= FRESH_MS && verdict.at > this.channel.hearsSince;
    return isFresh ? verdict.key : undefined;
  }

  /**
   * For a request that was let in by this process and whose body has arrived by now. What was announced meanwhile has been forgotten; where nothing is
   * announced, what was good enough a moment ago still is, and everything else for 5 s. Undefined: ask.
   */
  recallLetIn(hash: string, letInAt: number): KeyForAuth | undefined {
    const verdict = this.verdicts.get(hash);
    if (!verdict?.key) return undefined;
    const now = performance.now();
    const usableMs = now - letInAt <= MOMENT_MS ? USABLE_MS : FRESH_MS;
    return now - verdict.at <= usableMs ? verdict.key : undefined;
  }

  /** When the database did not answer the question. */
  recallUnchecked(hash: string): KeyForAuth | null {
    const verdict = this.verdicts.get(hash);
    if (!verdict) return null;
    // Where PostgreSQL does answer the channel, but tells nothing, somebody may have revoked the key 5 s ago and be told that it holds by now.
    const isUsable = this.channel.state === 'away' || verdict.at > this.channel.hearsSince;
    return performance.now() - verdict.at <= (isUsable ? USABLE_MS : FRESH_MS) ? verdict.key : null;
  }

  /** Before the question is asked; `remember` or `drop` ends it. */
  look(): Look {
    const look: Look = { at: performance.now(), changed: new Set(), all: false };
    this.looks.add(look);
    return look;
  }

  /** Whether the answer may be out of date already: the key was changed while it was on its way. */
  isOutdated({ changed, all }: Look, key: KeyForAuth | null): boolean {
    return all || (key !== null && (changed.has(key.id) || changed.has(key.organization_id)));
  }

  drop(look: Look): void {
    this.looks.delete(look);
  }

  remember(hash: string, key: KeyForAuth | null, look: Look): void {
    this.looks.delete(look);
    if (this.isOutdated(look, key)) return;
    if (key === null) {
      this.unknown.set(hash, { key, at: look.at });
      return;
    }
    this.verdicts.set(hash, { key, at: look.at });
    this.hashes.set(key.id, hash);
  }

  accept(key: KeyForAuth, at: Date): void {
    this.accepted.set(key.id, at);
  }

  /** Since the request was let in, which may have taken its time to arrive. */
  isRevoked(id: string): boolean {
    return this.revoked.get(id) === true;
  }

  private revoke(id: string): Date | null {
    this.revoked.set(id, true);
    this.forget(id);
    return this.accepted.get(id) ?? null;
  }

  private forget(id: string): void {
    for (const look of this.looks) look.changed.add(id);
    const hash = this.hashes.get(id);
    if (hash === undefined) return;
    this.hashes.delete(id);
    this.verdicts.delete(hash);
  }

  private forgetOrganization(id: string): void {
    for (const look of this.looks) look.changed.add(id);
    for (const [hash, { key }] of this.verdicts) {
      if (key?.organization_id !== id) continue;
      this.verdicts.delete(hash);
      this.hashes.delete(key.id);
    }
  }
}
