/** The channels of the memory data provider: what is done changes a row, or is answered as the spec has laid out. */
import type { RaRecord } from 'react-admin';

type Memory = {
  rows: (resource: string) => RaRecord[];
  ask: <T>(what: string, answer: () => T) => Promise<T>;
  one: (resource: string, id: unknown) => RaRecord;
};

const secret = `whsec_${'s'.repeat(44)}`;

export function memoryChannels({ rows, ask, one }: Memory) {
  const act = (id: string, verb: string, body: object | undefined): unknown => {
    const channel = one('channels', id);
    if (verb === 'enable' || verb === 'disable')
      return Object.assign(channel, { enabled: verb === 'enable', disabledWhy: verb === 'enable' ? null : 'person' });
    if (verb === 'rotate-secret') return { secret, previousSecretUntil: '2025-12-03T10:31:00.000Z' };
    if (verb === 'test') return rows('tests')[0];
    if (verb.startsWith('deliveries/')) return Object.assign(one('deliveries', verb.split('/')[1]), { state: 'queued' });
    return Object.assign(channel, body);
  };
  /** Null: it is not about channels, or the rules that tell them. */
  return (method: string, path: string, body?: object): Promise<unknown> | null => {
    if (method === 'GET' && path === '/alert-rules') return Promise.resolve({ data: [...rows('alert-rules')] });
    if (!path.startsWith('/channels')) return null;
    const [, id = '', verb = ''] = /^\/channels\/([^/?]+)\/?([^?]*)/.exec(path) ?? [];
    if (method === 'GET')
      return new Promise((resolve) => resolve({ data: [...rows(verb === 'deliveries' ? 'deliveries' : 'channels')], nextCursor: null }));
    return ask(`${method} ${path}${body ? ` ${JSON.stringify(body)}` : ''}`, () => {
      if (method === 'DELETE') return rows('channels').splice(rows('channels').indexOf(one('channels', id)), 1)[0];
      if (id !== '') return act(id, verb, body);
      const made = { ...rows('channels.created')[0], ...body } as RaRecord;
      rows('channels').push(made);
      return made;
    });
  };
}
