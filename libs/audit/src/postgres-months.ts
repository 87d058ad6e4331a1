/** Which months of `audit_log` are there, so that the store can say when rows had to go to the default partition. Asks only about months it does not know. */
import type { Pool } from 'pg';
import { monthName } from './postgres-partitions';

/** A month that is missing is told again after so long. */
const AGAIN_MS = 60_000;
const DAY_MS = 86_400_000;

export class KnownMonths {
  private readonly known = new Set<string>();
  private readonly told = new Map<string, number>();

  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  /** A time in each month that has no partition; each month once a minute at most. `times` in milliseconds since 1970. */
  async missing(times: Iterable<number>): Promise<Date[]> {
    const unknown = new Map<string, Date>();
    const days = new Set<number>();
    for (const time of times) days.add(Math.floor(time / DAY_MS));
    for (const day of days) {
      const at = new Date(day * DAY_MS);
      const name = monthName(at);
      if (!this.known.has(name)) unknown.set(name, at);
    }
    if (unknown.size === 0) return [];
    const { rows } = await this.pool.query<{ name: string }>('select name from unnest($1::text[]) as name where to_regclass(quote_ident(name)) is not null', [[...unknown.keys()]]); // prettier-ignore
    for (const { name } of rows) this.known.add(name);
    return [...unknown].filter(([name]) => !this.known.has(name) && this.mayTell(name)).map(([, at]) => at);
  }

  private mayTell(name: string): boolean {
    const now = performance.now();
    const last = this.told.get(name);
    if (last !== undefined && now - last < AGAIN_MS) return false;
    this.told.set(name, now);
    return true;
  }
}
