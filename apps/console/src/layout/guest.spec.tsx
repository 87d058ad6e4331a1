import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

describe('a guest', () => {
  it.each(['/', '/audit-logs', '/api-keys', '/members', '/activity', '/plan', '/status-codes'])(
    'at %s reads why there is nothing, and nothing is asked of the API',
    async (at) => {
      const provider = memoryDataProvider({});
      render(<StoryApp at={at} role="guest" provider={provider} />);
      expect(await screen.findByText('You are a guest of ACME GmbH')).toBeInTheDocument();
      expect(screen.getByText(/ask an admin of ACME GmbH/)).toBeInTheDocument();
      expect(screen.queryByRole('navigation', { name: 'Main' })).toBeNull();
      expect(screen.queryByRole('button', { name: /Go to or find/ })).toBeNull();
      expect(provider.asked).toEqual([]);
    },
  );
});

describe('the frame', () => {
  it('shows a member where they are, and only what a member may see', async () => {
    render(<StoryApp at="/members" role="member" />);
    const rail = await screen.findByRole('navigation', { name: 'Main' });
    expect([...rail.querySelectorAll('a')].map((link) => link.getAttribute('aria-label'))).toEqual([
      'Dashboard',
      'API Logs',
      'Errors',
      'Activity',
      'Exports',
      'Keys',
      'Hygiene',
      'Incidents',
      'Leaks',
      'Findings',
      'Alerts',
      'Rules',
      'Normal usage',
      'Channels',
      'Weekly review',
      'Members',
      'Access review',
      'Plan',
      'Restrictions',
      'Settings',
      'Status codes',
      'Check a payload',
      'Retry with back-off',
      'Troubleshooting',
      'API introduction',
    ]);
    expect(await screen.findByRole('navigation', { name: 'Where you are' })).toHaveTextContent('DashboardOrganizationMembers');
    expect(await screen.findByRole('heading', { level: 1, name: 'Members' })).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Invite' })).toBeNull();
  });

  it('finds an address by Ctrl K', async () => {
    const user = userEvent.setup({ delay: null });
    let url = '';
    render(<StoryApp at="/plan" onLocation={(now) => (url = now)} />);
    await screen.findByRole('heading', { level: 1, name: 'Plan' });
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByRole('combobox', { name: 'Go to or find' }), '203.0.113.9{Enter}');
    await waitFor(() => expect(url).toBe('/audit-logs?ip=203.0.113.9&range=all'));
  });

  it('says why the server cannot say who this is, signs nobody out, and opens by itself when it can', async () => {
    jest.useFakeTimers({ advanceTimers: true });
    const problem = { title: 'The database cannot be reached', status: 503, code: 'database_unavailable' };
    let error: Error | null = new HttpError('away', 503, problem);
    let url = '';
    render(<StoryApp at="/plan" failure={() => error} onLocation={(now) => (url = now)} />);
    expect(await screen.findByRole('heading', { level: 1, name: 'The console cannot be used right now' })).toBeInTheDocument();
    expect(screen.getByRole('heading', { name: 'What goes on meanwhile' })).toBeInTheDocument();
    expect(url).toBe('/plan');
    error = null;
    act(() => jest.advanceTimersByTime(5_000));
    expect(await screen.findByRole('heading', { level: 1, name: 'Plan' })).toBeInTheDocument();
    jest.useRealTimers();
  });

  it('lets nobody past a password that somebody else chose', async () => {
    const provider = memoryDataProvider({});
    render(<StoryApp at="/audit-logs" user={{ mustChangePassword: true }} provider={provider} />);
    expect(await screen.findByRole('heading', { name: 'Choose a password of your own' })).toBeInTheDocument();
    expect(provider.asked).toEqual([]);
  });
});
