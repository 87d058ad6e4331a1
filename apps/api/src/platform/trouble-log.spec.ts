import { TroubleLog } from './trouble-log';

let now = 0;
let lines: string[] = [];
const logger = {
  error: (message: string) => lines.push(`error ${message}`),
  warn: (message: string) => lines.push(`warn ${message}`),
  log: (message: string) => lines.push(`info ${message}`),
};
let troubles: TroubleLog;
beforeEach(() => {
  [now, lines] = [0, []];
  troubles = new TroubleLog(logger, () => now);
});
const well = { inTrouble: false, pending: 3 };

it('says once what comes a thousand times, with its cause, and how often when it is over', () => {
  for (let i = 0; i < 1_000; i++) troubles.report('A request could not be recorded.', new Error('ENOSPC'));
  expect(lines).toEqual(['error A request could not be recorded. (ENOSPC)']);
  now = 10_001;
  troubles.settle(well);
  expect(lines.slice(1)).toEqual([
    'warn A request could not be recorded. The same happened 999 more times; it has ceased.',
    'info Recording is in order again; 3 records wait in the journal.',
  ]);
});

it('is not over while the writer is in trouble, however quiet it is', () => {
  troubles.report('Records cannot be shipped; they wait in the journal.', new Error('ECONNREFUSED'));
  now = 600_000;
  troubles.settle({ inTrouble: true, pending: 9 });
  expect(lines).toHaveLength(1);
  troubles.settle(well);
  expect(lines).toHaveLength(2);
  troubles.settle(well);
  expect(lines).toHaveLength(2);
});

it('takes messages that differ in an id for one trouble, and tells others apart', () => {
  troubles.report('The store refused record 01930000-0000-7000-8000-0000000000a1; it is in quarantine.', null);
  troubles.report('The store refused record 01930000-0000-7000-8000-0000000000a2; it is in quarantine.', null);
  troubles.report('Records cannot be shipped; they wait in the journal.', null);
  expect(lines).toHaveLength(2);
});

it('begins anew after it was over', () => {
  troubles.report('Again.', null);
  now = 10_001;
  troubles.settle(well);
  troubles.report('Again.', null);
  expect(lines.filter((line) => line === 'error Again.')).toHaveLength(2);
});
