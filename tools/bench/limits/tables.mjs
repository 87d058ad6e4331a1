/** Makes the tables of the limits at a URL, as the product's migration does. `node tables.mjs <url>`, after the bundle was made. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');
const { Limits1700000000009 } = await import(join(root, 'dist/bench/limits/tables.mjs'));
const client = new pg.Client({ connectionString: process.argv[2] });
await client.connect();
await client.query('create role pinebill_app; create role pinebill_maintenance');
await client.query('create schema app authorization pinebill_maintenance; grant usage on schema app to pinebill_app');
await client.query('set role pinebill_maintenance; set search_path = app');
await new Limits1700000000009().up(client);
await client.end();
