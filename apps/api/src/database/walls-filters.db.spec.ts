/** The second wall alone: every table with rows of organizations, asked without a filter by the role of the product inside one of them. */
import { Client } from 'pg';
import { startTestApp, type TestApp } from '../testing/test-app';
import { tryWithoutFilter, walledTables, type Tried, type WalledTable } from '../testing/walled-tables';

let t: TestApp;
let client: Client;
let tables: WalledTable[];
beforeAll(async () => {
  t = await startTestApp(__filename);
  client = new Client({ connectionString: t.db.url, options: '-c search_path=app -c lock_timeout=10s' });
  await client.connect();
  tables = await walledTables(client);
});
afterAll(async () => {
  await client.end();
  await t.close();
});

const refused = 'row-level security policy';
const walled: Tried = { own: expect.any(Number), seen: 0, changed: 0, deleted: 0, inserted: refused, given: refused };
/** What differs, and why. */
const otherwise: Record<string, Partial<Tried>> = {
  // A new person is inserted before the membership that makes them visible; the row of somebody who is there already is not touched.
  app_user: { inserted: expect.stringContaining('duplicate key') },
  // A record that names no organization we know must be kept somewhere. Nobody but maintenance changes or deletes one.
  audit_quarantine: { inserted: expect.stringContaining('duplicate key'), given: '0' },
};

it('every table keeps what is foreign from being read, changed, deleted, added and given away', async () => {
  expect(tables.length).toBeGreaterThan(30);
  for (const table of tables) {
    const tried = await tryWithoutFilter(client, table);
    expect({ table: table.name, ...tried }).toEqual({ table: table.name, ...walled, ...otherwise[table.name] });
    expect({ table: table.name, seesItsOwn: tried.own > 0 }).toEqual({ table: table.name, seesItsOwn: true });
  }
});

it('and would not without any one of its policies', async () => {
  const seen = async (table: WalledTable, sabotage: string): Promise<boolean> => (await tryWithoutFilter(client, table, sabotage)).seen > 0;
  const open: Record<string, boolean> = {};
  for (const table of tables) {
    open[table.name] = await seen(table, `alter table ${table.name} disable row level security`);
    for (const { name, command } of table.policies) {
      const policy = `alter policy ${name} on ${table.name}`;
      if (command !== 'a') open[`${name} on ${table.name}`] = await seen(table, `${policy} using (true)`);
      if (command === 'r' || table.name in otherwise) continue;
      const { inserted } = await tryWithoutFilter(client, table, `${policy} with check (true)`);
      open[`check of ${name} on ${table.name}`] = inserted !== refused;
    }
  }
  expect(Object.entries(open).filter(([, isOpen]) => !isOpen)).toEqual([]);
  expect(Object.keys(open).length).toBeGreaterThan(2 * tables.length);
});
