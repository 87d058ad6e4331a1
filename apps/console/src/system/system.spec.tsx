import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import type { SystemView } from '../api-types';
import { aSystem } from '../testing/builders';
import { memoryDataProvider, type MemoryProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const withState = (over: Partial<SystemView>, records = {}): MemoryProvider => ({
  ...memoryDataProvider(records),
  system: () => Promise.resolve(aSystem(over)),
});
const away = new HttpError('away', 503, {
  title: 'The database cannot be reached',
  status: 503,
  code: 'database_unavailable',
  detail: 'The database cannot be reached right now. Nothing was changed; try again in a few seconds.',
  requestId: 'req_story',
});
const factOf = (label: string): HTMLElement => {
  const term = screen.getAllByText(label).find(({ tagName, nextElementSibling }) => tagName === 'DT' && nextElementSibling !== null);
  return term?.nextElementSibling as HTMLElement;
};

describe('the System page', () => {
  afterEach(() => jest.restoreAllMocks());

  it('says that all is well, and shows the way of the records in figures', async () => {
    render(<StoryApp at="/system" provider={withState({})} />);
    expect(await screen.findByText(/All is well/)).toBeInTheDocument();
    expect(screen.getByText('Ready')).toBeInTheDocument();
    expect(factOf('Waiting records')).toHaveTextContent('3');
    expect(factOf('Last batch')).toHaveTextContent('37 records in 6.2 ms');
    expect(factOf('Durability')).toHaveTextContent('Safe: fsync on, full_page_writes on, synchronous_commit on');
    expect(factOf('PostgreSQL')).toHaveTextContent('Not since the start');
    expect(screen.getByRole('meter', { name: 'Use of the journal' })).toHaveAttribute('aria-valuetext', '10 MiB of 1 GiB (under 1 %)');
    expect(await screen.findByText(/Empty, as it should be/)).toBeInTheDocument();
  });

  it('puts each warning with what to do, and colours the journal from 80 % on', async () => {
    const journal = { entries: 90_000, intents: 0, bytes: 880_000_000, maxBytes: 1_073_741_824, storage: 'warning' as const };
    const dead = {
      code: 'journal_of_dead_process',
      severity: 'danger',
      message: 'A process that has ended.',
      action: 'Start it.',
    } as const;
    const filling = {
      code: 'journal_filling',
      severity: 'warning',
      message: 'The journal is filling up.',
      action: 'See PostgreSQL.',
    } as const;
    render(<StoryApp at="/system" provider={withState({ ready: false, journal, warnings: [dead, filling] })} />);
    const items = within(await screen.findByRole('list', { name: 'Warnings' })).getAllByRole('listitem');
    expect(items.map(({ textContent }) => textContent)).toEqual([
      'A process that has ended.Start it.',
      'The journal is filling up.See PostgreSQL.',
    ]);
    expect(items[0]?.firstElementChild).toHaveAttribute('data-severity', 'danger');
    expect(screen.getByRole('meter')).toHaveAttribute('data-storage', 'warning');
    expect(screen.getByText('Not ready')).toBeInTheDocument();
    expect(screen.queryByText(/All is well/)).toBeNull();
  });

  it('names the processes of the database, and which one has gone with records', async () => {
    const at = '2025-12-02T10:30:15.123Z';
    const alive = {
      journalId: 'j-1',
      host: 'api-1',
      pid: 1,
      directory: '/a/journal',
      startedAt: at,
      seenAt: at,
      pendingEntries: 0,
      state: 'alive',
      self: true,
    } as const;
    const gone = {
      ...alive,
      journalId: 'j-2',
      host: 'api-2',
      directory: '/b/journal',
      pendingEntries: 17,
      state: 'unshipped',
      self: false,
    } as const;
    const vanished = { ...gone, journalId: 'j-3', host: 'api-3', pendingEntries: 0, state: 'vanished' } as const;
    render(<StoryApp at="/system" provider={withState({ processes: [alive, gone, vanished] })} />);
    const table = await screen.findByRole('table', { name: 'Processes' });
    expect(within(table).getByRole('row', { name: /api-1.*this one.*Alive/ })).toBeInTheDocument();
    expect(within(table).getByRole('row', { name: /api-2.*at least 17.*Gone, records left/ })).toBeInTheDocument();
    expect(within(table).getByRole('row', { name: /api-3.*at least 0.*Gone, perhaps records left/ })).toBeInTheDocument();
  });

  it('shows a quarantined record as it was, when asked', async () => {
    const user = userEvent.setup({ delay: null });
    const row = { id: 1, journalId: 'j', offset: '7', quarantinedAt: '2025-12-02T10:30:15.123Z', error: 'invalid input syntax', record: '{"ip":"10.0.0.256"', organization: null }; // prettier-ignore
    render(<StoryApp at="/system" provider={withState({}, { quarantine: [row] })} />);
    expect(await screen.findByText(/invalid input syntax \(whose it is could not be read\)/)).toBeInTheDocument();
    expect(screen.queryByLabelText('record as it was')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show record' }));
    expect(screen.getByLabelText('record as it was')).toHaveTextContent('{"ip":"10.0.0.256"');
  });

  it('says of a record of another organization that it is there, whose, where and why, and shows no more', async () => {
    const row = { id: 1, journalId: 'j-9', offset: '7', quarantinedAt: '2025-12-02T10:30:15.123Z', error: 'invalid input syntax', record: null, organization: { id: 'org_1', name: 'Elsewhere' } }; // prettier-ignore
    const counts = { ...aSystem().counts, quarantined: 1 };
    render(<StoryApp at="/system" provider={withState({ counts }, { quarantine: [row] })} />);
    expect(await screen.findByText('invalid input syntax (of Elsewhere, org_1; offset 7 of journal j-9)')).toBeInTheDocument();
    expect(factOf('Quarantined')).toHaveTextContent('1');
    expect(screen.queryByRole('button', { name: 'Show record' })).toBeNull();
    expect(screen.queryByText(/Empty, as it should be/)).toBeNull();
  });

  it('says what is not known as not known', async () => {
    const [counts, partitions] = [
      { ...aSystem().counts, quarantined: null },
      { months: ['2025-12'], strayRows: null },
    ];
    render(<StoryApp at="/system" provider={withState({ counts, partitions })} />);
    await waitFor(() => expect(factOf('Quarantined')).toHaveTextContent('not known'));
    expect(factOf('Without month')).toHaveTextContent('not known at the moment');
  });

  it('says what goes on while the database is away, and keeps what was known', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined); // react-admin prints what a provider rejects with
    jest.useFakeTimers({ advanceTimers: true });
    let answer: () => Promise<SystemView> = () => Promise.resolve(aSystem());
    const provider = { ...memoryDataProvider({}), system: () => answer() };
    render(<StoryApp at="/system" provider={provider} />);
    expect(await screen.findByText(/All is well/)).toBeInTheDocument();
    answer = () => Promise.reject(away);
    act(() => jest.advanceTimersByTime(5_000));
    expect(await screen.findByRole('heading', { name: 'What goes on meanwhile' })).toBeInTheDocument();
    expect(screen.getByText(/recorded: records wait in the journal/)).toBeInTheDocument();
    expect(screen.getByText(/Below is what was known at/)).toBeInTheDocument();
    expect(screen.queryByText(/All is well/)).toBeNull();
    expect(factOf('Waiting records')).toHaveTextContent('3');
    answer = () => Promise.resolve(aSystem());
    act(() => jest.advanceTimersByTime(5_000));
    expect(await screen.findByText(/All is well/)).toBeInTheDocument();
    jest.useRealTimers();
  });

  it('says so too when it is the first answer', async () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    render(<StoryApp at="/system" provider={{ ...memoryDataProvider({}), system: () => Promise.reject(away) }} />);
    expect(await screen.findByRole('heading', { name: 'What goes on meanwhile' })).toBeInTheDocument();
    expect(screen.getByText('Not known')).toBeInTheDocument(); // ready or not
    expect(screen.queryByText(/Below is what was known/)).toBeNull();
  });
});

describe('who sees it', () => {
  it('is in the rail and the palette of an admin of home', async () => {
    const user = userEvent.setup({ delay: null });
    let url = '';
    render(<StoryApp at="/plan" onLocation={(now) => (url = now)} />);
    const rail = await screen.findByRole('navigation', { name: 'Main' });
    expect(within(rail).getByRole('link', { name: 'System' })).toBeInTheDocument();
    await user.keyboard('{Control>}k{/Control}');
    await user.type(await screen.findByRole('combobox', { name: 'Go to or find' }), 'quarantine{Enter}');
    await waitFor(() => expect(url).toBe('/system'));
  });

  it.each([
    ['a member', { role: 'member' as const }],
    ['an admin of another organization', { isHome: false }],
  ])('is not for %s: no link, nothing asked', async (_, who) => {
    const provider = memoryDataProvider({});
    render(<StoryApp at="/system" provider={provider} {...who} />);
    expect(await screen.findByRole('heading', { level: 1, name: 'Not for your role' })).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'System' })).toBeNull();
    expect(provider.asked).toEqual([]);
  });
});
