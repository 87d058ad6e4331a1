/**
 * Which things were read and changed with some keys: whatever a parameter of a route names, told by the words of the path. Only of requests that were not answered
 * with an error.
 *
 * `db` is inside the organization's transaction.
 */
import type { Queryable } from '../audit.types';
import { Parameters } from '../record-filter';
import { ownRows, roomToCount, withCallers, writesSql, type KeysAndPeriod } from './extent-rows';

export type TouchedResource = {
  /** As the path has it. */
  id: string;
  /** The path up to the id: with whatever follows, all requests that name it there. */
  path: string;
  reads: number;
  writes: number;
  firstAt: Date;
  lastAt: Date;
};
export type TouchedResources = {
  /** The word of the route before the parameter: `invoices`. */
  collection: string;
  /** Different ones, and those that were written to. */
  total: number;
  written: number;
  /** The most written to, then the most read; `mostOfEach` at the most. */
  lines: TouchedResource[];
};

/** A parameter of a route: which part of the path (1 stands before the first slash), and whether nothing follows. */
type Parameter = { no: number; part: number; isLast: boolean; collection: string; writes: boolean };

export async function readTouchedResources(db: Queryable, read: KeysAndPeriod & { mostOfEach: number }): Promise<TouchedResources[]> {
  const of = await withCallers(db, read);
  const routes = await db.query(`select no, route, ${writesSql('method')} as writes from audit_route where organization_id = $1 and route like '%{%'`, [of.organizationId]); // prettier-ignore
  const named = routes.flatMap((row) => parametersOf(row as { no: number; route: string; writes: boolean })); // as selected
  if (of.callers.length === 0 || of.from >= of.to || named.length === 0) return [];
  await roomToCount(db);
  const parameters = new Parameters();
  const own = ownRows(of, parameters);
  const list = (value: (one: Parameter) => unknown, type: string): string => parameters.add(named.map(value), type);
  const collections = [...new Set(named.map(({ collection }) => collection))];
  // A thing is told by the path up to its id. Most paths end with it, and are taken as they are.
  const rows = await db.query(
    `with named as (
       select * from unnest(${list(({ no }) => no, 'int[]')}, ${list(({ part }) => part, 'int[]')}, ${list(({ isLast }) => isLast, 'boolean[]')},
         ${list(({ collection }) => collections.indexOf(collection), 'int[]')}, ${list(({ writes }) => writes, 'boolean[]')}) n (no, part, is_last, collection, writes)),
     told as materialized (select * from (
       select n.collection, case when n.is_last then l.path else array_to_string((string_to_array(l.path, '/'))[1:n.part], '/') end as path,
         count(*) filter (where not n.writes) as reads, count(*) filter (where n.writes) as writes, min(l.occurred_at) as first_at, max(l.occurred_at) as last_at
       from audit_log l join named n on n.no = l.route_no
       where l.organization_id = ${own.organization} and l.occurred_at >= ${own.from} and ${own.rest} and l.route_no = any(${parameters.add([...new Set(named.map(({ no }) => no))], 'int[]')})
         and (l.status is null or l.status < 400) and starts_with(l.path, '/') group by 1, 2 offset 0) thing where not path like '%/' and not path like '%/[redacted]'),
     kind as (select collection, count(*) as total, count(*) filter (where writes > 0) as written from told group by 1)
     select t.*, k.total, k.written from kind k cross join lateral (
       select * from told t where t.collection = k.collection order by t.writes desc, t.reads desc, t.path collate "C"
       limit ${parameters.add(read.mostOfEach, 'int')}) t
     order by k.total desc, k.collection, t.writes desc, t.reads desc, t.path collate "C"`,
    parameters.values,
  ); // prettier-ignore
  return [...new Set(rows.map((row) => Number(row['collection'])))].map((collection) => {
    const lines = rows.filter((row) => Number(row['collection']) === collection);
    return {
      collection: collections[collection] ?? '',
      total: Number(lines[0]?.['total']),
      written: Number(lines[0]?.['written']),
      lines: lines.map(toResource),
    };
  });
}

function parametersOf({ no, route, writes }: { no: number; route: string; writes: boolean }): Parameter[] {
  const parts = route.split('/');
  return parts.flatMap((text, at) =>
    // What has text around it names no id by itself.
    /^\{\w+\}$/.test(text) ? [{ no, part: at + 1, isLast: at === parts.length - 1, collection: collectionOf(parts, at), writes }] : [],
  );
}

/** The nearest word before it. */
const collectionOf = (parts: readonly string[], at: number): string => parts.slice(0, at).reverse().find((part) => part !== '' && !part.includes('{')) ?? ''; // prettier-ignore

/** The types are those of the statement above. */
const toResource = (row: Record<string, unknown>): TouchedResource => ({
  id: (row['path'] as string).split('/').at(-1) ?? '',
  path: row['path'] as string,
  reads: Number(row['reads']),
  writes: Number(row['writes']),
  firstAt: row['first_at'] as Date,
  lastAt: row['last_at'] as Date,
});
