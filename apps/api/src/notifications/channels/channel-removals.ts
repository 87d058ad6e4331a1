/** Whoever keeps ids of channels is told when one is deleted, in the transaction that deletes it: what names it goes with it. */
import type { EntityManager } from 'typeorm';
import type { Actor } from '../../platform/actor';

type OnRemoved = (tx: EntityManager, actor: Actor, channelId: string) => Promise<void>;

/** Listeners say so themselves when they are made: this module knows none of them. */
export class ChannelRemovals {
  private readonly listeners: OnRemoved[] = [];

  add(listener: OnRemoved): void {
    this.listeners.push(listener);
  }

  async tell(...removed: Parameters<OnRemoved>): Promise<void> {
    for (const listener of this.listeners) await listener(...removed);
  }
}
