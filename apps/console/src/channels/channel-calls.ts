/** What can be asked of channels and done with them, with its types. */
import { useMemo } from 'react';
import { useDataProvider } from 'react-admin';
import type { Channel, ChannelSecret, CreateChannel, CreatedChannel, ChannelDelivery, ChangeChannel } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';

type Send = ConsoleDataProvider['request'];
type Deliveries = { data: ChannelDelivery[]; nextCursor: string | null };

const below = (id: string, path = ''): string => `/channels/${encodeURIComponent(id)}${path}`;

const calls = (send: Send) => ({
  list: async () => (await send<{ data: Channel[] }>('GET', '/channels')).data,
  create: (body: CreateChannel) => send<CreatedChannel>('POST', '/channels', body),
  change: (id: string, body: ChangeChannel) => send<Channel>('PATCH', below(id), body),
  remove: (id: string) => send<null>('DELETE', below(id)),
  test: (id: string) => send<ChannelDelivery>('POST', below(id, '/test')),
  rotate: (id: string, overlapSeconds: number) => send<ChannelSecret>('POST', below(id, '/rotate-secret'), { overlapSeconds }),
  turn: (id: string, way: 'enable' | 'disable') => send<Channel>('POST', below(id, `/${way}`)),
  deliveries: (id: string, cursor: string | null) =>
    send<Deliveries>('GET', below(id, `/deliveries?limit=20${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`)),
  replay: (id: string, delivery: string) => send<ChannelDelivery>('POST', below(id, `/deliveries/${encodeURIComponent(delivery)}/replay`)),
});

export function useChannelCalls(): ReturnType<typeof calls> {
  const { request } = useDataProvider<ConsoleDataProvider>();
  return useMemo(() => calls(request), [request]);
}
