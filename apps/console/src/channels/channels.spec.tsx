import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { RaRecord } from 'react-admin';
import type { Channel, ChannelDelivery } from '../api-types';
import { aMember, typeId } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { stateOf } from './channel-words';

const at = '2025-12-02T10:30:15.123Z';
const aChannel = (number: number, over: Partial<Channel> = {}): RaRecord & Channel => ({
  ...{ id: typeId('chn', number), name: `Channel ${number}`, kind: 'webhook', target: 'https://hooks.example.com/…bill', recipients: [] },
  ...{ enabled: true, disabledAt: null, disabledWhy: null, blockedBy: null, failingSince: null, lastError: null, deliveredAt: at, secretMadeAt: at },
  ...{ previousSecretUntil: null, createdAt: at, createdBy: { id: typeId('usr', 1), name: 'Ada Admin' }, changedAt: at },
  ...over,
}); // prettier-ignore
const aDelivery = (number: number, over: Partial<ChannelDelivery> = {}): RaRecord & ChannelDelivery => ({
  ...{ id: typeId('ntf', number), event: 'alert.opened', title: 'Burst of refused requests', link: 'https://x.example/', createdAt: at },
  ...{ state: 'delivered', why: null, nextAttemptAt: null },
  attempts: [{ number: 1, at, durationMs: 84, status: 204, error: null, answer: '', recipient: null }],
  ...over,
}); // prettier-ignore
const failed = aDelivery(2, {
  ...{ state: 'failed', why: 'it answered 500' },
  attempts: [{ number: 1, at, durationMs: 30, status: 500, error: 'it answered 500', answer: 'out of order', recipient: null }],
});

describe('Channels', () => {
  it('shows where each leads, masked, and how it does; a member changes nothing', async () => {
    const channels = [
      aChannel(1, { name: 'Pager', kind: 'pagerDuty', target: 'events.pagerduty.com …1234', secretMadeAt: null }),
      aChannel(2, { failingSince: at, lastError: 'it answered 503' }),
      aChannel(3, { enabled: false, disabledAt: at, disabledWhy: 'gone', name: 'Old' }),
      aChannel(4, { kind: 'mail', target: null, recipients: [{ id: typeId('usr', 2), name: 'Max' }], name: 'Mail', deliveredAt: null }),
      aChannel(5, { kind: 'mail', target: null, name: 'Mute', blockedBy: 'mailNotConfigured' }),
    ];
    render(<StoryApp at={`/channels/${channels[1]!.id}`} role="member" records={{ channels, deliveries: [failed] }} />);
    const table = await screen.findByRole('table', { name: 'Channels' });
    const rows = await waitFor(() => {
      const found = within(table).getAllByRole('row');
      expect(found).toHaveLength(6);
      return found.map((row) => row.textContent);
    });
    expect(rows.slice(1)).toEqual([
      expect.stringContaining('PagerPagerDutyOn'),
      expect.stringContaining('Failing'),
      expect.stringContaining('Switched off'),
      expect.stringContaining('MailMailOnNever'),
      expect.stringContaining('MuteMailCannot send'),
    ]);
    const panel = screen.getByRole('complementary', { name: 'The channel Channel 2' });
    expect(panel).toHaveTextContent('https://hooks.example.com/…bill');
    expect(await within(panel).findByText('It answered 500')).toBeInTheDocument();
    expect(within(panel).getByLabelText('Answer of attempt 1')).toHaveTextContent('out of order');
    expect(within(panel).queryByRole('button', { name: /test|Switch|Delete|again|secret/ })).toBeNull();
    expect(screen.queryByRole('button', { name: 'New channel' })).toBeNull();
  });

  it('promises no further attempt of a mail that was refused', () => {
    const said = (kind: Channel['kind']) => stateOf(aChannel(1, { kind, failingSince: at })).meaning;
    expect(said('webhook')).toContain('Failed attempts are tried again by themselves');
    expect(said('mail')).toContain('what it refused for good is not');
  });

  it('makes a webhook and shows its secret once, until somebody says that it is stored', async () => {
    const made = { ...aChannel(7), secret: `whsec_${'x'.repeat(44)}` };
    const provider = memoryDataProvider({ channels: [], 'channels.created': [made] });
    render(<StoryApp at="/channels" provider={provider} />);
    expect(await screen.findByRole('heading', { name: 'No channel yet' })).toBeInTheDocument();
    await userEvent.click(await screen.findByRole('button', { name: 'New channel' }));
    await userEvent.selectOptions(screen.getByLabelText(/Kind/), 'Webhook');
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'On call' } });
    fireEvent.change(screen.getByLabelText(/^URL/), { target: { value: 'https://hooks.example.com/bill' } });
    await userEvent.click(screen.getByRole('button', { name: 'Make channel' }));
    expect(await screen.findByLabelText('secret')).toHaveTextContent(made.secret);
    expect(provider.asked).toContain('POST /channels {"url":"https://hooks.example.com/bill","name":"On call","kind":"webhook"}');
    await userEvent.keyboard('{Escape}');
    expect(screen.getByRole('button', { name: 'Close' })).toBeDisabled();
    await userEvent.click(screen.getByLabelText('I have stored it'));
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    await waitFor(() => expect(document.body).not.toHaveTextContent(made.secret));
  });

  it('offers as recipients of mail who may get it', async () => {
    const members = [
      aMember(1, { name: 'Max' }),
      aMember(2, { name: 'Gus', role: 'guest' }),
      aMember(3, { name: 'Eve', state: 'suspended' }),
    ];
    const provider = memoryDataProvider({ channels: [], members, 'channels.created': [aChannel(7, { kind: 'mail' })] });
    render(<StoryApp at="/channels" provider={provider} />);
    await userEvent.click(await screen.findByRole('button', { name: 'New channel' }));
    fireEvent.change(screen.getByLabelText(/^Name/), { target: { value: 'Mail' } });
    expect(screen.getByRole('button', { name: 'Make channel' })).toBeDisabled();
    await userEvent.click(screen.getByLabelText('Recipients'));
    const list = await screen.findByRole('listbox');
    await waitFor(() => expect(within(list).getAllByRole('option').map((one) => one.textContent)).toEqual(['Max'])); // prettier-ignore
    await userEvent.click(within(list).getByRole('option', { name: 'Max' }));
    await userEvent.click(screen.getByRole('button', { name: 'Make channel' }));
    await waitFor(() =>
      expect(provider.asked).toContain(`POST /channels {"recipients":["${typeId('usr', 1)}"],"name":"Mail","kind":"mail"}`),
    );
  });

  it('says at once what a test comes to, delivers again, makes a new secret, and deletes', async () => {
    const channel = aChannel(1);
    const tests = [aDelivery(9, { ...failed, event: 'test', why: 'nothing listens there (connection refused)', attempts: [] })];
    const rules = [{ id: 'rul_1', name: 'Refused keys', channelIds: [channel.id], escalation: null }, { id: 'rul_2', name: 'Others', channelIds: [], escalation: null }]; // prettier-ignore
    const provider = memoryDataProvider({ channels: [channel], deliveries: [failed], tests, 'alert-rules': rules });
    render(<StoryApp at={`/channels/${channel.id}`} provider={provider} />);
    const panel = await screen.findByRole('complementary', { name: 'The channel Channel 1' });
    await userEvent.click(await within(panel).findByRole('button', { name: 'Send a test' }));
    expect(await within(panel).findByText('The test did not go through')).toBeInTheDocument();
    expect(panel).toHaveTextContent('Nothing listens there');
    await userEvent.click(within(panel).getByRole('button', { name: 'Deliver again: Burst of refused requests' }));
    expect(await within(panel).findByText('Waiting')).toBeInTheDocument();
    await userEvent.click(within(panel).getByRole('button', { name: 'New secret…' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Make new secret' }));
    expect(await screen.findByLabelText('secret')).toHaveTextContent(/^whsec_s+/);
    await userEvent.click(screen.getByLabelText('I have stored it'));
    await userEvent.click(screen.getByRole('button', { name: 'Close' }));
    await userEvent.click(within(panel).getByRole('button', { name: 'Delete…' }));
    expect(await screen.findByText(/will not any more: Refused keys\./)).toBeInTheDocument();
    await userEvent.click(await screen.findByRole('button', { name: 'Delete channel' }));
    await waitFor(() => expect(screen.queryByRole('complementary', { name: /Channel 1/ })).toBeNull());
    expect(provider.asked.filter((one) => /^(POST|DELETE) \/channels/.test(one))).toEqual([
      `POST /channels/${channel.id}/test`,
      `POST /channels/${channel.id}/deliveries/${failed.id}/replay`,
      `POST /channels/${channel.id}/rotate-secret {"overlapSeconds":86400}`,
      `DELETE /channels/${channel.id}`,
    ]);
  });

  it('sends nothing on a plan without alerts, and still lets it be switched off and deleted', async () => {
    const channel = aChannel(1);
    const provider = memoryDataProvider({ channels: [channel], plan: [{ id: 'plan', plan: 'starter', alerts: false }] });
    render(<StoryApp at={`/channels/${channel.id}`} provider={provider} />);
    expect(await screen.findByText('Alerts are in the enterprise plan')).toBeInTheDocument();
    const panel = screen.getByRole('complementary', { name: 'The channel Channel 1' });
    expect(within(panel).getAllByRole('button').map((one) => one.textContent).filter(Boolean)).toEqual(['Switch off', 'Delete…']); // prettier-ignore
    expect(screen.queryByRole('button', { name: 'New channel' })).toBeNull();
    await userEvent.click(within(panel).getByRole('button', { name: 'Switch off' }));
    await waitFor(() => expect(provider.asked).toContain(`POST /channels/${channel.id}/disable`));
  });
});
