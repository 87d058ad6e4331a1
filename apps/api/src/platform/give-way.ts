import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

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
