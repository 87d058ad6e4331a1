import { Client } from 'pg';
import { organizations, startTestApp, type TestApp } from '../testing/test-app';

let t: TestApp;
let asApp: Client;
beforeAll(async () => {
  t = await startTestApp(__filename);
  // As the role of the product: row-level security changes plans.
  asApp = new Client({ connectionString: t.db.url, options: '-c role=pinebill_app -c search_path=app -c enable_seqscan=off' });
  await asApp.connect();
  await asApp.query(`set app.organization_id = '${organizations.home}'`);
});
afterAll(async () => {
  await asApp.end();
  await t.close();
});

const plan = async (sql: string): Promise<string> => JSON.stringify((await asApp.query(`explain (format json) ${sql}`)).rows);
const mine = `organization_id = '${organizations.home}'`;
const id = organizations.other;

it.each([
  ['customers, the next page', `select * from customer where ${mine} and id < '${id}' order by id desc limit 51`, 'customer_pkey'],
  ['invoices, the next page', `select * from invoice where ${mine} and id < '${id}' order by id desc limit 51`, 'invoice_pkey'],
  [
    'invoices, the last number',
    `select number from invoice where ${mine} and number is not null order by number desc limit 1`,
    'invoice_number',
  ],
])('%s: one index is walked, nothing is sorted', async (_, sql, index) => {
  const text = await plan(sql);
  expect(text).toContain(`"Index Name":"${index}"`);
  expect(text).not.toContain('"Sort"');
});
