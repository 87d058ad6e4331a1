/** Where the alerts of the demo would go, by the product's own service: people, and a chat that nobody has switched on, for it leads nowhere. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ChannelsService } from '../notifications';
import { actorsOf } from './actors';
import type { HistoryOrganization } from './history-records';

export async function makeChannels(app: NestFastifyApplication, organization: HistoryOrganization): Promise<void> {
  const actors = actorsOf(organization);
  if (!actors) return;
  const [channels, recipients] = [app.get(ChannelsService), [actors.admin().email, actors.member().email]];
  await channels.create(actors.admin(), { name: 'Security team', kind: 'mail', recipients });
  const chat = await channels.create(actors.admin(), {
    name: '#security in the chat',
    kind: 'slack',
    url: 'https://chat.larkspur.example/hooks/T0D3M0/B0D3M0/3Xb7dQm2pLr9',
  });
  await channels.disable(actors.admin(), chat.id);
}
