import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { RaRecord } from 'react-admin';
import type { Baseline } from '../api-types';
import { aKey, typeId } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { changesOf, differencesOf, formOf, hoursText, objectionsTo } from './usage-form';

const key = aKey(1);
const aUsage = (number: number, over: Partial<Baseline> = {}): RaRecord & Baseline => ({
  id: typeId('nus', number),
  ...{ apiKey: { id: key.id, name: key.name, masked: key.masked }, version: number, state: 'draft', agents: ['billing-sync/'], perHour: 1_200 },
  ...{ hours: [{ days: [1, 2, 3, 4, 5], fromHour: 6, toHour: 20 }], networks: ['203.0.113.0/24'], endpoints: null, countries: ['DE'] },
  ...{ observed: { from: '2025-11-04T00:00:00.000Z', to: '2025-12-02T00:00:00.000Z', requests: 48_211, limitedBy: null } },
  ...{ draftedAt: '2025-12-02T10:00:00.000Z', draftedBy: 'Ada Admin', changedAt: '2025-12-02T10:00:00.000Z', changedBy: 'Ada Admin' },
  ...{ approvedAt: null, approvedBy: null, supersededAt: null },
  ...over,
}); // prettier-ignore

it('an admin drafts from the log, puts right what is wrong, and approves', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = memoryDataProvider({ baselines: [aUsage(1)], 'api-keys': [key] });
  render(<StoryApp at="/normal-usage" provider={provider} />);
  expect(await screen.findByText(/^Mon–Fri 06:00–20:00 · 1 network · 1 country · 1 program · up to 1200 an hour/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Draft from the log' }));
  await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Draft from the log' }));
  await waitFor(() => expect(provider.asked).toContain('POST /baselines {"apiKeyId":null,"from":"log"}'));
  const networks = await screen.findByLabelText('Networks');
  await user.clear(networks);
  await user.type(networks, 'nonsense');
  expect(await screen.findByText(/nonsense is no address/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Save and approve' })).toBeDisabled();
  await user.clear(networks);
  await user.click(screen.getByRole('button', { name: 'Sat' }));
  await user.click(screen.getByRole('button', { name: 'Save and approve' }));
  const id = typeId('nus', 1);
  await waitFor(() => expect(provider.asked).toContain(`POST /baselines/${id}/approve`));
  expect(provider.asked.find((one) => one.startsWith('PATCH'))).toBe(
    `PATCH /baselines/${id} {"hours":[{"days":[1,2,3,4,5,6],"fromHour":6,"toHour":20}],"networks":null,"agents":["billing-sync/"],"endpoints":null,"perHour":1200,"countries":["DE"]}`,
  );
});

it('what was approved is read, by members too, with the versions before', async () => {
  const approved = { state: 'approved' as const, approvedAt: '2025-12-02T11:00:00.000Z', approvedBy: 'Ada Admin' };
  const older = aUsage(1, { ...approved, state: 'superseded', supersededAt: '2025-12-02T11:00:00.000Z' });
  render(<StoryApp at={`/normal-usage/${typeId('nus', 2)}`} role="member" records={{ baselines: [aUsage(2, approved), older] }} />);
  expect(await screen.findByText('Mon–Fri 06:00–20:00')).toBeInTheDocument();
  expect(await screen.findByRole('link', { name: 'Version 1' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /approve|Save/ })).toBeNull();
});

it('goes from a document to a form and back, and says what is wrong', () => {
  const usage = aUsage(1);
  const { hours, networks, agents, endpoints, perHour, countries } = usage;
  expect(changesOf(formOf(usage))).toEqual({ hours, networks, agents, endpoints, perHour, countries });
  const wrong = { ...formOf(usage), endpoints: 'invoices', perHour: '0', hours: [{ days: [], fromHour: 1, toHour: 2 }] };
  expect(Object.keys(objectionsTo(wrong)).sort()).toEqual(['endpoints', 'hours', 'perHour']);
  expect(hoursText({ days: [7, 1], fromHour: 0, toHour: 24 })).toBe('Mon, Sun 00:00–24:00');
});

it('what is in force is changed from what it says, and the difference is told before it is approved', async () => {
  const user = userEvent.setup({ delay: null });
  const approved = { state: 'approved' as const, approvedAt: '2025-12-02T11:00:00.000Z', approvedBy: 'Ada Admin' };
  const provider = memoryDataProvider({ baselines: [aUsage(1, approved)] });
  const { unmount } = render(<StoryApp at={`/normal-usage/${typeId('nus', 1)}`} provider={provider} />);
  await user.click(await screen.findByRole('button', { name: 'Change…' }));
  await waitFor(() => expect(provider.asked).toContain(`POST /baselines {"apiKeyId":"${key.id}","from":"current"}`));
  unmount();
  const draft = aUsage(2, { version: 2, networks: ['198.51.100.0/24'] });
  render(<StoryApp at={`/normal-usage/${typeId('nus', 2)}`} records={{ baselines: [draft, aUsage(1, approved)] }} />);
  expect(await screen.findByText('Added: 198.51.100.0/24 · Gone: 203.0.113.0/24')).toBeInTheDocument();
  expect(differencesOf(aUsage(1), aUsage(1))).toEqual([]);
});
