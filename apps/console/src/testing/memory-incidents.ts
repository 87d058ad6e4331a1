/** The incidents of the memory data provider: lists are rows, and what is done changes an incident as the spec has laid out in `incidents.after`. */
import type { RaRecord } from 'react-admin';
import { typeId } from './builders';
import { memoryChannels } from './memory-channels';

type Memory = {
  rows: (resource: string) => RaRecord[];
  ask: <T>(what: string, answer: () => T) => Promise<T>;
  one: (resource: string, id: unknown) => RaRecord;
};

const allLookedAt = { since: '2025-11-02T10:30:00.000Z', until: '2025-12-02T10:30:00.000Z', waiting: 0, oldestWaitingAt: null, failures: 0, lastFailedAt: null, includesPeople: false }; // prettier-ignore

/** What is asked of plan, retention and detection, the rows that it is answered with, and the answer without any. */
const retentionRows: readonly [RegExp, string, object?][] = [
  [/^\/plan\/preview$/, 'plan-preview'],
  [/^\/plan$/, 'plan'],
  [/^\/archive-setting$/, 'archive-setting', { archiveTo: null, destinations: [] }],
  [/^\/archives\/search$/, 'archive-findings'],
  [/^\/detection$/, 'detection', allLookedAt],
  [/^\/holds/, 'holds'],
  [/^\/purge-certificates/, 'purge-in-progress', { data: [], nextCursor: null, inProgress: null }],
  [/\/retention$/, 'record-retention'],
];

export function memoryIncidents({ rows, ask, one }: Memory) {
  const channels = memoryChannels({ rows, ask, one });
  const lists: Record<string, () => unknown> = { extent: () => rows('extent')[0], drill: () => rows('drill')[0] };
  const read = (id: string, list: string): unknown => {
    one('incidents', id);
    return lists[list]?.() ?? { data: [...rows(list)], nextCursor: null };
  };
  const write = (id: string, body: object | undefined, list: string): unknown => {
    if (list === 'replace') return { ...rows('api-keys')[0], ...body, id: typeId('key', 9), secret: `pbk_${'s'.repeat(36)}` };
    return Object.assign(one('incidents', id), rows('incidents.after').shift());
  };
  /** Of findings and normal usage: the record becomes what the spec has laid out. */
  const decided = (path: string, body: object | undefined): unknown => {
    const [, list = '', id = ''] = path.split('/');
    if (id === '') return rows(list)[0];
    return Object.assign(one(list, id), body, rows(`${list}.after`).shift());
  };
  return {
    // Not kept in `asked`: the line on every page asks.
    openIncidents: () => Promise.resolve(rows('incidents').filter(({ closedAt }) => closedAt === null)),
    supportContact: () => Promise.resolve(rows('support-contact')[0] ?? { kind: 'mail', addresses: ['support@example.com'] }),
    request: (method: string, path: string, body?: object) => {
      const ofChannels = channels(method, path, body);
      if (ofChannels) return ofChannels;
      const [, id = '', list = ''] = /^\/incidents\/([^/]+)\/?([^?]*)/.exec(path) ?? [];
      const said = `${method} ${path}${body ? ` ${JSON.stringify(body)}` : ''}`;
      const ofRetention = retentionRows.find(([known]) => known.test(path));
      if (ofRetention) return ask(said, () => rows(ofRetention[1])[0] ?? ofRetention[2]);
      if (path.startsWith('/incident-template')) return ask(said, () => rows('template')[0]);
      if (/^\/(findings|baselines)/.test(path)) return ask(said, () => decided(path, body));
      if (method === 'GET') return new Promise((resolve) => resolve(read(id, list)));
      return ask(said, () => (['/incidents', '/incidents/drill'].includes(path) ? rows('incidents')[0] : write(id, body, list)));
    },
  };
}
