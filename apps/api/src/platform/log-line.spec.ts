import { AppLogger } from './app-logger';
import { logLine, withoutSecrets } from './log-line';

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

it.each([
  ['without a user', 'postgres://:hunter2@db/x', 'postgres://:***@db/x'],
  ['with an @ in it', 'postgres://u:hun@ter2@db/x failed', 'postgres://u:***@db/x failed'],
  ['with a slash in it', 'postgres://u:hun/ter2@db/x', 'postgres://u:***@db/x'],
  ['in the words of libpq', "host=db password=hunter2 user=u password='hun ter2'", 'host=db password=*** user=u password=***'],
  ['in JSON', '{"password":"hunter2","a":1}', '{"password":"***","a":1}'],
  ['in a query', 'https://x/?password=hunter2&a=1', 'https://x/?password=***&a=1'],
  [
    'of a URL with a port and none',
    'http://127.0.0.1:3000/docs and postgres://db:5432/x',
    'http://127.0.0.1:3000/docs and postgres://db:5432/x',
  ],
])('prints no password %s', (_, text, clean) => {
  expect(withoutSecrets(text)).toBe(clean);
});

it('prints none on a terminal either', () => {
  const written: string[] = [];
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((chunk) => {
      written.push(String(chunk));
      return true;
    });
  const logger = new AppLogger('info', false);
  logger.warn('lost postgres://u:hunter2@db/x', 'Database');
  logger.error('failed', { job: 'pwd=hunter2' }, 'Error: postgres://u:hunter2@db/x\n    at y', 'Jobs');
  logger.error(new Error('lost postgres://u:hunter2@db/x'));
  jest.restoreAllMocks();
  expect(written.join('')).toContain('postgres://u:***@db/x');
  expect(written.join('')).not.toContain('hunter2');
});
