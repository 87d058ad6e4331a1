/** Steps of two requests in a chosen order, for *.db.spec.ts: a lock is held while they run into it. */
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import type { TestApp } from './test-app';

/** Lets `meanwhile` run while the lock is held; `holder` is whoever holds it. */
export async function holding<T>({ db }: TestApp, lock: string, meanwhile: (holder: Client) => Promise<T>): Promise<T> {
  const holder = new Client({ connectionString: db.url, options: '-c search_path=app' });
  await holder.connect();
  await holder.query(`begin; ${lock}`);
  try {
    return await meanwhile(holder);
  } finally {
    await holder.query('commit');
    await holder.end();
  }
}

/** Resolves when the statement finds a row; fails after 5 s. */
export async function comesTrue(t: TestApp, sql: string, parameters: unknown[] = []): Promise<void> {
  for (const end = Date.now() + 5_000; (await t.sql(sql, parameters)).length === 0;) {
    if (Date.now() > end) throw new Error(`It does not come true: ${sql}`);
    await wait(10);
  }
}

/** So many statements like this wait for a lock. */
export const waitsForLock = (t: TestApp, like: string, count = 1): Promise<void> =>
  comesTrue(
    t,
    `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like $1
     having count(*) >= ${count}`,
    [like],
  );
