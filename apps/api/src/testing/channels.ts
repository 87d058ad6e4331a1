/** Channels as specs use them: made, told of alerts, and looked after until what was told has arrived. */
import type { NotificationData } from '@pinebill/contract';
import { Tenant } from '../database/tenant';
import { NotificationSender, Notifications } from '../notifications';
import { newId, parseId, typeId } from '../platform/ids';
import { organizations, type TestApp } from './test-app';

/** `at`: where a receiver listens. */
export function channelsOf(t: () => TestApp, at: () => string) {
  const path = (id: string, rest = ''): string => `/v1/channels/${id}${rest}`;
  const post = (where: string, body: object = {}) => t().call(where, { as: 'admin', method: 'POST', body });
  async function channel(fields: object = {}): Promise<{ id: string; secret: string }> {
    const { status, json } = await post('/v1/channels', {
      name: `A channel ${newId()}`,
      kind: 'webhook',
      url: `${at()}/hook-abcdefgh`,
      ...fields,
    });
    expect([status, json.code]).toEqual([201, undefined]);
    return json;
  }
  const data = (id = newId()): NotificationData => ({
    ...{
      id: typeId('ntf', id).replace('ntf_', 'alr_'),
      severity: 'high',
      title: 'Burst of refused requests',
      rule: null,
      seen: '412 requests',
    },
    ...{ normal: null, link: 'https://audit.example.com/#/alerts', samples: [], at: new Date().toISOString(), by: null },
  });
  const tell = (
    ids: string[],
    what = data(),
    after?: () => void,
    organizationId: string = organizations.home,
    event: 'alert.opened' | 'alert.resolved' = 'alert.opened',
  ) =>
    t()
      .app.get(Tenant)
      .run({ organizationId }, async (tx) => {
        const channelIds = ids.map((id) => parseId('chn', id)!);
        await t().app.get(Notifications).send(tx, { organizationId, event, channelIds, data: what });
        after?.();
      });
  const look = () => t().app.get(NotificationSender).look();
  /** Lets the senders work until it is so. What it waits for is never time: the timer of the product looks once a second as well. */
  async function until<T>(what: () => Promise<T | false | null | undefined> | T | false | null | undefined): Promise<T> {
    for (let tries = 0; tries < 1_000; tries++) {
      await look();
      const result = await what();
      if (result) return result;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('it did not come to be');
  }
  const deliveries = async (id: string) => (await t().call(path(id, '/deliveries'), { as: 'admin' })).json.data;
  const first = (id: string, state: string) =>
    until(async () => (await deliveries(id)).find((one: { state: string }) => one.state === state));
  /** As if all that is queued were due. */
  const due = () =>
    t().sql(`update notification set next_attempt_at = now() - interval '1 second' where state = 'queued' and taken_until is null`);
  return { path, post, channel, data, tell, look, until, deliveries, first, due };
}
