import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aHygiene, aKey, aSection } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const [old, unused, shared, nobodys] = [
  aKey(1, { name: 'Old' }),
  aKey(2, { name: 'Unused', lastUsedAt: null }),
  aKey(3, { name: 'Shared' }),
  aKey(4, { name: 'Nobodys', service: null, team: null }),
];
const service = (program: string, network: string) => ({ programs: [program], networks: [network], networkCount: 1, share: 0.5, days: 7 });
const worklist = () =>
  aHygiene([
    aSection('rotationOverdue', 'Rotation overdue', [{ key: old, dueAt: '2025-11-20T00:00:00.000Z', actions: ['rotate', 'revoke'] }]),
    aSection('neverUsed', 'Never used', [{ key: unused, refusedUse: { requests: 1_204, lastAt: '2025-12-01T00:00:00.000Z' } }]),
    aSection('idle', 'Not used any more', []),
    aSection('shared', 'Used by several services', [
      {
        key: shared,
        actions: ['replace'],
        shared: {
          windowDays: 7,
          requests: 800,
          commonDays: 6,
          services: [service('checkout', '3.120.44.0/24'), service('reporting', '88.198.60.0/24')],
        },
      },
    ]),
    aSection('unowned', 'Without service or team', [{ key: nobodys, actions: ['setOwner', 'revoke'] }]),
  ]);
const story = () =>
  memoryDataProvider({
    hygiene: [{ id: 'hygiene', ...worklist() }],
    'api-keys': [old, unused, shared, nobodys],
    callers: [{ id: old.id, callerCount: 1, callers: [{ network: '3.120.44.0/24', program: 'checkout', requests: 7, lastAt: '2025-12-02T00:00:00.000Z' }] }],
    services: [{ id: 'svc_1', name: 'checkout', keys: 3, createdAt: '' }],
    teams: [],
  }); // prettier-ignore

it('is one list from top to bottom, each key with why and what helps; what is in order is said at the end', async () => {
  render(<StoryApp at="/api-keys/hygiene" provider={story()} />);
  expect(await screen.findByText(/4 of 12 keys need somebody/)).toBeInTheDocument();
  const headings = screen.getAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent.replace(/ \d.*/, ''));
  expect(headings.filter((text) => text !== 'API Keys')).toEqual(
    expect.arrayContaining(['Rotation overdue', 'Never used', 'Used by several services', 'Without service or team']),
  );
  expect(screen.getByText(/1,204 refused requests/)).toBeInTheDocument();
  expect(screen.getByText(/They share no network, and called on 6 common days/)).toBeInTheDocument();
  expect(screen.getByText(/In order: not used any more/)).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Hygiene' })).toHaveAttribute('aria-current', 'page');
  expect(screen.getByRole('link', { name: 'Keys' })).not.toHaveAttribute('aria-current');
});

it('is rotated where it stands', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = story();
  render(<StoryApp at="/api-keys/hygiene" provider={provider} />);
  await user.click(await screen.findByRole('button', { name: 'Rotate… Old' }));
  const dialog = await screen.findByRole('dialog', { name: 'Rotate Old' });
  await user.type(within(dialog).getByLabelText('Name of the new key', { exact: false }), 'Young');
  await user.click(within(dialog).getByRole('button', { name: 'Rotate key' }));
  expect(await screen.findByRole('dialog', { name: 'Young is ready' })).toBeInTheDocument();
  expect(provider.asked).toContain(`rotate ${old.id} Young 86400`);
});

it('several are revoked at once, after a look at who would be refused', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = story();
  render(<StoryApp at="/api-keys/hygiene" provider={provider} />);
  await user.click(await screen.findByRole('checkbox', { name: 'Select Old' }));
  await user.click(screen.getByRole('checkbox', { name: 'Select Unused' }));
  expect(screen.getByText('2 keys selected')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Revoke selected…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Revoke 2 keys?' });
  expect(await within(dialog).findByText(/1 of 2 keys was used in the last 24 hours/)).toBeInTheDocument();
  expect(within(dialog).getByText(/checkout from 3\.120\.44\.0\/24: 7 requests/)).toBeInTheDocument();
  expect(within(dialog).getByText(/Nobody in the last 24 hours/)).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Revoke 2 keys' }));
  expect(await within(dialog).findByText('2 keys revoked')).toBeInTheDocument();
  const ids = `${old.id},${unused.id}`;
  expect(provider.asked.filter((line) => line.startsWith('revoke'))).toEqual([`revoke ${ids} dry`, `revoke ${ids} No longer used`]);
  await user.click(within(dialog).getByRole('button', { name: 'Done' }));
  await waitFor(() => expect(screen.queryByText('2 keys selected')).toBeNull());
});

it('a key gets its service in place: one of the list, or a new one', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = story();
  render(<StoryApp at="/api-keys/hygiene" provider={provider} />);
  await user.click(await screen.findByRole('button', { name: 'Set owner… Nobodys' }));
  const dialog = await screen.findByRole('dialog', { name: 'Who uses Nobodys?' });
  expect(within(dialog).getByRole('button', { name: 'Save' })).toBeDisabled();
  await user.type(within(dialog).getByRole('combobox', { name: 'Service' }), 'check');
  await user.click(await screen.findByRole('option', { name: 'checkout' }));
  await user.type(within(dialog).getByRole('combobox', { name: 'Team' }), 'payments');
  expect(within(dialog).getByText('New: payments is added to the teams of the organization.')).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(provider.asked).toContain(`update api-keys ${nobodys.id} {"service":"checkout","team":"payments"}`));
});

it('a member sees the list and can change nothing', async () => {
  render(<StoryApp at="/api-keys/hygiene" role="member" provider={story()} />);
  expect(await screen.findByText(/4 of 12 keys need somebody/)).toBeInTheDocument();
  expect(screen.queryByRole('checkbox')).toBeNull();
  expect(screen.queryByRole('button', { name: /Revoke|Rotate|Set owner|Change in Settings/ })).toBeNull();
});

it('praises who has nothing to do', async () => {
  render(<StoryApp at="/api-keys/hygiene" records={{}} />);
  expect(await screen.findByText('Every key is in order')).toBeInTheDocument();
});

describe('services and teams', () => {
  const lists = () =>
    memoryDataProvider({
      services: [
        { id: 'svc_1', name: 'checkout', keys: 3 },
        { id: 'svc_2', name: 'Check-out', keys: 1 },
      ],
    });

  it('are merged', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = lists();
    render(<StoryApp at="/api-keys/hygiene/owners" provider={provider} />);
    await user.click(await screen.findByLabelText('Actions for Check-out'));
    await user.click(await screen.findByText('Merge into another…'));
    await user.click(await screen.findByRole('combobox', { name: /Into/ }));
    await user.click(await screen.findByRole('option', { name: 'checkout' }));
    await user.click(screen.getByText('Merge'));
    await waitFor(() => expect(screen.queryByText('Check-out')).toBeNull());
    expect(provider.asked).toContain('merge svc_2 svc_1');
  });

  it('are renamed and added', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = lists();
    render(<StoryApp at="/api-keys/hygiene/owners" provider={provider} />);
    await user.click(await screen.findByLabelText('Actions for checkout'));
    await user.click(await screen.findByText('Rename…'));
    const name = await screen.findByDisplayValue('checkout');
    await user.clear(name);
    await user.type(name, 'Shop{Enter}');
    expect(await screen.findByText('Shop')).toBeInTheDocument();
    await user.type(screen.getByLabelText('New team'), 'Payments{Enter}');
    expect(await screen.findByLabelText('Actions for Payments')).toBeInTheDocument();
    expect(provider.asked.filter((line) => /^(rename|create)/.test(line))).toEqual(['rename svc_1 Shop', 'create teams Payments']);
  });
});

it('an admin sets the policies of the organization', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = memoryDataProvider({});
  render(<StoryApp at="/settings" provider={provider} />);
  const field = await screen.findByRole('spinbutton', { name: /Rotate keys every/ });
  await user.clear(field);
  await user.type(field, '60');
  await user.click(screen.getByRole('button', { name: 'Save policies' }));
  await waitFor(() => expect(provider.asked).toContain('organization {"policies":{"rotationDays":60,"idleDays":30,"expiringDays":14}}'));
});
