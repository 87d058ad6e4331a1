/**
 * That an organization has new records: told at once within the process that stored them, and to the others through the channel of changes, a few times a
 * second at most however fast records come. Only news: what is new stands in the log, in order, and whoever missed the news finds it there. So it is told after
 * the commit and outside of it; a process that dies in between has told nobody, and the others look by themselves now and then.
 */
import { Injectable } from '@nestjs/common';
import { ChangeChannel } from './change-channel';

const GATHER_MS = 50;

@Injectable()
export class RecordNews {
  private readonly listeners = new Set<(organizationId: string) => void>();
  private readonly untold = new Set<string>();
  private timer: NodeJS.Timeout | null = null;

  constructor(private readonly channel: ChangeChannel) {
    channel.on('recordsStored', ([organizationId = '', processId]) => {
      if (processId !== channel.processId) this.tell(organizationId);
    });
  }

  /** Whether the news of other processes is heard. */
  get isHeard(): boolean {
    return this.channel.state === 'heard';
  }

  /** Called after records of this organization were stored, by whichever process. May be called when there is nothing new. */
  on(listener: (organizationId: string) => void): void {
    this.listeners.add(listener);
  }

  stored(organizationIds: Iterable<string>): void {
    for (const id of organizationIds) {
      this.tell(id);
      this.untold.add(id);
    }
    this.timer ??= setTimeout(() => this.announce(), GATHER_MS).unref();
  }

  private tell(organizationId: string): void {
    for (const listener of this.listeners) listener(organizationId);
  }

  private announce(): void {
    this.timer = null;
    const ids = [...this.untold];
    this.untold.clear();
    this.channel
      .announce(
        'recordsStored',
        ids.map((id) => [id, this.channel.processId]),
      )
      .catch(() => undefined);
  }
}
