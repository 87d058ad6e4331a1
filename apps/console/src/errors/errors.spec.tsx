import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import type { ErrorGroups } from '../api-types';
import { anErrorGroup, someErrors } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const notFound = anErrorGroup({ method: 'GET', route: null, status: 404, reason: 'route_not_found', code: 'route_not_found', requests: 7, callers: 3, topCallers: [{ type: 'anonymous', apiKeyId: null, name: null, requests: 7 }] }); // prettier-ignore

async function story(found: ErrorGroups = someErrors([anErrorGroup(), notFound]), at = '/errors') {
  let url = '';
  const provider = memoryDataProvider({ errors: [found] as never });
  render(<StoryApp at={at} role="member" provider={provider} onLocation={(where) => (url = where)} />);
  await screen.findByRole('heading', { level: 1, name: 'Errors' });
  return { provider, user: userEvent.setup(), url: () => url };
}
const target = (link: HTMLElement) => new URLSearchParams(link.getAttribute('href')?.split('?')[1]);
const asked = (provider: { asked: string[] }) =>
  provider.asked.filter((line) => line.startsWith('errors')).map((line) => JSON.parse(line.slice(7)) as Record<string, string>);

it('shows each group with its cause, count and callers, and leads to its rows and to those of one key', async () => {
  await story();
  const [, first, second] = within(await screen.findByRole('table', { name: 'Errors, grouped' })).getAllByRole('row');
  expect(first).toHaveTextContent(
    /\/v1\/invoices.*400.*A field or a parameter was missing or not valid.*invalid_field.*42.*Production API/,
  );
  const rows = target(within(first!).getByRole('link', { name: 'POST /v1/invoices, 400: 42 requests' }));
  expect(Object.fromEntries(rows)).toEqual({ method: 'POST', route: '/v1/invoices', status: '400', reason: 'invalid_field', from: '2025-12-01T11:00:00.000Z', to: '2025-12-02T11:00:00.000Z' }); // prettier-ignore
  expect(target(within(first!).getByRole('link', { name: 'Production API' })).get('apiKeyId')).toMatch(/^key_/);
  expect(target(within(second!).getByRole('link')).get('route')).toBe('!/*');
  expect(second).toHaveTextContent('Without a known key and 2 more');
  expect(screen.getByText('49 errors in 2 groups.')).toBeVisible();
});

it('keeps period and audience in the URL, and asks for programs alone unless it is told otherwise', async () => {
  const { user, url, provider } = await story();
  await screen.findByRole('table', { name: 'Errors, grouped' });
  expect(asked(provider).at(-1)).toMatchObject({ actorType: '!user' });
  await user.click(screen.getByRole('button', { name: '7 days' }));
  await user.click(screen.getByRole('button', { name: 'Everybody' }));
  await waitFor(() => expect(url()).toBe('/errors?range=7d&who=everybody'));
  await waitFor(() => expect(asked(provider).at(-1)).not.toHaveProperty('actorType'));
  const { from = '', to = '' } = asked(provider).at(-1) ?? {};
  expect(Date.parse(to) - Date.parse(from)).toBe(7 * 86_400_000);
});

it('says what it did not count', async () => {
  await story(someErrors([anErrorGroup()], { exact: false, countedFrom: '2025-12-02T09:00:00.000Z', total: { requests: 2_000_000, clientErrors: 900, serverErrors: 30 }, groups: 3 })); // prettier-ignore
  expect(await screen.findByText(/Only the errors since/)).toBeVisible();
  expect(screen.getByText(/In the whole period there were 930 errors/)).toBeVisible();
  expect(screen.getByText(/42 errors in 3 groups, of which the 1 largest are shown/)).toBeVisible();
});

it('says what to do when there is none, and when they cannot be read', async () => {
  const { user, provider, url } = await story(someErrors());
  await screen.findByText('No errors in this period');
  provider.errorGroups = () =>
    Promise.reject(new HttpError('The database cannot be reached', 503, { title: 'The database cannot be reached', status: 503 }));
  await user.click(screen.getByRole('button', { name: 'Look at 30 days' }));
  await waitFor(() => expect(url()).toBe('/errors?range=30d'));
  expect(await screen.findByText('The database cannot be reached')).toBeVisible();
});
