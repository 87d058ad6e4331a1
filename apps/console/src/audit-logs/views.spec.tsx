import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { exactTime } from '../elements/times';
import { aRecord } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { aView } from '../testing/reading-builders';
import { StoryApp } from '../testing/StoryApp';

const own = aView(1, { name: 'Refused', filter: { status: '4xx', actorType: '!user' } });
const colleague = { id: 'usr_other', name: 'Grace' };
const shared = aView(2, { name: 'Slow', shared: true, createdBy: colleague, filter: { minDurationMs: '500' }, columns: ['status', 'route'], density: 'compact' }); // prettier-ignore

async function story(props: Partial<Parameters<typeof StoryApp>[0]> = {}, views = [own, shared]) {
  const provider = memoryDataProvider({ 'audit-logs': [aRecord(1), aRecord(2)], 'saved-views': views.map((view) => ({ ...view })) });
  let url = '';
  render(<StoryApp at="/audit-logs?range=all" role="member" provider={provider} onLocation={(now) => (url = now)} {...props} />);
  const table = await screen.findByRole('table', { name: 'API requests' });
  await waitFor(() => expect(within(table).getAllByRole('row').length).toBeGreaterThan(2));
  const user = userEvent.setup({ delay: null });
  return {
    user,
    table,
    provider,
    url: () => url,
    heads: () => within(table).getAllByRole('columnheader').map((head) => head.textContent.trim()), // prettier-ignore
    openMenu: async () => {
      await user.click(await screen.findByRole('button', { name: /^Saved views/ }));
      return screen.findByRole('menu', { name: 'Saved views' });
    },
  };
}
afterEach(() => localStorage.clear());

it('opens a view with its filter, columns and density, and stays so after a reload', async () => {
  const { user, openMenu, url, heads } = await story();
  const menu = await openMenu();
  expect(within(menu).getByText('Shared with all who read the log')).toBeVisible();
  await user.click(within(menu).getByRole('menuitem', { name: 'Slow' }));
  expect(new URLSearchParams(url().split('?')[1]).get('minDurationMs')).toBe('500');
  expect(url()).toContain(`view=${shared.id}`);
  await waitFor(() => expect(heads()).toEqual(['Status', 'Route', 'Actions']));
  expect(screen.getByRole('button', { name: 'Saved views: Slow' })).toBeVisible();
});

it('offers a member no change of a colleague’s view, and a copy instead', async () => {
  const { openMenu } = await story({ at: `/audit-logs?view=${shared.id}&minDurationMs=9&range=all` });
  const menu = await openMenu();
  const offered = within(menu).getAllByRole('menuitem').map((item) => item.textContent); // prettier-ignore
  expect(offered).toEqual(['Refused', 'Slow', 'Discard changes', 'Save as new view…', 'Open API Logs with it', 'Leave the view']);
});

it('updates the own view once it is edited, and saves another under a name', async () => {
  const { user, openMenu, provider } = await story({ at: `/audit-logs?view=${own.id}&status=5xx` });
  expect(await screen.findByRole('button', { name: 'Saved views: Refused · edited' })).toBeVisible();
  await user.click(within(await openMenu()).getByRole('menuitem', { name: 'Update Refused' }));
  await waitFor(() =>
    expect(provider.records['saved-views']![0]).toMatchObject({ filter: { status: ['5xx'], actorType: '!user' }, range: '24h' }),
  );
  await user.click(within(await openMenu()).getByRole('menuitem', { name: 'Save as new view…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Save as a view' });
  await user.type(within(dialog).getByLabelText(/Name/), 'Broken');
  await user.click(within(dialog).getByRole('checkbox'));
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  expect(await screen.findByRole('button', { name: 'Saved views: Broken' })).toBeVisible();
  expect(provider.records['saved-views']!.at(-1)).toMatchObject({ name: 'Broken', shared: true, filter: { status: ['5xx'] } });
});

it('opens the log with the view that was chosen for it, and not when something else is asked', async () => {
  const { url } = await story({ at: '/audit-logs' }, [{ ...own, isDefault: true }]);
  await waitFor(() => expect(url()).toContain(`view=${own.id}`));
});

it('has the columns, the density and the zone that the reader likes, kept for the next time', async () => {
  const { user, heads, table } = await story();
  await user.click(screen.getByRole('button', { name: 'Columns, density, time zone' }));
  const dialog = await screen.findByRole('dialog', { name: 'Columns, density, time zone' });
  await user.click(within(dialog).getByRole('checkbox', { name: 'API Key' }));
  await user.click(within(dialog).getByRole('checkbox', { name: 'Service' }));
  await user.click(within(dialog).getByRole('button', { name: 'Move Service to the left' }));
  await user.click(within(dialog).getByRole('button', { name: 'Compact' }));
  await user.selectOptions(within(dialog).getByLabelText('Time zone'), 'Asia/Tokyo');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(heads()).toEqual(['Timestamp · Asia/Tokyo', 'Method', 'Endpoint', 'Status', 'IP Address', 'Service', 'ms', 'Actions']);
  expect(within(table).getAllByText(exactTime('2025-12-02T10:30:15.123Z', 'Asia/Tokyo')).length).toBeGreaterThan(0);
  const kept = Object.entries(localStorage).filter(([name]) => name.startsWith('pinebill.usr_'));
  expect(kept.map(([, value]) => value as string).sort()).toEqual([
    'Asia/Tokyo',
    'compact',
    'startedAt,method,path,status,ip,service,durationMs',
  ]);
});
