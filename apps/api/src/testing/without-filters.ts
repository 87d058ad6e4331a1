/** Runs what a request asks of the database with its filters by organization taken out: what is left is the second wall. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Server } from 'node:http';
import { Client } from 'pg';

/** `l.organization_id = $3::uuid` and `from organization where id = $1`. The parameter stays, or PostgreSQL would miss it. */
const filters = [/(?<![\w.])(?:\w+\.)?organization_id = (\$\d+)(?:::uuid)?/g, /(?<=\bfrom organization where )id = (\$\d+)/g];

export function withoutFilters(sql: string): string {
  return filters.reduce((text, filter) => text.replace(filter, '$1::uuid is not null'), sql);
}

type Rewriting = { rewritten: string[] };
type Query = (this: Client, sql: unknown, ...rest: unknown[]) => unknown;

/** Of this server only what is asked between, and for, requests sent by `unfiltered`; the jobs of the product go on as they are. */
export function takeFiltersOut(server: Server): {
  unfiltered<T>(send: () => Promise<T>): Promise<{ answer: T; rewritten: string[] }>;
  undo(): void;
} {
  const requests = new AsyncLocalStorage<Rewriting | null>();
  let wanted: Rewriting | null = null;
  const enter = (): void => requests.enterWith(wanted);
  server.prependListener('request', enter);
  const prototype = Client.prototype as unknown as { query: Query };
  const { query } = prototype;
  prototype.query = function (sql, ...rest) {
    const rewriting = requests.getStore();
    if (!rewriting || typeof sql !== 'string') return query.call(this, sql, ...rest);
    const without = withoutFilters(sql);
    if (without !== sql) rewriting.rewritten.push(without);
    return query.call(this, without, ...rest);
  };
  return {
    async unfiltered(send) {
      wanted = { rewritten: [] };
      const { rewritten } = wanted;
      try {
        return { answer: await send(), rewritten };
      } finally {
        wanted = null;
      }
    },
    undo() {
      server.off('request', enter);
      prototype.query = query;
    },
  };
}
