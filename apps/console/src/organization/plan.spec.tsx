import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const limited = { id: 'key_1', name: 'Staging', lastLimitedAt: new Date(Date.now() - 120_000).toISOString() };

it('the plan shows what is left of the limit just now, and that no key came to its own', async () => {
  render(<StoryApp at="/plan" role="member" />);
  const meter = await screen.findByRole('meter', { name: 'Use of the organization’s limit' });
  expect(meter).toHaveAttribute('aria-valuetext', '29,120 of 30,000 requests are left');
  expect(meter).toHaveAttribute('aria-valuenow', '3');
  expect(screen.getByText('912 requests')).toBeInTheDocument();
  expect(screen.getByText('None in the last 24 hours')).toBeInTheDocument();
});

it('the plan names the keys that came to a limit of their own, and leads to what was refused', async () => {
  render(<StoryApp at="/plan" records={{ 'keys-at-limit': [limited] }} />);
  const link = await screen.findByRole('link', { name: 'Staging' });
  expect(link).toHaveAttribute('href', expect.stringContaining('/audit-logs?apiKeyId=key_1&reason=key_limit'));
  expect(link.parentElement).toHaveTextContent('Staging, last 2 min ago');
});

const preview = {
  id: 'preview',
  ...{ from: 'enterprise', to: 'starter', takesAway: true, gains: [], losses: ['Records are shown for 7 days instead of 400.'] },
  hides: { records: 402_118, from: '2025-06-01T00:00:00.000Z', to: '2025-11-25T00:00:00.000Z' },
  ...{ bringsBack: null, purgedNotBefore: '2025-12-09T10:30:00.000Z' },
  consequences: [{ what: 'countryRestrictions', count: 2, stops: false, detail: 'What is set stays in force.' }],
};

it('a smaller plan says what is lost, and is chosen only by who means it', async () => {
  const provider = memoryDataProvider({ 'plan-preview': [preview], plan: [] });
  render(<StoryApp at="/plan" provider={provider} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Change to starter…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Change to Starter' });
  expect(await within(dialog).findByText('402,118 records can no longer be read')).toBeInTheDocument();
  expect(within(dialog).getByText('Restrictions by country (2)')).toBeInTheDocument();
  const change = within(dialog).getByRole('button', { name: 'Change to Starter' });
  expect(change).toBeDisabled();
  await userEvent.click(within(dialog).getByRole('checkbox'));
  await userEvent.click(change);
  await waitFor(() => expect(provider.asked).toContain('PATCH /plan {"plan":"starter","confirm":true}'));
});

it('a member sees holds and certificates, and changes neither the plan nor a hold', async () => {
  const hold = {
    ...{
      id: 'hld_1',
      state: 'active',
      reason: 'Case 4711',
      filter: { apiKeyId: 'key_1' },
      until: null,
      createdAt: '2025-12-01T00:00:00.000Z',
    },
    ...{ createdBy: { id: 'usr_1', name: 'Ada' }, releasedAt: null, releasedBy: null, releaseReason: null },
  };
  const certificate = {
    ...{
      id: 'pcr_1',
      beganAt: '2025-12-01T02:20:00.000Z',
      endedAt: '2025-12-01T02:20:01.000Z',
      how: 'deleted',
      cutoffAt: '2025-11-24T02:20:00.000Z',
    },
    ...{ policy: { plan: 'starter', retentionDays: 7, keptDays: 7, holds: 1 }, records: 1_204, sequences: [{ from: 1, to: 1_204 }] },
    ...{ firstSequence: 1, lastSequence: 1_204, oldestAt: null, newestAt: null, others: {}, by: 'retention' },
  };
  const going = { id: 'g', data: [], nextCursor: null, inProgress: { since: '2025-12-02T02:20:00.000Z', records: 12_000, months: [{ from: '2025-10-01T00:00:00.000Z', to: '2025-11-01T00:00:00.000Z' }] } }; // prettier-ignore
  render(
    <StoryApp at="/plan" role="member" records={{ holds: [hold], 'purge-certificates': [certificate], 'purge-in-progress': [going] }} />,
  );
  expect(await screen.findByText('Case 4711')).toBeInTheDocument();
  expect(await screen.findByText(/is not finished: 12,000 records so far/)).toBeInTheDocument();
  expect(screen.getByText(/being counted: October 2025\./)).toBeInTheDocument();
  expect(await screen.findByText('1–1204')).toBeInTheDocument();
  expect(screen.getByText('7 days (starter), 1 held')).toBeInTheDocument();
  for (const name of [/^Change to/, 'Release…', 'Hold records…']) expect(screen.queryByRole('button', { name })).toBeNull();
});

it('archives are listed with their state, and looked into', async () => {
  const archive = {
    ...{ id: 'arc_1', state: 'verified', createdAt: '2025-12-01T01:50:00.000Z', verifiedAt: '2025-12-01T01:50:09.000Z', records: 1_204 },
    ...{ toAt: '2025-11-24T00:00:00.000Z', oldestAt: '2025-11-01T00:00:00.000Z', newestAt: '2025-11-23T00:00:00.000Z', bytes: 71_234 },
    ...{
      firstSequence: 1,
      lastSequence: 1_204,
      destination: 'directory',
      file: 'org_1/archives/arc_1/audit-logs.parquet',
      sha256: 'ab',
      failure: null,
    },
  };
  const found = {
    ...{
      id: 'log_1',
      sequence: 7,
      startedAt: '2025-11-02T00:00:00.000Z',
      method: 'GET',
      path: '/v1/invoices',
      status: 401,
      reason: 'unknown_key',
    },
    ...{ apiKeyId: null, apiKeyName: null, ip: '192.0.2.7', userAgent: null },
  };
  const provider = memoryDataProvider({
    archives: [archive],
    'archive-setting': [{ id: 's', archiveTo: 'directory', destinations: ['directory'] }],
    'archive-findings': [{ id: 'f', data: [found], searched: 1, truncated: false }],
  });
  render(<StoryApp at="/plan" provider={provider} />);
  expect(await screen.findByText('Verified')).toBeInTheDocument();
  expect(screen.getByLabelText('Archive to')).toHaveValue('directory');
  await userEvent.type(screen.getByLabelText('Status'), '401');
  await userEvent.click(screen.getByRole('button', { name: 'Look into archives' }));
  expect(await screen.findByText('1 record, and no more.')).toBeInTheDocument();
  expect(provider.asked).toContain('POST /archives/search {"status":401}');
  expect(within(screen.getByRole('table', { name: 'Archived records' })).getByText('192.0.2.7')).toBeInTheDocument();
});

it('what the log shows is held as it is shown: the dialog has its filter, and the address lets go of it', async () => {
  const provider = memoryDataProvider({ holds: [] });
  render(
    <StoryApp
      at="/audit-logs?status=5xx&path=/v1/invoices*&from=2025-11-01T00:00:00.000Z&to=2025-12-01T00:00:00.000Z"
      provider={provider}
    />,
  );
  await userEvent.click(await screen.findByRole('link', { name: 'Hold these records' }));
  const dialog = await screen.findByRole('dialog', { name: 'Hold records' });
  await userEvent.type(within(dialog).getByRole('textbox', { name: /Why/ }), 'Case 4711');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Hold' }));
  const filter = { status: ['5xx'], actorType: '!user', path: ['/v1/invoices*'], from: '2025-11-01T00:00:00.000Z', to: '2025-12-01T00:00:00.000Z' }; // prettier-ignore
  await waitFor(() => {
    const asked = provider.asked.find((one) => one.startsWith('POST /holds ')) ?? '{}';
    expect(JSON.parse(asked.replace('POST /holds ', ''))).toEqual({ reason: 'Case 4711', until: null, filter });
  });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
});
