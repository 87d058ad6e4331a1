/**
 * Follows the log over server-sent events. The browser comes back by itself after a cut, and tells where it had come to; the server tells what was missed.
 * While nobody looks at the tab nothing is followed: a browser has six connections to a host, and each tab would keep one.
 */
import type { LogRecord } from './api-types';

export type FollowState = 'connecting' | 'live' | 'refused';
export type LogFollower = {
  record: (record: LogRecord) => void;
  /** `refused`: it cannot be followed, now or at all. */
  state: (state: FollowState) => void;
  /** From here on nothing is missed; what came before is not told. Also after some records could not be told. */
  begun: () => void;
};

/** After an answer that is no stream, such as one of a proxy while the server starts, the browser itself gives up. */
const AGAIN_MS = 10_000;

/** Returns how to stop. */
export function followLogs(address: string, follower: LogFollower): () => void {
  let source: EventSource | null = null;
  let again: ReturnType<typeof setTimeout> | undefined;
  const close = (): void => {
    clearTimeout(again);
    source?.close();
    source = null;
  };
  const open = (): void => {
    let begun = false;
    follower.state('connecting');
    const stream = new EventSource(address);
    source = stream;
    stream.addEventListener('open', () => {
      follower.state('live');
      if (!begun) follower.begun();
      begun = true;
    });
    stream.addEventListener('record', ({ data }: MessageEvent<string>) => follower.record(JSON.parse(data) as LogRecord));
    stream.addEventListener('gap', () => follower.begun());
    stream.addEventListener('error', () => {
      const isRefused = stream.readyState === EventSource.CLOSED;
      if (isRefused && source === stream) again = setTimeout(open, AGAIN_MS);
      follower.state(isRefused ? 'refused' : 'connecting');
    });
  };
  const whenSeen = (): void => {
    if (document.visibilityState === 'hidden') close();
    else if (source === null) open();
  };
  document.addEventListener('visibilitychange', whenSeen);
  whenSeen();
  return () => {
    document.removeEventListener('visibilitychange', whenSeen);
    close();
  };
}
