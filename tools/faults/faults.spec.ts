/** That the checker would see a loss, and that a short run against the built product finds none. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { check, type Attempt, type Row, type Stored } from './check.mjs';

const answer = (label: string, status: number, more: Partial<Attempt> = {}): Attempt => ({
  label,
  kind: 'createCustomer',
  method: 'POST',
  path: '/v1/customers',
  target: null,
  id: `id of ${label}`,
  status,
  sent: true,
  ...more,
});
const record = (label: string, sequence: number, more: Partial<Row> = {}): Row => ({
  id: `id of ${label}`,
  label,
  agent: 'faults',
  organization: 'home',
  kind: 'request',
  method: 'POST',
  path: '/v1/customers',
  status: 201,
  outcome: 'completed',
  reason: null,
  detail: null,
  sequence,
  ...more,
});
const attempts = [answer('a', 201), answer('b', 400), { ...answer('c', 0), id: null, status: null }];
const rows = [record('a', 1), record('b', 2, { status: 400 }), record('c', 3, { status: null, outcome: 'unknown' })];
const made = (label: string) => ({ what: 'customer', label, finalized: null });
const effects = [made('a'), made('c')];
const sound = { attempts, rows, heads: [{ organization: 'home', sequence: 3 }], effects };

const rulesBroken = (change: Partial<Stored & { attempts: Attempt[] }>): string[] =>
  check({ ...sound, ...change }).findings.map(({ rule }) => rule);
const numbered = (...kept: Row[]): Partial<Stored> => ({
  rows: kept.map((row, at) => ({ ...row, sequence: at + 1 })),
  heads: [{ organization: 'home', sequence: kept.length }],
});

it('finds nothing where every answer has its record', () => expect(rulesBroken({})).toEqual([]));

it.each<[string, string[], Partial<Stored & { attempts: Attempt[] }>]>([
  ['an answer without a record', ['lost'], numbered(rows[0]!, rows[2]!)],
  ['a record with another status', ['contradicted'], numbered(rows[0]!, { ...rows[1]!, status: 200 }, rows[2]!)],
  ['a record that does not know of an answer that was seen', ['contradicted'], numbered({ ...rows[0]!, outcome: 'unknown' }, rows[1]!, rows[2]!)],
  ['two records of one request', ['doubled'], numbered(...rows, { ...rows[1]!, id: 'another' })],
  ['one id twice', ['doubled', 'doubled'], numbered(...rows, rows[1]!)],
  ['a record of what was never sent', ['invented'], numbered(...rows, record('z', 4))],
  ['a record of somebody else', ['invented'], numbered(...rows, record('z', 4, { agent: 'curl' }))],
  ['a missing number', ['gap', 'gap'], { rows: [rows[0]!, rows[1]!, { ...rows[2]!, sequence: 4 }], heads: [{ organization: 'home', sequence: 4 }] }],
  ['a customer without a record', ['off the record'], { effects: [...effects, made('nobody')] }],
  ['a customer whose record says 400', ['denied'], { effects: [...effects, made('b')] }],
  ['a 201 without its customer', ['undone'], { effects: [made('c')] }],
  ['records in quarantine', ['quarantined'], { quarantined: 1 }],
])('the checker sees %s', (_, rules, change) => expect(rulesBroken(change)).toEqual(rules)); // prettier-ignore

it('ten kills of the API, of PostgreSQL and of both lose no record of an answer and double none', () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(__dirname, 'faults.mjs'), '--seed', '7', '--kills', '10'], {
    encoding: 'utf8',
    timeout: 170_000,
  });
  if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  expect(stdout).toMatch(/\n0 lost, 0 doubled\n$/);
}, 180_000);
