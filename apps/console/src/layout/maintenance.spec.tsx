import { act, render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { call } from '../data-provider';
import { memoryDataProvider, type MemoryProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const during = { id: 'now', active: true, startedAt: '2025-12-02T10:00:00.000Z', endsAt: null, message: null };
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000 + 5_000).toISOString();
const withMaintenance = (fields: object = {}): MemoryProvider => memoryDataProvider({ maintenance: [{ ...during, ...fields }] });
const banner = () => screen.findByText('Changes are refused. Reading, signing in and revoking keys go on.');

it.each([
  ['an admin', '/members', {}],
  ['a guest', '/', { role: 'guest' }],
  ['who must choose a password', '/', { user: { mustChangePassword: true } }],
  ['who is about to sign in', '/login', {}],
  ['who is invited', '/accept-invitation/token', {}],
] as const)('%s reads on the page that there is maintenance, until when, why and what goes on', async (_, at, who) => {
  render(<StoryApp at={at} {...who} provider={withMaintenance({ endsAt: inMinutes(12), message: 'Moving house.' })} />);
  expect(await banner()).toBeInTheDocument();
  expect(screen.getByText(/^Maintenance until/)).toHaveTextContent(/^Maintenance until \w{3} \d+, .* \(in 12 min\)$/);
  expect(screen.getByText('Moving house.')).toBeInTheDocument();
});

it('says when it takes longer than announced, and nothing of an end that nobody announced', async () => {
  const { unmount } = render(<StoryApp at="/plan" provider={withMaintenance({ endsAt: inMinutes(-3) })} />);
  expect(await screen.findByText(/^Maintenance, takes longer than announced/)).toBeInTheDocument();
  unmount();
  render(<StoryApp at="/plan" provider={withMaintenance()} />);
  expect(await screen.findByText('Maintenance')).toBeInTheDocument();
});

describe('the banner', () => {
  beforeEach(() => jest.useFakeTimers({ advanceTimers: true }));
  afterEach(() => jest.useRealTimers());

  it('comes and goes by itself', async () => {
    const provider = memoryDataProvider({});
    render(<StoryApp at="/plan" provider={provider} />);
    await screen.findByRole('heading', { level: 1, name: 'Plan and retention' });
    expect(screen.getByRole('status')).toBeEmptyDOMElement();
    provider.records['maintenance'] = [during];
    await act(() => jest.advanceTimersByTimeAsync(31_000));
    expect(await banner()).toBeInTheDocument();
    provider.records['maintenance'] = [];
    await act(() => jest.advanceTimersByTimeAsync(31_000));
    await waitFor(() => expect(screen.getByRole('status')).toBeEmptyDOMElement());
  });

  it('is asked for once on the sign-in page, and again only while it stands there', async () => {
    const provider = withMaintenance();
    let asked = 0;
    const { maintenance } = provider;
    provider.maintenance = () => (asked++, maintenance());
    render(<StoryApp at="/login" provider={provider} />);
    expect(await banner()).toBeInTheDocument();
    provider.records['maintenance'] = [];
    await act(() => jest.advanceTimersByTimeAsync(31_000));
    await waitFor(() => expect(screen.getByRole('status')).toBeEmptyDOMElement());
    const before = asked;
    await act(() => jest.advanceTimersByTimeAsync(120_000));
    expect(asked).toBe(before);
  });
});

it('comes at once when something was refused, and the refusal is shown where it happened', async () => {
  const problem = {
    title: 'The service is being maintained',
    status: 503,
    code: 'maintenance',
    detail: 'Changes are refused for a while.',
    requestId: 'req_1',
  };
  globalThis.fetch = (() =>
    Promise.resolve({ ok: false, status: 503, statusText: '', text: () => Promise.resolve(JSON.stringify(problem)) })) as never;
  const provider = memoryDataProvider({});
  provider.changePassword = () => call('PUT', '/v1/me/password');
  render(<StoryApp at="/" user={{ mustChangePassword: true }} provider={provider} />);
  const user = userEvent.setup({ delay: null });
  for (const label of [/^Current password/, /^New password \*?$/, /^New password again/])
    await user.type(await screen.findByLabelText(label), 'correct horse battery');
  expect(screen.getByRole('status')).toBeEmptyDOMElement();
  provider.records['maintenance'] = [during];
  await user.click(screen.getByRole('button', { name: 'Save and go on' }));
  expect(await banner()).toBeInTheDocument();
  expect(screen.getByRole('alert')).toHaveTextContent('The service is being maintained');
});
