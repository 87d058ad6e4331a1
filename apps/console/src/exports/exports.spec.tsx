import { fireEvent, render, renderHook, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import { preferencesOf, storedPreference, storePreference } from '../elements/preferences';
import { aRecord } from '../testing/builders';
import { anExport, anUnfinishedExport } from '../testing/evidence-builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { awaitExport, useAwaited } from './awaited';
import { filterText, timeLeft } from './export-words';

const user = userEvent.setup({ delay: null });
// Which exports are waited for.
afterEach(() => localStorage.clear());

describe('the exports', () => {
  it('say what was asked for, how far it is, and what can be downloaded', async () => {
    const soon = new Date(Date.now() + 170_000).toISOString();
    const exports = [anUnfinishedExport(3, { estimatedReadyAt: soon }), anExport(2), anExport(1, { state: 'expired', expiresAt: null })];
    render(<StoryApp at="/exports" role="member" records={{ exports }} />);
    await screen.findByText('Files deleted');
    const [, running, ready, expired] = screen.getAllByRole('row');
    expect(await within(running!).findByRole('progressbar')).toHaveAttribute('aria-valuenow', '25');
    expect(running).toHaveTextContent('about 3 min left');
    expect(ready).toHaveTextContent('API logs Status 4xx · Caller is not user');
    expect(within(ready!).getByRole('link', { name: 'Download' })).toHaveAttribute('href', `/v1/exports/${exports[1]!.id}/download`);
    expect(expired).toHaveTextContent('Files deleted');
    expect(within(expired!).queryByRole('link')).toBeNull();
    expect(screen.getByText('1 export in progress. This page shows when it is ready.')).toHaveAttribute('role', 'status');
  });

  it('are checked by others: the panel has the sums, the key, and what the manifest states', async () => {
    render(<StoryApp at={`/exports?export=${anExport(1).id}`} records={{ exports: [anExport(1)] }} />);
    const panel = await screen.findByRole('complementary', { name: 'Export' });
    expect(panel).toHaveTextContent('node verify-export.mjs --key public-key.pem');
    expect(panel).toHaveTextContent('Sequence 1 to 11 had passed out of retention and is not in it.');
    expect(panel).toHaveTextContent('Not in it: 2 records that came late and had passed out of retention.');
    expect(panel).toHaveTextContent('1 record in it say that requests could not be recorded: 12 at the most.');
    expect(panel).toHaveTextContent('3b1f0c5d9e7a4c21'.repeat(4));
    expect(within(panel).getByRole('link', { name: 'Manifest' })).toHaveAttribute('href', expect.stringContaining('file=manifest'));
  });

  it('are started here or with the filter of the log, and the new one opens', async () => {
    const provider = memoryDataProvider({ exports: [], 'exports.created': [anUnfinishedExport(9, { state: 'queued' })] });
    const places: string[] = [];
    render(<StoryApp at="/exports" provider={provider} onLocation={(url) => places.push(url)} />);
    await screen.findByRole('heading', { name: 'No export yet' });
    await user.click(screen.getByRole('button', { name: 'New export' }));
    const dialog = await screen.findByRole('dialog', { name: 'New export' });
    await user.selectOptions(within(dialog).getByLabelText('What'), 'period');
    await user.selectOptions(within(dialog).getByLabelText('Format'), 'jsonl');
    await user.click(within(dialog).getByLabelText('Compress with gzip'));
    await user.click(within(dialog).getByRole('button', { name: 'Start export' }));
    await waitFor(() => expect(places.at(-1)).toBe(`/exports?export=${anUnfinishedExport(9).id}`));
    expect(provider.asked).toContain(`create exports ${JSON.stringify({ format: 'jsonl', source: 'period', filter: {}, gzip: true })}`);
  });

  it('are of the time that is typed, in the zone that the reader has chosen, which times can be told in', async () => {
    storePreference('time.zone', 'Asia/Kathmandu');
    const provider = memoryDataProvider({ exports: [], 'exports.created': [anUnfinishedExport(9)] });
    render(<StoryApp at="/exports" provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'New export' }));
    const dialog = await screen.findByRole('dialog', { name: 'New export' });
    fireEvent.change(within(dialog).getByLabelText('From'), { target: { value: '2025-12-02T10:30:15' } });
    await user.selectOptions(within(dialog).getByLabelText('Times in'), 'Asia/Kathmandu');
    await user.click(within(dialog).getByRole('button', { name: 'Start export' }));
    const body = { format: 'csv', source: 'auditLogs', filter: { from: '2025-12-02T04:45:15.000Z' }, timeZone: 'Asia/Kathmandu', separator: 'comma' }; // prettier-ignore
    await waitFor(() => expect(provider.asked).toContain(`create exports ${JSON.stringify(body)}`));
  });

  it('are made again as they were: the same requests and columns, the same period', async () => {
    const failure = { code: 'disk_full', detail: 'The disk of the exports has too little room left.' };
    const over = { state: 'failed', failure, timeZone: 'Europe/Berlin', separator: 'tab', gzip: true } as const;
    const columns = ['requestId', 'status'];
    const filter = { from: '2025-11-01T00:00:00.123Z', to: '2025-12-01T00:00:00.000Z' };
    const logs = anUnfinishedExport(1, { ...over, columns, filter: { ...filter, status: ['4xx'] } });
    const period = anUnfinishedExport(2, { ...over, source: 'period', format: 'jsonl', filter });
    for (const [shown, body] of [
      [logs, { format: 'csv', source: 'auditLogs', filter: logs.filter, timeZone: 'Europe/Berlin', separator: 'tab', columns, gzip: true }],
      [period, { format: 'jsonl', source: 'period', filter, gzip: true }],
    ] as const) {
      const provider = memoryDataProvider({ exports: [logs, period], 'exports.created': [anUnfinishedExport(9)] });
      const { unmount } = render(<StoryApp at={`/exports?export=${shown.id}`} provider={provider} />);
      await user.click(await screen.findByRole('button', { name: 'Export it again' }));
      await user.click(await screen.findByRole('button', { name: 'Start export' }));
      await waitFor(() => expect(provider.asked).toContain(`create exports ${JSON.stringify(body)}`));
      unmount();
    }
  });

  it('that a link leads to are looked for also where there are none', async () => {
    render(<StoryApp at={`/exports?export=${anExport(1).id}`} records={{ exports: [] }} />);
    expect(await screen.findByRole('alert')).toHaveTextContent('No such resource');
  });

  it('take the filter of the list along, also what it leaves out by itself', async () => {
    const provider = memoryDataProvider({ 'audit-logs': [aRecord(1)], 'exports.created': [anUnfinishedExport(9)] });
    const places: string[] = [];
    render(<StoryApp at="/audit-logs?status=4xx&range=all" role="member" provider={provider} onLocation={(url) => places.push(url)} />);
    await user.click(await screen.findByRole('button', { name: 'Export' }));
    const dialog = await screen.findByRole('dialog', { name: 'Export these requests' });
    expect(dialog).toHaveTextContent('Status4xxCaller is notuser');
    await user.click(within(dialog).getByRole('button', { name: 'Start export' }));
    await waitFor(() => expect(places.at(-1)).toContain('/exports?export='));
    const body = {
      format: 'csv',
      source: 'auditLogs',
      filter: { status: ['4xx'], actorType: '!user' },
      timeZone: 'UTC',
      separator: 'comma',
    };
    expect(provider.asked).toContain(`create exports ${JSON.stringify(body)}`);
  });

  it('say why one failed, and can be asked for again; a running one can be cancelled', async () => {
    const failure = { code: 'disk_full', detail: 'The disk of the exports has too little room left.' };
    const failed = anUnfinishedExport(1, { state: 'failed', failure });
    const provider = memoryDataProvider({ exports: [failed, anUnfinishedExport(2)] });
    const { unmount } = render(<StoryApp at={`/exports?export=${failed.id}`} provider={provider} />);
    const panel = await screen.findByRole('complementary', { name: 'Export' });
    expect(panel).toHaveTextContent(failure.detail);
    await user.click(within(panel).getByRole('button', { name: 'Export it again' }));
    expect(await screen.findByRole('dialog', { name: 'Export these requests' })).toHaveTextContent('Status');
    unmount();
    render(<StoryApp at={`/exports?export=${anUnfinishedExport(2).id}`} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Cancel export…' }));
    await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Cancel export' }));
    await waitFor(() => expect(provider.asked).toContain(`delete exports ${anUnfinishedExport(2).id}`));
  });

  it('show a refusal with its next step, and nothing at all to a guest', async () => {
    const provider = memoryDataProvider({});
    const problem = { title: 'Too much', status: 503, detail: 'Come again.' };
    Object.assign(provider, { getList: () => Promise.reject(new HttpError('x', 503, problem)) });
    const { unmount } = render(<StoryApp at="/exports" provider={provider} />);
    expect(await screen.findByRole('alert')).toHaveTextContent('Come again.');
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
    unmount();
    render(<StoryApp at="/settings" role="guest" />);
    await screen.findByRole('heading', { level: 1 });
    expect(screen.queryByRole('link', { name: 'Exports' })).toBeNull();
  });
});

const delivery = { destination: 's3', state: 'delivered', failures: 0, nextAttemptAt: null, deliveredAt: '2026-01-01T00:07:00.000Z', location: 's3://audit-exports/org_1/2025-12-01_exp_1', failure: null } as const; // prettier-ignore

it('the panel says where an export was delivered, why it was not, and tries again when it is told to', async () => {
  const failure = { code: 'access_denied', detail: 'It refused to take the files.' } as const;
  const failed = anExport(1, { delivery: { ...delivery, state: 'failed', failures: 12, deliveredAt: null, location: null, failure } });
  const provider = memoryDataProvider({ exports: [failed, anExport(2, { delivery })] });
  const { unmount } = render(<StoryApp at={`/exports?export=${anExport(2).id}`} role="member" provider={provider} />);
  expect(await screen.findByText('s3://audit-exports/org_1/2025-12-01_exp_1')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Deliver now' })).toBeNull();
  unmount();
  render(<StoryApp at={`/exports?export=${failed.id}`} role="member" provider={provider} />);
  const panel = await screen.findByRole('complementary', { name: 'Export' });
  expect(panel).toHaveTextContent(/Not delivered.*12 times.*It refused to take the files/);
  await user.click(within(panel).getByRole('button', { name: 'Deliver now' }));
  await waitFor(() => expect(provider.asked).toContain(`deliver ${failed.id}`));
});

describe('whoever asked for an export is told', () => {
  const elsewhere = (exports: ReturnType<typeof anExport>[]) => {
    exports.forEach(({ id }) => awaitExport(id));
    return render(<StoryApp at="/settings" role="member" records={{ exports }} />);
  };

  it('on any page, once it is ready or has failed, until they have seen it', async () => {
    const failure = { code: 'disk_full', detail: 'The disk of the exports has too little room left.' };
    const told = elsewhere([anExport(1), anExport(2, { state: 'failed', failure }), anUnfinishedExport(3)]);
    const ready = (await screen.findByText('Your export is ready')).parentElement!;
    expect(ready).toHaveTextContent('API logs, 48,213 rows.');
    expect(within(ready).getByRole('link', { name: 'Download' })).toHaveAttribute('href', `/v1/exports/${anExport(1).id}/download`);
    const failed = (await screen.findByText('Your export failed')).parentElement!;
    expect(within(failed).getByRole('link', { name: 'See why' })).toHaveAttribute('href', expect.stringContaining(anExport(2).id));
    expect(screen.getAllByRole('button', { name: 'Dismiss' })).toHaveLength(2);
    await user.click(within(ready).getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByText('Your export is ready')).toBeNull();
    told.unmount();
    expect(storedPreference('exports.awaited')).toBe([2, 3].map((number) => anExport(number).id).join(' '));
  });

  it('and nobody else who uses the browser', () => {
    preferencesOf('usr_1');
    awaitExport(anExport(1).id);
    preferencesOf('usr_2');
    expect(renderHook(() => useAwaited()).result.current).toEqual([]);
    preferencesOf('usr_1');
    expect(renderHook(() => useAwaited()).result.current).toEqual([anExport(1).id]);
    preferencesOf('');
  });

  it('not of what is cancelled or gone, nor where they see it anyway', async () => {
    elsewhere([anExport(1, { state: 'failed', failure: { code: 'cancelled', detail: 'It was cancelled by Ada.' } })]);
    awaitExport(anExport(9).id);
    await waitFor(() => expect(storedPreference('exports.awaited')).toBeNull());
    expect(screen.queryByText('Your export failed')).toBeNull();
  });
});

it('a schedule is made and deleted beside the exports', async () => {
  const schedule = { id: 'xsc_1', name: 'For the auditor', every: 'month', source: 'period', format: 'csv', gzip: true, filter: {}, keep: 12, createdAt: '2025-12-02T10:30:15.123Z', createdBy: { id: 'usr_1', name: 'Ada' }, nextAt: '2026-01-01T00:00:00.000Z', destination: 's3', folder: '', lastDelivery: { ...delivery, state: 'waiting', failures: 2 } }; // prettier-ignore
  const provider = memoryDataProvider({
    exports: [anExport(1)],
    'export-schedules': [schedule],
    'export-schedules.created': [{ ...schedule, id: 'xsc_2' }],
  });
  render(<StoryApp at="/exports" provider={provider} />);
  expect(await screen.findByRole('row', { name: /^For the auditor/ })).toHaveTextContent(/A whole period, CSVEvery month.*Delivery fails/);
  await user.click(screen.getByRole('button', { name: 'New schedule' }));
  const dialog = await screen.findByRole('dialog', { name: 'New schedule' });
  await user.type(within(dialog).getByLabelText(/^Name/), 'Weekly');
  await user.selectOptions(within(dialog).getByLabelText('When'), 'week');
  expect(within(dialog).queryByLabelText('Folder')).toBeNull();
  await user.selectOptions(within(dialog).getByLabelText('Deliver to'), 'directory');
  await user.type(within(dialog).getByLabelText('Folder'), 'for-the-auditor');
  await user.click(within(dialog).getByRole('button', { name: 'Make schedule' }));
  const made = { every: 'week', source: 'period', format: 'csv', name: 'Weekly', keep: 12, gzip: true, destination: 'directory', folder: 'for-the-auditor' }; // prettier-ignore
  await waitFor(() => expect(provider.asked).toContain(`create export-schedules ${JSON.stringify(made)}`));
  await user.click(await screen.findByRole('button', { name: 'Delete the schedule For the auditor' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete schedule' }));
  await waitFor(() => expect(provider.asked).toContain('delete export-schedules xsc_1'));
});

it('a filter is told in words, a time in the reader’s own', () => {
  expect(filterText({ path: '/v1/*', method: ['GET,HEAD', '!POST'], minDurationMs: '250' })).toBe(
    'Endpoint /v1/* · Method GET, HEAD · Method is not POST · At least 250 ms',
  );
  const now = new Date('2025-12-02T10:30:00Z');
  expect(timeLeft({ state: 'running', estimatedReadyAt: '2025-12-02T10:30:30Z' }, now)).toBe('about 30 s left');
  expect(timeLeft({ state: 'queued', estimatedReadyAt: null }, now)).toBeNull();
});
