import { followLogs, type LogFollower } from './log-stream';
import { aRecord } from './testing/builders';

/** What a browser has and jsdom lacks. */
class Source extends EventTarget {
  static readonly CLOSED = 2;
  static all: Source[] = [];
  readyState = 0;
  constructor(readonly url: string) {
    super();
    Source.all.push(this);
  }
  close(): void {
    this.readyState = Source.CLOSED;
  }
}
const sources = Source.all;
const look = (visibility: string): void => {
  Object.defineProperty(document, 'visibilityState', { value: visibility, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
};
const told: string[] = [];
const follower: LogFollower = {
  record: ({ path }) => told.push(`record ${path}`),
  state: (state) => told.push(state),
  begun: () => told.push('begun'),
};

beforeEach(() => {
  Object.assign(globalThis, { EventSource: Source });
  sources.length = 0;
  told.length = 0;
});
afterEach(() => look('visible'));

it('tells of each record, and once that nothing is missed from here on: the browser itself asks for what a cut made it miss', () => {
  const stop = followLogs('/v1/audit-logs/stream?status=4xx', follower);
  const [source] = sources;
  expect(source!.url).toBe('/v1/audit-logs/stream?status=4xx');
  source!.dispatchEvent(new Event('open'));
  source!.dispatchEvent(new MessageEvent('record', { data: JSON.stringify(aRecord(1, { path: '/v1/a' })) }));
  source!.dispatchEvent(new Event('error')); // cut; the browser comes back
  source!.dispatchEvent(new Event('open'));
  source!.dispatchEvent(new MessageEvent('gap', { data: '{}' })); // some cannot be told any more: the list must be read again
  expect(told).toEqual(['connecting', 'live', 'begun', 'record /v1/a', 'connecting', 'live', 'begun']);
  stop();
  expect(source!.readyState).toBe(Source.CLOSED);
});

it('says that it is refused when the browser gives up, and tries again later', () => {
  jest.useFakeTimers();
  const stop = followLogs('/v1/audit-logs/stream', follower);
  sources[0]!.readyState = Source.CLOSED;
  sources[0]!.dispatchEvent(new Event('error'));
  expect(told.at(-1)).toBe('refused');
  jest.advanceTimersByTime(10_000);
  sources[1]!.dispatchEvent(new Event('open'));
  expect(told.slice(-3)).toEqual(['connecting', 'live', 'begun']);
  sources[1]!.readyState = Source.CLOSED;
  sources[1]!.dispatchEvent(new Event('error'));
  stop();
  jest.advanceTimersByTime(20_000);
  expect(sources).toHaveLength(2);
  jest.useRealTimers();
});

it('follows nothing while nobody looks, and begins anew when somebody does', () => {
  const stop = followLogs('/v1/audit-logs/stream', follower);
  look('hidden');
  expect(sources.map(({ readyState }) => readyState)).toEqual([Source.CLOSED]);
  look('visible');
  look('visible');
  expect(sources).toHaveLength(2);
  sources[1]!.dispatchEvent(new Event('open'));
  expect(told.filter((line) => line === 'begun')).toHaveLength(1);
  stop();
  look('hidden');
  look('visible');
  expect(sources).toHaveLength(2);
});
