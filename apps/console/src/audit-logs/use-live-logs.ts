/** The requests that came since the list was read, newest first. While the reader is busy with a row they wait, and are counted. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useDataProvider } from 'react-admin';
import type { LogRecord } from '../api-types';
import type { ConsoleDataProvider, Query } from '../data-provider';
import type { FollowState } from '../log-stream';

/** Rows come in gently: a busy organization has hundreds of requests a second, and a page that slides all the time is neither read nor quick. */
const SHOW_EVERY_MS = 750;
/** Above the list at most; beyond that it is read anew. */
const MOST_ABOVE = 500;

type Live = {
  filter: Query;
  on: boolean;
  paused: boolean;
  /** The list may lack what came before the stream began. */
  onBegun: () => void;
  /** Too much has come to be kept above the list. */
  onOverflow: () => void;
};

export function useLiveLogs({ filter, on, paused, onBegun, onOverflow }: Live) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [above, setAbove] = useState<readonly LogRecord[]>([]);
  const [waiting, setWaiting] = useState(0);
  const [state, setState] = useState<FollowState>('connecting');
  const arrived = useRef<LogRecord[]>([]);
  /** Arrived as well, and let go of: the list has them. */
  const passed = useRef(0);
  const then = useRef({ onBegun, onOverflow });
  then.current = { onBegun, onOverflow };

  useEffect(() => {
    arrived.current = [];
    passed.current = 0;
    setAbove([]);
    setWaiting(0);
    if (!on) return undefined;
    const stop = dataProvider.followLogs(filter, {
      record: (record) => {
        arrived.current.push(record);
        if (arrived.current.length > MOST_ABOVE) passed.current += arrived.current.splice(0, MOST_ABOVE / 2).length;
      },
      state: setState,
      begun: () => then.current.onBegun(),
    });
    return () => void stop.then((end) => end());
  }, [dataProvider, filter, on]);

  const show = useCallback(() => {
    if (paused) {
      setWaiting(arrived.current.length + passed.current);
      return;
    }
    setWaiting(0);
    if (passed.current > 0) {
      passed.current = 0;
      arrived.current = [];
      then.current.onOverflow();
      return;
    }
    if (arrived.current.length === 0) return;
    const fresh = arrived.current.splice(0);
    setAbove((before) => newestFirst([...fresh, ...before]));
  }, [paused]);
  useEffect(() => {
    show();
    if (!on) return undefined;
    const timer = setInterval(show, SHOW_EVERY_MS);
    return () => clearInterval(timer);
  }, [on, show]);
  useEffect(() => {
    if (above.length > MOST_ABOVE) then.current.onOverflow();
  }, [above]);

  return { above, waiting, state };
}

/** As the list sorts. A request is stored when it has ended, so a long one comes late and finds its place further down. */
const newestFirst = (records: LogRecord[]): LogRecord[] =>
  records.sort((a, b) => (a.startedAt === b.startedAt ? (a.id < b.id ? 1 : -1) : a.startedAt < b.startedAt ? 1 : -1));

/** Each once: what is above is in the list too, once that has been read again. */
export function merged(above: readonly LogRecord[], list: readonly LogRecord[]): readonly LogRecord[] {
  if (above.length === 0) return list;
  const listed = new Set(list.map(({ id }) => id));
  const fresh = above.filter(({ id }) => !listed.has(id));
  return fresh.length === 0 ? list : newestFirst([...fresh, ...list]);
}
