/** That the checker would see a loss. */
import { check, outOfOrder, type Allowed, type Attempt, type Row, type Stored } from './check.mjs';

const answer = (label: string, status: number, more: Partial<Attempt> = {}): Attempt => ({
  label,
  kind: 'createCustomer',
  method: 'POST',
  path: '/v1/customers',
  target: null,
  due: 0,
  answeredAt: 1,
  id: `id of ${label}`,
  status,
  code: null,
  detail: null,
  retryAfter: null,
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
  gap: null,
  sequence,
  ...more,
});
const attempts = [answer('a', 201), answer('b', 400), { ...answer('c', 0), id: null, status: null }];
const rows = [record('a', 1), record('b', 2, { status: 400 }), record('c', 3, { status: null, outcome: 'unknown' })];
const made = (label: string) => ({ what: 'customer', label, finalized: null });
const effects = [made('a'), made('c')];
const sound = { attempts, rows, heads: [{ organization: 'home', sequence: 3 }], effects };

type Change = Partial<Stored & { attempts: Attempt[] } & Allowed>;
const rulesBroken = (change: Change): string[] => check({ ...sound, ...change }).findings.map(({ rule }) => rule);
const numbered = (...kept: Row[]): Partial<Stored> => ({
  rows: kept.map((row, at) => ({ ...row, sequence: at + 1 })),
  heads: [{ organization: 'home', sequence: kept.length }],
});

/** The first request had its effect, and an answer of 503; its row says that nobody knows. */
const doubted = (more: Partial<Attempt>): Change => ({
  attempts: [answer('a', 503, more), ...attempts.slice(1)],
  rows: [record('a', 1, { status: 503, detail: 'not known' }), ...rows.slice(1)],
});

it('finds nothing where every answer has its record', () => expect(rulesBroken({})).toEqual([]));

it.each<[string, string[], Change]>([
  ['an answer without a record', ['lost'], numbered(rows[0]!, rows[2]!)],
  ['a record with another status', ['contradicted'], numbered(rows[0]!, { ...rows[1]!, status: 200 }, rows[2]!)],
  ['a record that does not know of an answer that was seen', ['contradicted'], numbered({ ...rows[0]!, outcome: 'unknown' }, rows[1]!, rows[2]!)],
  ['two records of one request', ['doubled'], numbered(...rows, { ...rows[1]!, id: 'another' })],
  ['one id twice', ['doubled', 'doubled'], numbered(...rows, rows[1]!)],
  ['a record of what was never sent', ['invented'], numbered(...rows, record('z', 4))],
  ['a record of somebody else', ['invented'], numbered(...rows, record('z', 4, { agent: 'curl' }))],
  ['a missing number', ['gap', 'gap'], { rows: [rows[0]!, rows[1]!, { ...rows[2]!, sequence: 4 }], heads: [{ organization: 'home', sequence: 4 }] }],
  ['a customer without a record', ['off the record'], { effects: [...effects, made('nobody')] }],
  ['a customer whose record and answer say 400', ['denied', 'denied'], { effects: [...effects, made('b')] }],
  ['that a client which left does not know of its effect', [], { attempts: [{ ...answer('a', 499), id: null, status: null }, ...attempts.slice(1)], rows: [record('a', 1, { status: 499, outcome: 'aborted' }), ...rows.slice(1)] }],
  ['a 201 without its customer', ['undone'], { effects: [made('c')] }],
  ['an effect whose answer says "come again"', ['denied'], doubted({ code: 'database_unavailable', retryAfter: '5' })],
  ['an effect whose answer says that nothing was done', ['denied'], doubted({ code: 'recording_unavailable', detail: 'Nothing was done.' })],
  ['records in quarantine', ['quarantined'], { quarantined: 1 }],
])('the checker sees %s', (_, rules, change) => expect(rulesBroken(change)).toEqual(rules)); // prettier-ignore

const refused = (label: string): Attempt => answer(label, 503, { code: 'recording_unavailable', retryAfter: '5' });
const gap = (count: number | null, atMost: number, sequence: number): Row =>
  record('', sequence, {
    id: `gap ${sequence}`,
    kind: 'gap',
    label: null,
    agent: null,
    status: null,
    gap: { count, atMost, cause: 'journal_full' },
  });
const refusals = { attempts: [...attempts, refused('d'), refused('e')] };

it.each<[string, string[], Change]>([
  ['every one is counted', [], { ...refusals, ...numbered(...rows, gap(2, 2, 4)) }],
  ['two gap records count them together', [], { ...refusals, ...numbered(...rows, gap(1, 1, 4), gap(1, 1, 5)) }],
  ['a gap record admits that it may be so many', [], { ...refusals, ...numbered(...rows, gap(null, 64, 4)) }],
  ['one is not counted', ['uncounted'], { ...refusals, ...numbered(...rows, gap(1, 1, 4)) }],
  ['none is counted', ['uncounted'], refusals],
  ['more are counted than there were', ['overcounted'], { ...refusals, ...numbered(...rows, gap(3, 3, 4)) }],
  ['one that had no answer may be among the counted', [], { attempts: [...refusals.attempts, { ...refused('f'), id: null }], ...numbered(...rows, gap(3, 3, 4)) }],
  ['another 503 has no record', ['lost'], { attempts: [...attempts, answer('d', 503, { code: 'database_unavailable' })] }],
  ['the row of one whose intent was recorded does not know', [], { attempts: [...attempts, { ...refused('d'), retryAfter: null }], ...numbered(...rows, record('d', 4, { status: null, outcome: 'unknown' })) }],
])('of requests that could not be recorded, %s', (_, rules, change) => expect(rulesBroken(change)).toEqual(rules)); // prettier-ignore

it.each<[string, string[], Change]>([
  ['is admitted', [], numbered(rows[0]!, rows[2]!, gap(null, 1, 3))],
  ['is not admitted', ['uncounted'], numbered(rows[0]!, rows[2]!)],
  ['is excused', [], { ...numbered(rows[0]!, rows[2]!), excused: 1 }],
])('where records may be lost, a loss that %s is told apart', (_, rules, change) =>
  expect(rulesBroken({ ...change, mayLose: true })).toEqual(rules),
);

it('an id that is smaller than one that was answered before is out of order', () => {
  const at = (id: string, due: number, answeredAt: number): Attempt => answer(id, 200, { id, due, answeredAt });
  expect(outOfOrder([at('1', 0, 5), at('3', 1, 2), at('2', 1, 9), at('4', 6, 7)])).toEqual([]);
  expect(outOfOrder([at('3', 0, 5), at('2', 6, 7)])).toHaveLength(1);
});
