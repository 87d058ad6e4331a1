/** Which role the groups of a person at the provider stand for. */
import { roles, type Role } from '@pinebill/contract';

/** The first of `roles` is the strongest, and of several groups the strongest counts. Null: none of them has a role here. */
export function roleOfClaim(claim: unknown, map: Readonly<Record<string, Role>>): Role | null {
  const groups: unknown[] = Array.isArray(claim) ? claim : [claim];
  const granted = groups.flatMap((group) => (typeof group === 'string' && Object.hasOwn(map, group) ? [map[group]] : []));
  return roles.find((role) => granted.includes(role)) ?? null;
}
