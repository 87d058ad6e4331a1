/**
 * The walls of the API, cell by cell: every operation that is served, called by everybody, with their own ids, with those of nobody and with
 * those of others, in the path, in the query and in the body, with cursors of others, as HEAD and with a slash behind it. What must be answered
 * comes from `rights.ts`. New operations fall under it by themselves; what they lack is said.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { can } from '@pinebill/contract';
import { AuditRoutes } from '@pinebill/nestjs-audit';
import type { AccessRule } from '../platform/actor';
import { startTestApp, type TestApp } from '../testing/test-app';
import { organizationsOfWorld, verdictFor } from './callers';
import { cellsOf, cellsWithCursor, ownPath, type Cell, type Cursor } from './cells';
import { operationsOf, type Document, type Operation } from './document';
import { ofThePage, probes, rights, type Rights } from './rights';
import { routesOf } from './router';
import { sender, type Reply } from './send';
import { makeWorld, type World } from './world';
import { rowsOf } from './world-state';

/** What is served is compared with it below. */
const operations = operationsOf(
  JSON.parse(readFileSync(join(__dirname, '../../../../docs/openapi.json'), 'utf8')) as Document, // checked by openapi.db.spec.ts
);

let t: TestApp;
let world: World;
let before: Set<string>;
let out: ReturnType<typeof sender>;
let assertions = 0;
beforeAll(async () => {
  t = await startTestApp(__filename);
  world = await makeWorld(t, operations);
  before = await rowsOf(t);
  out = sender(t.url);
});
afterAll(async () => {
  out.close();
  await t.close();
});

describe('what there is', () => {
  it('is in the router, in the description that is served, and in the table of rights', async () => {
    const served = operationsOf((await t.call('/openapi.json')).json as Document).map(({ name }) => name);
    const inRouter = routesOf(t.app.getHttpAdapter().getInstance().printRoutes({ commonPrefix: false }));
    expect(operations.map(({ name }) => name)).toEqual(served);
    expect(inRouter.filter((name) => !ofThePage.test(name)).sort()).toEqual([...served, ...Object.keys(probes)].sort());
    expect(Object.keys(rights).sort()).toEqual(served.sort());
  });

  it('declares exactly what the table says', () => {
    const rightsOf = ({ metadata }: { metadata: unknown }): Rights => {
      const rule = metadata as AccessRule;
      if (rule.kind === 'public') return { people: 'public' };
      const { permission, scope } = rule;
      const people = (['admin', 'member', 'guest'] as const).filter((role) => permission === 'signed-in' || can(role, permission));
      return { people, ...(scope === null ? {} : { scope }) };
    };
    const declared = t.app.get(AuditRoutes).all();
    const inTable = Object.entries({ ...rights, ...probes }).map(([name, { people, scope }]) => [
      name,
      { people, ...(scope && { scope }) },
    ]);
    expect(Object.fromEntries(declared.map((route) => [`${route.method} ${route.template}`, rightsOf(route)]))).toEqual(
      Object.fromEntries(inTable),
    );
  });

  it('gives a reason for every public route', () => {
    for (const { metadata } of t.app.get(AuditRoutes).all()) {
      const rule = metadata as AccessRule;
      if (rule.kind === 'public') expect(rule.reason.length).toBeGreaterThan(20);
    }
  });
});

it.each(operations)('$name', async (operation) => {
  const cells = cellsOf(operation, world);
  if (operation.hasCursor) cells.push(...cellsWithCursor(operation, await cursorsOf(operation), world));
  const replies = await Promise.all(cells.map(({ request }) => out.send(request)));
  const answered = cells.map((cell, index) => ({ cell, reply: replies[index]! }));
  expectNone([...answered.flatMap(wrong), ...unlike(answered), ...answered.flatMap(leaking)]);
});

/** Of the admins of both organizations, where they may. */
async function cursorsOf(operation: Operation): Promise<Cursor[]> {
  const admins = world.callers.filter(({ name }) => name === 'admin' || name === 'admin elsewhere');
  const allowed = admins.filter((admin) => verdictFor(admin, rights[operation.name]!, operation) === null);
  return Promise.all(
    allowed.map(async (of) => {
      const { text } = await out.send({ method: 'GET', path: `${ownPath(operation, of, world)}?limit=1`, headers: of.headers(operation) });
      const { nextCursor: cursor } = JSON.parse(text) as { nextCursor?: string | null };
      if (typeof cursor !== 'string')
        throw new Error(`${operation.name} has one page: give each organization two rows of it, in matrix/world.ts.`);
      return { of, text: cursor };
    }),
  );
}

type Answered = { cell: Cell; reply: Reply };
const nameOf = ({ caller, variant }: Cell): string => `${caller.name} (${variant})`;

function wrong({ cell, reply }: Answered): string[] {
  assertions++;
  return cell.expected.split(' or ').includes(reply.verdict) ? [] : [`${nameOf(cell)}: ${reply.verdict}, not ${cell.expected}`];
}

/** An answer that differs tells which ids exist elsewhere. */
function unlike(answered: readonly Answered[]): string[] {
  const first = new Map<string, Reply>();
  return answered.flatMap(({ cell, reply }) => {
    if (cell.alike === undefined) return [];
    const group = `${cell.caller.name} ${cell.alike}`;
    const other = first.get(group) ?? reply;
    first.set(group, other);
    assertions++;
    return other.text === reply.text && other.length === reply.length ? [] : [`${nameOf(cell)}: ${reply.text}, elsewhere ${other.text}`];
  });
}

/** Names and ids of an organization in an answer to somebody who does not belong to it. */
function leaking({ cell, reply }: Answered): string[] {
  // What was asked for stands in the log of who asked, whatever it was.
  const text = reply.text.replace(/"path":"[^"]*"|"query":\{[^}]*\}/g, '');
  return organizationsOfWorld
    .filter((whose) => !cell.caller.belongsTo.includes(whose))
    .flatMap((whose) => {
      assertions++;
      const found = world.marks[whose].exec(text);
      return found === null ? [] : [`${nameOf(cell)}: shows ${found[0]} of ${whose}`];
    });
}

function expectNone(mismatches: readonly string[]): void {
  const shown = mismatches.slice(0, 40);
  if (mismatches.length > 0) throw new Error([`${mismatches.length} cells are wrong:`, ...shown].join('\n  '));
}

it('leaves the world as it was', async () => {
  const after = await rowsOf(t);
  const changes = [...[...before].filter((row) => !after.has(row)), ...[...after].filter((row) => !before.has(row))];
  expect(changes).toEqual([]);
});

it('is about thousands of answers', () => {
  expect(assertions).toBeGreaterThan(10_000);
});
