/** Everybody who might call, and what the rights say to them. */
import { scopes, type Role, type Scope } from '@pinebill/contract';
import type { Operation } from './document';
import { ofOneself, type Rights } from './rights';

/** The two organizations of the world. */
export type Whose = 'home' | 'other';
export const organizationsOfWorld: readonly Whose[] = ['home', 'other'];

export type Caller = {
  name: string;
  /** In which organization they act; null: in none. */
  of: Whose | null;
  /** One of several who are treated alike, of whom others try every spelling of the path. */
  asDescribedOnly?: true;
  /** One of a set of keys that differ by their scopes: where none lets a key in, the others say it all. */
  ofScopes?: true;
  /** The user; null: no person. */
  who: string | null;
  /** What they are a member of. */
  belongsTo: readonly Whose[];
  headers: (operation: Operation) => Record<string, string>;
  /** What is said at the door, whatever the path; null: they are known. */
  atTheDoor: string | null;
  /** The verdict on an operation of somebody who is known, or on a public one; null: they may. */
  refused: (rights: Rights, operation: Operation) => string | null;
};

/** The verdict on this operation; null: they may. */
export function verdictFor(caller: Caller, rights: Rights, operation: Operation): string | null {
  const isPublic = rights.people === 'public';
  // Where nobody needs to say who they are, a wrong key is refused all the same, and a cookie that is over is nothing.
  if (caller.atTheDoor !== null && (!isPublic || 'authorization' in caller.headers(operation))) return caller.atTheDoor;
  return caller.refused(rights, operation);
}

export const noKey = '401 invalid_api_key';
export const noSession = '401 no_session';
const publicOnly = (rights: Rights, otherwise: string): string | null => (rights.people === 'public' ? null : otherwise);

type Headers = Caller['headers'];
const nowhere = { of: null, who: null, belongsTo: [] } as const;
export const nobody: Caller = { name: 'nobody', ...nowhere, headers: () => ({}), atTheDoor: noKey, refused: () => null };

export const asDescribedOnly = (caller: Caller): Caller => ({ ...caller, asDescribedOnly: true });

/** No key of ours. */
export const stranger = (name: string, authorization: string): Caller => ({ ...nobody, name, headers: () => ({ authorization }) });

type Person = { name: string; who: string; role: Role; of: Whose; belongsTo?: readonly Whose[]; headers: Headers };
export const person = ({ name, who, role, of, belongsTo = [of], headers }: Person): Caller => ({
  ...{ name, who, of, belongsTo, headers, atTheDoor: null },
  refused: ({ people, homeOnly }) => {
    if (people === 'public') return null;
    return people.includes(role) && (homeOnly !== true || of === 'home') ? null : '403 insufficient_role';
  },
});

/** Whoever cannot act as the person any more: the session is over, or what it stood on. */
export const formerly = (one: Person): Caller => ({ ...person(one), atTheDoor: noSession, refused: () => null });

/** An admin of whom something is asked first. */
export const askedFirst = (admin: Person, code: string): Caller => ({
  ...person(admin),
  refused: (rights, { name }) => (ofOneself(name) ? null : publicOnly(rights, `403 ${code}`)),
});

/** A page of another site, with the cookie of its visitor. */
export const lured = (admin: Person): Caller => ({
  ...person(admin),
  refused: (rights, { method }) => (method === 'GET' ? person(admin).refused(rights, {} as Operation) : '403 cross_site_request'),
});

type Program = { name: string; of: Whose; authorization: string; granted?: readonly Scope[]; cookie?: Headers };
export const program = ({ name, of, authorization, granted = scopes, cookie = () => ({}) }: Program): Caller => ({
  ...{ name, of, who: null, belongsTo: [of], atTheDoor: null, headers: (operation) => ({ ...cookie(operation), authorization }) },
  refused: ({ people, scope }) => {
    if (people === 'public') return null;
    if (scope === undefined) return '403 person_required';
    return granted.includes(scope) ? null : '403 missing_scope';
  },
});
export const deadProgram = (one: Program): Caller => ({ ...program(one), atTheDoor: noKey });
/** Reads and nothing else. */
export const quarantined = (one: Program): Caller => ({
  ...program(one),
  refused: (rights, operation) =>
    program(one).refused(rights, operation) ?? (operation.method === 'GET' ? null : publicOnly(rights, '403 quarantined_key')),
});
/** From a network that the key does not work from. */
export const misplaced = (one: Program): Caller => ({ ...program(one), refused: (rights) => publicOnly(rights, '403 ip_not_allowed') });
