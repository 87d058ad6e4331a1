/** What is kept of a key by endpoint: made with the first failure, the one that is kept longest given up for another. */
import type { Call } from '../call';

/** Method and template. */
export const endpointOf = ({ method, route }: Call): string => `${method ?? ''} ${route ?? ''}`;

/** `make` null: nothing is made, for there is nothing to remember yet. */
export function ofRoute<T extends { route: string }>(kept: T[], route: string, make: (() => T) | null, most: number): T | null {
  const known = kept.find((one) => one.route === route);
  if (known !== undefined || make === null) return known ?? null;
  const made = make();
  kept.push(made);
  if (kept.length > most) kept.shift();
  return made;
}

/** Of a finding: the endpoint in the words of the log's filter. */
export const filterOf = ({ method, route }: Call): Record<string, string> => ({
  ...(method === null ? {} : { method }),
  ...(route === null ? {} : { route }),
});
