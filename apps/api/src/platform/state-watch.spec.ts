/** Which warnings become lines, and when. Over a state that the test moves; how it comes about is readiness.db.spec.ts. */
import { Logger } from '@nestjs/common';
import type { Readiness } from './readiness';
import { StateWatch } from './state-watch';
import type { TroubleLog } from './trouble-log';
import type { Warning, WarningCode } from './warnings';

const warning = (code: WarningCode, action = 'Do something.'): Warning => ({
  code,
  severity: 'warning',
  message: `It is ${code}.`,
  action,
});
let warnings: Warning[];
let reachable: boolean;
let lines: string[];
let watch: StateWatch;

beforeEach(() => {
  [warnings, reachable, lines] = [[], true, []];
  for (const level of ['warn', 'log'] as const)
    jest.spyOn(Logger.prototype, level).mockImplementation((...args: unknown[]) => void lines.push(`${level} ${String(args[0])}`));
  const parts = { mode: 'durable', modeSince: null, process: { startedAt: '2025-12-02T10:30:15.123Z' } };
  const database = () => ({ asOf: reachable ? '2025-12-02T10:30:15.123Z' : null });
  const readiness = { check: () => Promise.resolve({ warnings, parts: { ...parts, database: database() } } as unknown as Readiness) };
  watch = new StateWatch(readiness as never, { status: () => ({ lastError: null, journalError: null }) } as never, {} as TroubleLog);
});
afterEach(() => jest.restoreAllMocks());

/** Without the line about the mode, which comes first and once. */
const said = async (): Promise<string[]> => {
  await watch.look();
  return lines.splice(0).filter((line) => !line.includes('in mode'));
};

it('says a warning once when it begins, and once when it is over', async () => {
  warnings = [warning('journal_filling')];
  expect(await said()).toEqual(['warn It is journal_filling. Do something.']);
  expect(await said()).toEqual([]);
  warnings = [];
  expect(await said()).toEqual(['log Over: It is journal_filling.']);
  expect(await said()).toEqual([]);
});

it('leaves to the recorder what the recorder says with its cause, and says when it is over', async () => {
  warnings = [warning('not_shipping')];
  expect(await said()).toEqual([]);
  warnings = [];
  expect(await said()).toEqual(['log Over: It is not_shipping.']);
});

it('does not take what the database cannot say for over while it is away', async () => {
  warnings = [warning('fsync_off')];
  await said();
  reachable = false;
  warnings = [warning('database_away')];
  expect(await said()).toEqual(['warn It is database_away. Do something.']);
  reachable = true;
  warnings = [warning('fsync_off')];
  expect(await said()).toEqual(['log Over: It is database_away.']);
});

it('sees that the journal is well again although the database is still away', async () => {
  [reachable, warnings] = [false, [warning('journal_failing'), warning('database_away')]];
  await said();
  warnings = [warning('database_away')];
  expect(await said()).toEqual(['log Over: It is journal_failing.']);
});

it('speaks of a dead process at the start at once, later when it was missing twice, and of each by itself', async () => {
  warnings = [warning('journal_of_dead_process', 'One.')];
  expect(await said()).toEqual(['warn It is journal_of_dead_process. One.']);
  warnings = [...warnings, warning('journal_of_dead_process', 'Two.')];
  expect(await said()).toEqual([]);
  expect(await said()).toEqual(['warn It is journal_of_dead_process. Two.']);
  const both = warnings;
  [reachable, warnings] = [false, []];
  expect(await said()).toEqual([]);
  [reachable, warnings] = [true, both];
  expect(await said()).toEqual([]);
});
