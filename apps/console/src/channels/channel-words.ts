/** What a channel is, how it does, and what was delivered to it, in words. */
import type { Channel, ChannelDelivery } from '../api-types';
import type { StatusTone } from '../theme';

export const kindWords: Record<Channel['kind'], string> = {
  mail: 'Mail',
  webhook: 'Webhook',
  slack: 'Slack',
  teams: 'Microsoft Teams',
  pagerDuty: 'PagerDuty',
};
/** Where what it takes is found. */
export const kindHints: Record<Channel['kind'], string> = {
  mail: 'To admins and members of the organization, for as long as they are.',
  webhook: 'Signed by the Standard Webhooks specification. The secret is shown once, when the channel is made.',
  slack: 'An incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat.',
  teams: 'In Teams: Workflows, "Post to a channel when a webhook request is received". It gives the URL.',
  pagerDuty: 'In PagerDuty: the service, Integrations, Events API V2. It gives the integration key.',
};

type State = { text: string; tone: StatusTone; meaning: string };
const off: Record<NonNullable<Channel['disabledWhy']>, State> = {
  person: { text: 'Off', tone: 'unknown', meaning: 'Switched off by a person.' },
  failing: { text: 'Switched off', tone: 'server', meaning: 'Nothing went through for a day, so it was switched off.' },
  gone: { text: 'Switched off', tone: 'server', meaning: 'Its receiver answered 410 Gone, so it was switched off.' },
};

const blocked: Record<NonNullable<Channel['blockedBy']>, State> = {
  plan: { text: 'Not on this plan', tone: 'unknown', meaning: 'Nothing is sent: the plan of the organization has no alerts.' },
  mailNotConfigured: {
    text: 'Cannot send',
    tone: 'server',
    meaning: 'No mail leaves: no mail server is configured. Whoever runs PineBill sets PINEBILL_SMTP_URL.',
  },
};

export function stateOf({ kind, disabledWhy, blockedBy, failingSince, deliveredAt }: Channel): State {
  if (disabledWhy !== null) return off[disabledWhy];
  if (blockedBy !== null) return blocked[blockedBy];
  if (failingSince !== null)
    return {
      text: 'Failing',
      tone: 'client',
      meaning:
        kind === 'mail'
          ? 'Not everybody could be reached. What the mail server takes later is sent by itself; what it refused for good is not, and this stays until a mail goes to everybody again.'
          : 'What was sent last did not go through. Failed attempts are tried again by themselves.',
    };
  if (deliveredAt === null) return { text: 'On', tone: 'redirect', meaning: 'On. Nothing was delivered yet.' };
  return { text: 'On', tone: 'success', meaning: 'On, and the last delivery went through.' };
}

export const targetOf = ({ target, recipients }: Pick<Channel, 'target' | 'recipients'>): string =>
  target ?? (recipients.map(({ name }) => name).join(', ') || 'Nobody any more');

export const deliveryStates: Record<ChannelDelivery['state'], { text: string; tone: StatusTone }> = {
  queued: { text: 'Waiting', tone: 'redirect' },
  delivered: { text: 'Delivered', tone: 'success' },
  failed: { text: 'Failed', tone: 'server' },
  skipped: { text: 'Not sent', tone: 'unknown' },
};

export const eventWords: Record<ChannelDelivery['event'], string> = {
  'alert.opened': 'Alert opened',
  'alert.acknowledged': 'Alert acknowledged',
  'alert.resolved': 'Alert resolved',
  'alert.escalated': 'Alert escalated',
  test: 'Test',
};

/** What the API says in the middle of a sentence. */
export const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
