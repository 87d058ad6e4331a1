import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import { aRecord } from '../testing/builders';
import { anUnfinishedExport } from '../testing/evidence-builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const user = userEvent.setup({ delay: null });
// Which exports are waited for.
afterEach(() => localStorage.clear());

it('a few requests are downloaded at once; of too many it says so, and offers the export', async () => {
  const saved: { name: string; content: Blob }[] = [];
  const made = new Map<string, Blob>();
  Object.assign(URL, { createObjectURL: (blob: Blob) => (made.set(`blob:${made.size}`, blob), `blob:${made.size - 1}`) });
  Object.assign(URL, { revokeObjectURL: () => undefined });
  const click = jest.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    saved.push({ name: this.download, content: made.get(this.href)! });
  });
  const provider = memoryDataProvider({ 'audit-logs': [aRecord(1)], 'exports.created': [anUnfinishedExport(9)] });
  const { downloadLogs } = provider;
  const tooMany = { title: 'More rows match than an answer may hold', status: 400, code: 'too_many_rows' };
  Object.assign(provider, { downloadLogs: () => Promise.reject(new HttpError('x', 400, tooMany)) });
  const places: string[] = [];
  render(<StoryApp at="/audit-logs?status=4xx&range=all" role="member" provider={provider} onLocation={(url) => places.push(url)} />);
  await user.click(await screen.findByRole('button', { name: 'Export' }));
  const dialog = await screen.findByRole('dialog', { name: 'Export these requests' });
  const now = within(dialog).getByRole('button', { name: 'Download now (up to 10,000 rows)' });
  await user.click(now);
  expect(await within(dialog).findByRole('alert')).toHaveTextContent('More than 10,000 requests match');
  expect(saved).toEqual([]);
  provider.downloadLogs = downloadLogs;
  await user.selectOptions(within(dialog).getByLabelText('Format'), 'json');
  expect(within(dialog).queryByRole('button', { name: /Download now/ })).toBeNull();
  await user.selectOptions(within(dialog).getByLabelText('Format'), 'jsonl');
  await user.click(within(dialog).getByRole('button', { name: /Download now/ }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(provider.asked).toContain(`download ${JSON.stringify({ status: ['4xx'], actorType: '!user', format: 'jsonl' })}`);
  expect(saved.map(({ name, content }) => [name, content.size > 0])).toEqual([['api-logs.jsonl', true]]);
  click.mockRestore();
  Object.assign(provider, { downloadLogs: () => Promise.reject(new HttpError('x', 400, tooMany)) });
  await user.click(screen.getByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('button', { name: /Download now/ }));
  await user.click(await screen.findByRole('button', { name: 'Export all of them' }));
  await waitFor(() => expect(places.at(-1)).toContain('/exports?export='));
});
