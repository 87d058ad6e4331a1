/** Lets the product's own services do something as if it were earlier; whatever else the process does at that moment happens now. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../platform/clock';

export type StoryClock = <T>(at: number, deed: () => Promise<T>) => Promise<T>;

/** Until `restore` is called. */
export function storyClock(clock: Clock): { during: StoryClock; restore: () => void } {
  const told = new AsyncLocalStorage<number>();
  const now = clock.now.bind(clock);
  clock.now = () => {
    const at = told.getStore();
    return at === undefined ? now() : new Date(at);
  };
  return { during: (at, deed) => told.run(at, deed), restore: () => void (clock.now = now) };
}
