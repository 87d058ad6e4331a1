/** Whoever wants to know of findings as they are stored, in the transaction that stores them: what they do about one happens with it or not at all. */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../platform/actor';
import type { FindingRow } from './findings.queries';

export type FindingChange = 'opened' | 'updated';

export interface FindingListener {
  findingChanged(tx: EntityManager, organizationId: string, finding: FindingRow, change: FindingChange): Promise<void>;
  /** In the transaction that opens it: what tells of the finding names it as well. */
  incidentOpened?(tx: EntityManager, actor: Actor, finding: FindingRow, incident: { id: string; number: number }): Promise<void>;
}

/** Listeners say so themselves when they are made: this module knows none of them. */
export class FindingListeners {
  private readonly listeners: FindingListener[] = [];

  add(listener: FindingListener): void {
    this.listeners.push(listener);
  }

  async tell(tx: EntityManager, organizationId: string, finding: FindingRow, change: FindingChange): Promise<void> {
    for (const listener of this.listeners) await listener.findingChanged(tx, organizationId, finding, change);
  }

  async incidentOpened(tx: EntityManager, actor: Actor, finding: FindingRow, incident: { id: string; number: number }): Promise<void> {
    for (const listener of this.listeners) await listener.incidentOpened?.(tx, actor, finding, incident);
  }
}
