import { logLine } from './log-line';

const now = new Date('2025-12-02T10:30:15.123Z');
const parsed = (entry: Partial<Parameters<typeof logLine>[0]>): unknown => {
  const line = logLine({ level: 'log', context: 'Jobs', messages: [''], ...entry }, now);
  expect(line.endsWith('\n')).toBe(true);
  expect(line.trimEnd()).not.toContain('\n');
  return JSON.parse(line);
};

it('is one object with time, level, context and message', () => {
  expect(parsed({ messages: ['done in 4 ms'] })).toEqual({
    time: '2025-12-02T10:30:15.123Z',
    level: 'info',
    context: 'Jobs',
    message: 'done in 4 ms',
  });
});

it('has the request, the code and the stack as members, on one line', () => {
  const entry = { level: 'error', messages: ['internal_error\nat GET /v1/x'], params: { requestId: 'req_1' }, stack: 'Error: x\n    at y' };
  expect(parsed(entry)).toMatchObject({
    level: 'error',
    message: 'internal_error\nat GET /v1/x',
    requestId: 'req_1',
    stack: 'Error: x\n    at y',
  });
});

it('takes an error as its message and its stack', () => {
  const error = new Error('no answer');
  expect(parsed({ messages: ['A session could not be marked as seen', error] })).toMatchObject({
    message: 'A session could not be marked as seen: no answer',
    stack: error.stack,
  });
});

it('lets no member take the place of one of the line, and survives what JSON cannot say', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  expect(parsed({ messages: [{ big: 7n }, circular], params: { level: 'mine', time: 1, circular } })).toMatchObject({
    time: '2025-12-02T10:30:15.123Z',
    level: 'info',
    message: '{"big":"7"}: [object Object]',
  });
});

it('prints no password of a URL, no key and no token', () => {
  const text = JSON.stringify(
    parsed({
      messages: [`connect postgres://app:hunter2secret@db:5432/x with pbk_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq17`],
      params: { header: 'Bearer abcdefghijklmnop' },
      stack: 'Error: postgres://app:hunter2secret@db',
    }),
  );
  expect(text).not.toMatch(/hunter2secret|zQWBuTSO|abcdefghij/);
  expect(text).toContain('postgres://app:***@db:5432/x');
});
