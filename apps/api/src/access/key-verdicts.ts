/**
 * Which key a secret's hash belongs to: by what is known, else by asking PostgreSQL, one index probe. A revocation that is announced while
 * the answer is on its way makes the question be asked again, so that nothing is let in by an answer that is out of date.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { keyByHash, type KeyForAuth } from '../api-keys';
import { ChangeChannel } from '../database/change-channel';
import { withDeadline } from '../platform/deadline';
import { KeyCheckCounts } from '../platform/key-check-counts';
import { isDatabaseAway } from '../platform/problem';
import { KnownKeys } from './known-keys';
import { Strangers } from './strangers';

/** A look-up is one index probe: longer than this, the database hangs, and what is remembered of the key decides. */
const VERDICT_MS = 2_500;
/** Changed again and again while we ask: then it cannot be said, and nobody is let in by a guess. */
const ATTEMPTS = 3;

export type Found = KeyForAuth | 'unverifiable' | null;

@Injectable()
export class KeyVerdicts {
  /** Questions under way: a hundred calls with one key ask once. */
  private readonly asking = new Map<string, { answer: Promise<Found>; at: number }>();

  constructor(
    private readonly db: DataSource,
    private readonly known: KnownKeys,
    private readonly strangers: Strangers,
    private readonly channel: ChangeChannel,
    private readonly counts: KeyCheckCounts,
  ) {}

  /** No promise where nobody has to be asked. `name`: the hash of the secret, hexadecimal. `ip`: the caller's. */
  find(name: string, ip: string | null): Found | Promise<Found> {
    const known = this.known.recall(name);
    if (known !== undefined) {
      this.counts.remembered++;
      return known;
    }
    const current = this.asking.get(name);
    // While nothing is announced to us, only a question asked after the call arrived says how things stood then.
    if (current && current.at > this.channel.hearsSince) return current.answer;
    const begun = { answer: this.ask(name, ip).finally(() => this.isOver(name, begun)), at: performance.now() };
    this.asking.set(name, begun);
    return begun.answer;
  }

  /** Once more, when the body of a request that was let in has arrived, which may take 30 s: what has been done to the key meanwhile holds. */
  findAgain(name: string, { ip, letInAt }: { ip: string | null; letInAt: number }): Found | Promise<Found> {
    return this.known.recallLetIn(name, letInAt) ?? this.find(name, ip);
  }

  private isOver(name: string, begun: object): void {
    if (this.asking.get(name) === begun) this.asking.delete(name);
  }

  private async ask(name: string, ip: string | null): Promise<Found> {
    const admission = this.strangers.admit(name, ip);
    if (admission === 'noSuchKey') this.counts.unasked++;
    if (admission === 'noSuchKey') return null;
    if (admission === 'tooMany') return this.known.recallUnchecked(name) ?? 'unverifiable';
    try {
      const key = await this.lookUp(name);
      if (key !== null) admission.existed();
      return key;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      return this.known.recallUnchecked(name) ?? 'unverifiable';
    }
  }

  private async lookUp(name: string): Promise<Found> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const look = this.known.look();
      try {
        this.counts.asked++;
        const key = await withDeadline(keyByHash(this.db, Buffer.from(name, 'hex')), VERDICT_MS);
        if (this.known.isOutdated(look, key)) continue;
        this.known.remember(name, key, look);
        return key;
      } finally {
        this.known.drop(look);
      }
    }
    return 'unverifiable';
  }
}
