import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError, type RaRecord } from 'react-admin';
import type { LeakCheck, LeakReport } from '../api-types';
import { aKey } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const secret = `pbk_${'Zq'.repeat(18)}`;
const key = aKey(1);
const apiKey = { id: key.id, name: key.name, masked: key.masked, state: key.state };
const aReport = (number: number, over: Partial<LeakReport> = {}): RaRecord & LeakReport => ({
  id: `lkr_${number}`,
  ...{ apiKey: { ...apiKey, state: 'revoked' }, type: 'pinebill_api_key', source: 'content', url: `https://github.com/acme/shop/blob/main/${number}.env` },
  ...{ reportedAt: '2025-12-02T10:30:15.123Z', lastReportedAt: '2025-12-02T10:30:15.123Z', times: 1, handledAt: '2025-12-02T10:30:15.400Z' },
  ...{ action: 'revoked', policy: 'revoke', incidentId: 'inc_1' },
  ...over,
}); // prettier-ignore
const checked = (answer: LeakCheck) => memoryDataProvider({ 'leak-checks': [answer as unknown as RaRecord], 'api-keys': [key] });
const known = (state: LeakReport['apiKey']['state'] = 'active'): LeakCheck => ({
  verdict: 'known',
  found: [
    { start: 8, end: 48, verdict: 'known', apiKey: { ...apiKey, state } },
    { start: 49, end: 53, verdict: 'notAKey', apiKey: null },
  ],
});

describe('Leaks', () => {
  it('shows which key was found where, what was done, and the incident', async () => {
    const reports = [
      aReport(1),
      aReport(2, { action: null, handledAt: null, policy: null, incidentId: null, times: 3 }),
      aReport(3, { url: 'javascript:alert(1)', action: 'alerted', source: 'Pull_request_comment' }),
      aReport(4, { url: null, source: null, action: 'alreadyRevoked', incidentId: null }),
    ];
    render(<StoryApp at="/leaks" role="member" records={{ 'leak-reports': reports }} />);
    const table = await screen.findByRole('table', { name: 'Reports of leaked keys' });
    const [, first, second, third, fourth] = await waitFor(() => {
      const rows = within(table).getAllByRole('row');
      expect(rows).toHaveLength(5);
      return rows;
    });
    expect(within(first!).getByRole('link', { name: 'github.com/acme/shop/blob/main/1.env' })).toHaveAttribute(
      'rel',
      'noreferrer noopener',
    );
    expect(first).toHaveTextContent('in a file, by the rule pinebill_api_key');
    expect(within(first!).getByRole('link', { name: 'Open' })).toHaveAttribute('href', expect.stringContaining('/incidents/inc_1'));
    expect(second).toHaveTextContent('3 times');
    expect(second).toHaveTextContent('In progress');
    // What a report says leads nowhere but to a page.
    expect(within(third!).queryByRole('link', { name: /javascript/ })).toBeNull();
    expect(third).toHaveTextContent('in a pull request comment');
    expect(third).toHaveTextContent('Told only');
    expect(fourth).toHaveTextContent('The report names no place');
    expect(fourth).toHaveTextContent('None');
    expect(screen.queryByRole('button', { name: 'Check a text' })).toBeNull();
  });

  it('says how reports come when there is none, and what failed', async () => {
    const { unmount } = render(<StoryApp at="/leaks" />);
    expect(await screen.findByText(/PINEBILL_LEAK_KEYS_URL/)).toBeInTheDocument();
    expect(screen.getAllByRole('button', { name: 'Check a text' })).not.toHaveLength(0);
    unmount();
    const provider = memoryDataProvider({});
    const list = provider.getList.bind(provider);
    const problem = { title: 'The database cannot be reached', status: 503, requestId: 'req_7' };
    Object.assign(provider, { getList: (resource: string, params: never) => resource === 'leak-reports' ? Promise.reject(new HttpError(problem.title, 503, problem)) : list(resource, params) }); // prettier-ignore
    render(<StoryApp at="/leaks" provider={provider} />);
    expect(await screen.findByRole('alert')).toHaveTextContent('The database cannot be reached');
    expect(screen.getByRole('button', { name: 'Try again' })).toBeInTheDocument();
  });
});

describe('the leak check', () => {
  const paste = async (user: ReturnType<typeof userEvent.setup>, text: string) => {
    const box = await screen.findByLabelText('Text');
    await user.click(box);
    await user.paste(text);
    await user.click(screen.getByRole('button', { name: 'Check' }));
    return box;
  };

  it('names the key, its state and the way on, and shows nothing of it a second time', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = checked(known());
    let at = '';
    render(<StoryApp at="/leak-check" provider={provider} onLocation={(url) => (at = url)} />);
    const box = await paste(user, `KEY=abc\n${secret} pbk_\n`);
    const verdict = await screen.findByText('This is your key');
    const notice = verdict.parentElement!;
    expect(notice).toHaveTextContent('pbk_…ZqZq in line 2, column 1.');
    expect(within(notice).getByRole('link')).toHaveAttribute('href', expect.stringContaining(`/api-keys/${key.id}/show`));
    expect(document.body.textContent.replace((box as HTMLTextAreaElement).value, '')).not.toContain(secret);
    expect(provider.asked.join('\n')).not.toContain('ZqZq');
    expect(screen.getByText('No key')).toBeInTheDocument();
    await user.click(within(notice).getByRole('button', { name: 'Revoke…' }));
    const dialog = await screen.findByRole('dialog', { name: `Revoke ${key.name}?` });
    await user.click(within(dialog).getByRole('button', { name: 'Leaked or suspected leak' }));
    await user.click(within(dialog).getByRole('button', { name: 'Revoke key' }));
    await waitFor(() => expect(provider.asked).toContain(`revoke ${key.id} Leaked or suspected leak`));
    await user.click(await within(dialog).findByRole('button', { name: 'Done' }));
    await user.click(await screen.findByRole('button', { name: 'Open incident' }));
    expect(at).toBe(`/incidents?new&apiKeyId=${key.id}`);
  });

  it('says of a dead key that it is dead, and forgets its verdict when the text changes', async () => {
    const user = userEvent.setup({ delay: null });
    render(<StoryApp at="/leak-check" provider={checked(known('revoked'))} />);
    const box = await paste(user, `KEY=abc\n${secret} pbk_`);
    expect(await screen.findByText('This was your key')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Revoke…' })).toBeNull();
    await user.type(box, 'x');
    expect(screen.queryByText('This was your key')).toBeNull();
  });

  it.each([
    ['notAKey', 'No key'],
    ['badChecksum', 'Not a key: the checksum is wrong'],
    ['unknown', 'Not a key of this organization'],
  ] as const)('says what %s means', async (verdict, title) => {
    const found = verdict === 'notAKey' ? [] : [{ start: 0, end: 40, verdict, apiKey: null }];
    render(<StoryApp at="/leak-check" provider={checked({ verdict, found })} />);
    await paste(userEvent.setup({ delay: null }), secret);
    expect((await screen.findByText(title)).closest('[role=status]')).not.toBeNull();
    expect(screen.queryByRole('button', { name: 'Open incident' })).toBeNull();
  });

  it('is not for members', async () => {
    render(<StoryApp at="/leak-check" role="member" />);
    expect(await screen.findByRole('heading', { level: 1 })).not.toHaveTextContent('Leak check');
    expect(screen.queryByLabelText('Text')).toBeNull();
  });
});

it('an admin chooses in the settings what is done about a leaked key', async () => {
  const user = userEvent.setup({ delay: null });
  const provider = memoryDataProvider({});
  render(<StoryApp at="/settings" provider={provider} />);
  const group = await screen.findByRole('radiogroup', { name: 'When a key of yours is found in public' });
  expect(within(group).getByRole('radio', { name: /^Revoke it/ })).toBeChecked();
  await user.click(within(group).getByRole('radio', { name: /^Quarantine it/ }));
  await waitFor(() => expect(provider.asked).toContain('organization {"policies":{"leakedKeys":"quarantine"}}'));
  expect(await screen.findByText('Saved.')).toBeInTheDocument();
});
