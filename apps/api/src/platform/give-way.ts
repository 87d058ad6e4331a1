import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

const LOW_PRIORITY = 10;

/**
 * For a thread that works for nobody who waits: requests come first where there are too few processors for both. On Linux a thread has a priority of
 * its own; elsewhere nothing is changed.
 */
export function giveWay(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), LOW_PRIORITY);
  } catch {
    return;
  }
}

const AT_A_TIME_MS = 5;
const LONGEST_REST_MS = 50;

/**
 * The same for what a priority does not reach, such as a server that works for the thread: call `rest` whenever a piece of work is done, and it waits
 * `share` of the time since it waited last. Short rests, and often: whoever waits meets one.
 */
export class Pace {
  private since = performance.now();

  constructor(private readonly share: number) {}

  async rest(): Promise<void> {
    const worked = performance.now() - this.since;
    if (worked < AT_A_TIME_MS) return;
    await delay(Math.min(worked * this.share, LONGEST_REST_MS));
    this.since = performance.now();
  }
}
