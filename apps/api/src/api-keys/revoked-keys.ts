/**
 * Tells this process's door that a key is dead. In normal life every call asks the database, so a revocation holds everywhere from its commit
 * on; what is remembered of keys serves only while PostgreSQL is away (access/known-keys.ts), and is forgotten here at once.
 */
import { hostname } from 'node:os';
import { Injectable } from '@nestjs/common';
import { Clock } from '../platform/clock';
import type { Revocation } from './api-keys.dto';

@Injectable()
export class RevokedKeys {
  private readonly listeners = new Set<(keyId: string) => void>();
  private readonly processId = `${hostname()}:${process.pid}`;

  constructor(private readonly clock: Clock) {}

  /** Called with the uuid of a key the moment its revocation is committed. */
  onRevoked(listener: (keyId: string) => void): void {
    this.listeners.add(listener);
  }

  confirm(keyId: string, revokedAt: Date, lastUsedAt: Date | null): Revocation {
    for (const listener of this.listeners) listener(keyId);
    const confirmedAt = this.clock.now().toISOString();
    return {
      revokedAt: revokedAt.toISOString(),
      effectiveAt: confirmedAt,
      lastAcceptedAt: lastUsedAt?.toISOString() ?? null,
      processes: [{ id: this.processId, confirmedAt }],
    };
  }
}
