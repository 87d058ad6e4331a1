/**
 * Whether one key is used by several clearly different services. Pure, and reluctant: what could as well be one service is not called several.
 *
 * The rule: the programs (user-agent families) that called in the window are put together where they share a network, because a service may use two
 * libraries, and because what stands behind one address cannot be told apart. What remains apart is a service when it makes at least a tenth of the
 * requests, and 20 of those looked at. A key is shared when two such services called on at least three common days.
 *
 * So these are not shared: a service that runs in many networks, a new version, a new name of the program on the same machines, several programs
 * behind one NAT, somebody who tries the key once, and a move to other machines, where the old ends as the new begins.
 */

export type Use = {
  family: string;
  network: string;
  /** UTC: `2025-12-02`. */
  day: string;
  requests: number;
};
export type UsingService = { families: string[]; networks: string[]; days: string[]; requests: number; share: number };
export type SharedUse = { requests: number; commonDays: number; services: UsingService[] };

export const LEAST_SHARE = 0.1;
export const LEAST_REQUESTS = 20;
export const LEAST_COMMON_DAYS = 3;

/** Null: by one service, as far as can be told. Of several, the busiest first. */
export function sharedUse(uses: readonly Use[]): SharedUse | null {
  const requests = uses.reduce((sum, use) => sum + use.requests, 0);
  const real = clusters(uses)
    .map((members) => serviceOf(members, requests))
    .filter((service) => service.share >= LEAST_SHARE && service.requests >= LEAST_REQUESTS);
  const together = real.filter((one) => real.some((other) => other !== one && commonDays(one, other) >= LEAST_COMMON_DAYS));
  if (together.length < 2) return null;
  together.sort((a, b) => b.requests - a.requests);
  const pairs = together.flatMap((one, at) => together.slice(at + 1).map((other) => commonDays(one, other)));
  return { requests, commonDays: Math.max(...pairs), services: together };
}

/** The uses whose programs hang together by networks they share, over any number of steps. */
function clusters(uses: readonly Use[]): Use[][] {
  const parent = new Map<string, string>();
  const rootOf = (node: string): string => {
    const above = parent.get(node) ?? node;
    if (above === node) return node;
    const root = rootOf(above);
    parent.set(node, root);
    return root;
  };
  const programOf = ({ family }: Use): string => `program ${family}`;
  for (const use of uses) parent.set(rootOf(programOf(use)), rootOf(`network ${use.network}`));
  const found = new Map<string, Use[]>();
  for (const use of uses) {
    const root = rootOf(programOf(use));
    found.set(root, [...(found.get(root) ?? []), use]);
  }
  return [...found.values()];
}

function serviceOf(uses: readonly Use[], all: number): UsingService {
  const requests = uses.reduce((sum, use) => sum + use.requests, 0);
  const distinct = (of: (use: Use) => string): string[] => [...new Set(uses.map(of))].sort();
  return {
    families: distinct(({ family }) => family),
    networks: distinct(({ network }) => network),
    days: distinct(({ day }) => day),
    requests,
    share: requests / all,
  };
}

const commonDays = (one: UsingService, other: UsingService): number => one.days.filter((day) => other.days.includes(day)).length;
