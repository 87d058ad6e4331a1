/**
 * What this process last heard of each key. Not a cache: every call asks the database. It serves only while PostgreSQL is away, so that known
 * keys go on working for 30 s instead of failing at once; a revoked key is forgotten the moment its revocation is committed.
 */
import { Injectable } from '@nestjs/common';
import { RevokedKeys, type KeyForAuth } from '../api-keys';

const USABLE_MS = 30_000;
const MAX_KEYS = 10_000;

@Injectable()
export class KnownKeys {
  /** By hash, hexadecimal. A Map keeps insertion order: the first entry is the one heard of longest ago. */
  private readonly keys = new Map<string, { key: KeyForAuth; at: number }>();

  /** A look-up that began before a revocation may end after it: what it brings is not remembered. Ids of keys; the oldest go first. */
  private readonly revoked = new Set<string>();

  constructor(revoked: RevokedKeys) {
    revoked.onRevoked((id) => this.forget(id));
  }

  remember(hash: Buffer, key: KeyForAuth): void {
    if (this.revoked.has(key.id)) return;
    const name = hash.toString('hex');
    this.keys.delete(name);
    this.keys.set(name, { key, at: performance.now() });
    const [oldest] = this.keys.keys();
    if (this.keys.size > MAX_KEYS && oldest !== undefined) this.keys.delete(oldest);
  }

  /** Null when the key was never seen, or longer ago than 30 s by the monotonic clock. */
  recall(hash: Buffer): KeyForAuth | null {
    const known = this.keys.get(hash.toString('hex'));
    return known && performance.now() - known.at <= USABLE_MS ? known.key : null;
  }

  private forget(id: string): void {
    this.revoked.add(id);
    const [oldest] = this.revoked;
    if (this.revoked.size > MAX_KEYS && oldest !== undefined) this.revoked.delete(oldest);
    for (const [hash, { key }] of this.keys) if (key.id === id) this.keys.delete(hash);
  }
}
