/** The cells of the matrix: one operation, called by everybody in every way, with what must be answered. */
import { newId, typeId, type IdPrefix } from '../platform/ids';
import { effective, harmless, idsInBodies, otherWays, type Ids } from './bodies';
import { organizationsOfWorld, verdictFor, type Caller, type Whose } from './callers';
import type { IdSpot, Operation } from './document';
import { ofOneself, rights, type Rights } from './rights';
import type { Request } from './send';
import { adminOf, prefixes, type World } from './world';

export type Cell = {
  caller: Caller;
  /** `foreign id, HEAD`. */
  variant: string;
  request: Request;
  expected: string;
  /** Answers to the same caller in one of these are alike, word for word: they must not tell which ids exist. */
  alike?: string;
};
type Of = { caller: Caller; operation: Operation; world: World };
type Call = { variant: string; id?: string; body: 'effective' | 'harmless'; expected: string; alike?: string };

export function cellsOf(operation: Operation, world: World): Cell[] {
  const row = rights[operation.name] ?? lacking(operation, 'rights.ts', 'who may call it');
  const callers = world.callers.filter(({ ofScopes }) => ofScopes !== true || row.scope !== undefined);
  return callers.flatMap((caller) => [...cellsFor(caller, operation, row, world), ...elsewhere({ caller, operation, world }, row)]);
}

/** Where a page of somebody ended. */
export type Cursor = { of: Caller; text: string };

export function cellsWithCursor(operation: Operation, cursors: readonly Cursor[], world: World): Cell[] {
  const row = rights[operation.name] ?? lacking(operation, 'rights.ts', 'who may call it');
  return world.callers.flatMap((caller) =>
    cursors.map(({ of, text }): Cell => {
      const isOwn = ofOneself(operation.name) ? caller.who === of.who : caller.of === of.of;
      const path = `${ownPath(operation, caller, world)}?limit=1&cursor=${text}`;
      return {
        ...{ caller, variant: `cursor of ${of.name}`, request: { method: 'GET', path, headers: caller.headers(operation) } },
        expected: verdictFor(caller, row, operation) ?? (isOwn ? '200' : '400 invalid_cursor'),
      };
    }),
  );
}

function cellsFor(caller: Caller, operation: Operation, row: Rights, world: World): Cell[] {
  const refused = verdictFor(caller, row, operation);
  const calls = operation.template.includes('{id}') ? withIds(caller, operation, refused, world) : [withoutId(operation, refused)];
  return calls.flatMap((call, index) => spellings(call, { caller, operation, world }, index === 0));
}

function withoutId(operation: Operation, refused: string | null): Call {
  if (refused !== null) return { variant: 'as described', body: 'effective', expected: refused };
  const byDefault = operation.method === 'GET' ? '200' : '400 invalid_field';
  return { variant: 'as described', body: 'harmless', expected: harmless[operation.name]?.verdict ?? byDefault };
}

function withIds(caller: Caller, operation: Operation, refused: string | null, { own: belongings }: World): Call[] {
  const prefix = prefixes[kindOf(operation.template)] ?? lacking(operation, 'world.ts', 'which kind of id it takes, in `prefixes`');
  const call = (variant: string, id: string | undefined): Call => ({
    ...{ variant, id: id ?? lacking(operation, 'world.ts', `a ${prefix}_ of each organization`), body: 'effective' },
    ...{ expected: refused ?? '404 resource_not_found', alike: 'id' },
  });
  const known = idsTried(caller, prefix, refused !== null).flatMap(([whose, isOwn]): Call[] => {
    if (!isOwn || refused !== null) return [call(isOwn ? 'own id' : `id of ${whose}`, belongings[whose][prefix])];
    if (operation.method !== 'GET') return [];
    return [{ ...call('own id', belongings[whose][prefix]), expected: harmless[operation.name]?.verdict ?? '200', alike: 'own' }];
  });
  return [call('absent id', typeId(prefix, absent)), ...known];
}

/** Whose ids, and whether they are the caller's own. */
function idsTried(caller: Caller, prefix: IdPrefix, isRefused: boolean): [Whose, boolean][] {
  // Whoever is turned away at the door is so before anything is looked up: one id that exists will do.
  if (caller.atTheDoor !== null) return [[caller.of ?? 'home', caller.of !== null]];
  // A session is its person's, and nobody else's in the organization.
  const isTheirs = (whose: Whose): boolean => prefix !== 'ses' || isRefused || caller.who === adminOf[whose];
  return organizationsOfWorld.map((whose) => [whose, whose === caller.of && isTheirs(whose)]);
}

/** As described, as HEAD, spelt in another way, and with a slash behind it, which leads nowhere. */
function spellings({ variant, id = '', body, expected, alike }: Call, { caller, operation, world }: Of, isFirst: boolean): Cell[] {
  const path = pathOf(operation, id, own(caller, world));
  const escaped = path.replace(/^\/v1\/(.)/, (_, letter: string) => `/v1/%${letter.charCodeAt(0).toString(16)}`);
  const rest = { headers: caller.headers(operation), body: bodyOf(body, operation, own(caller, world)) };
  const { method } = operation;
  const cell = (how: string, line: Pick<Request, 'method' | 'path'>, verdict: string): Cell => ({
    ...{ caller, variant: variant + how, request: { ...rest, ...line }, expected: verdict },
  });
  const described = { ...cell('', { method, path }, expected), ...inGroup(alike) };
  if (isOnce(caller, operation)) return [described];
  // Refusals are alike for every id, so one is enough for them.
  const isRead = method === 'GET' && (isFirst || !isRefusal(expected));
  const head = { ...cell(', HEAD', { method: 'HEAD', path }, expected.slice(0, 3)), ...inGroup(alike, ', HEAD') };
  const slash = cell(', slash', { method, path: `${path}/` }, caller.atTheDoor ?? '404 route_not_found');
  const spelt = cell(', escaped', { method, path: escaped }, expected);
  const others: [boolean, Cell][] = [[isRead, head], [isFirst, slash], [isFirst && isRefusal(expected), spelt]]; // prettier-ignore
  return [described, ...others.flatMap(([isTried, one]) => (isTried ? [one] : []))];
}
const inGroup = (alike: string | undefined, how = ''): Pick<Cell, 'alike'> => (alike === undefined ? {} : { alike: alike + how });
const isOnce = ({ asDescribedOnly }: Caller, { name }: Operation): boolean => asDescribedOnly ?? harmless[name]?.once ?? false;
const isRefusal = (verdict: string): boolean => /^40[13]/.test(verdict);

/** Ids of nobody and of others in the body and in the query, for those who may. */
function elsewhere(of: Of, row: Rights): Cell[] {
  const { caller, operation, world } = of;
  if (verdictFor(caller, row, operation) !== null) return [];
  return operation.spots.flatMap((spot) => {
    const foreign = organizationsOfWorld
      .filter((whose) => whose !== caller.of && !(spot.prefix === 'org' && caller.belongsTo.includes(whose)))
      .map((whose): [string, string | undefined] => [`id of ${whose}`, world.own[whose][spot.prefix]]);
    const ways = spot.in === 'query' ? [{}] : [{}, ...(otherWays[operation.name] ?? [])];
    return ways.flatMap((way) =>
      [['absent id', typeId(spot.prefix, absent)] as const, ...foreign].map(([variant, id]): Cell => {
        const where = `${spot.in} ${[spot.at.join('/'), ...Object.keys(way)].join(', ')}`;
        const request = requestWith(spot, { id: id ?? lacking(operation, 'world.ts', `a ${spot.prefix}_ of each organization`), way }, of);
        const expected = spot.in === 'query' ? '200' : (idsInBodies[operation.name] ?? '404 resource_not_found');
        return { caller, variant: `${variant} in ${where}`, alike: where, request, expected };
      }),
    );
  });
}

function requestWith(spot: IdSpot, { id, way }: { id: string; way: object }, { caller, operation, world }: Of): Request {
  const ids = own(caller, world);
  const path = ownPath(operation, caller, world);
  const request = { method: operation.method, headers: caller.headers(operation) };
  if (spot.in === 'query') return { ...request, path: `${path}?${spot.at.join('')}=${id}` };
  return { ...request, path, body: { ...replaced(bodyOf('effective', operation, ids) ?? {}, spot.at, id), ...way } };
}

function bodyOf(which: Call['body'], operation: Operation, ids: Ids): object | undefined {
  if (!operation.takesBody) return undefined;
  const make = effective[operation.name] ?? lacking(operation, 'bodies.ts', 'a body that does it');
  return which === 'effective' ? make(ids) : (harmless[operation.name]?.body ?? {});
}

function replaced(body: object, [step = '', ...rest]: readonly string[], id: string): object {
  const member = (body as Record<string, unknown>)[step];
  const value = rest.length === 0 ? id : replaced(member ?? {}, rest, id);
  // Beside one's own: nothing may be done by halves.
  return Array.isArray(body) ? [...(body as unknown[]), value] : { ...body, [step]: value };
}

/** With the ids of the caller's own organization. */
export const ownPath = (operation: Operation, caller: Caller, world: World): string => {
  const ids = own(caller, world);
  return pathOf(operation, ids[prefixes[kindOf(operation.template)] ?? 'log'] ?? '', ids);
};
/** What stands below an incident or a channel is one's own, whoever's that is. */
const pathOf = ({ template }: Operation, id: string, { cal = '', fup = '', ntf = '' }: Ids): string =>
  template
    .replace('{id}', id)
    .replace('{token}', absentToken)
    .replace('{ip}', everybodysIp)
    .replace('{step}', 'scoped')
    .replace('{callerId}', cal)
    .replace('{followUpId}', fup)
    .replace('{deliveryId}', ntf);

const absent = newId();
/** Everybody in the world calls from it. */
const everybodysIp = '127.0.0.1';
const absentToken = 'x'.repeat(43);
const own = (caller: Caller, world: World): Ids => world.own[caller.of ?? 'home'];
const kindOf = (template: string): string => /\/([a-z-]+)\/\{id\}/.exec(template)?.[1] ?? '';

function lacking({ name }: Operation, file: string, what: string): never {
  throw new Error(`The matrix does not know ${name}: add to apps/api/src/matrix/${file} ${what}.`);
}
