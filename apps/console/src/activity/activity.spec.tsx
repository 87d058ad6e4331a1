import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import { aMember, anEntry } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';
import { differences, fieldText, inBrief, sentenceOf, valueText } from './activity-words';

const records = () => ({
  members: [aMember(1, { name: 'Ada Admin' }), aMember(2, { name: 'Max Member' })],
  activity: [
    anEntry(1, { action: 'member.role_changed', target: { type: 'member', id: 'mem_1', name: 'max@acme.example' }, before: { role: 'guest' }, after: { role: 'admin', sessionsEnded: 2 } }),
    anEntry(2, { action: 'session.failed', actor: { type: 'system', id: null, name: 'sign-in' }, target: { type: 'user', id: 'usr_2', name: 'max@acme.example' }, before: null, after: null }),
  ],
}); // prettier-ignore

describe('the activity list', () => {
  it('keeps its filters in the address, and asks the API for them', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider(records());
    const urls: string[] = [];
    render(<StoryApp at="/activity" provider={provider} onLocation={(url) => urls.push(url)} />);
    await user.selectOptions(await screen.findByLabelText('What'), 'Roles changed');
    await waitFor(() => expect(urls.at(-1)).toBe('/activity?action=member.role_changed'));
    await user.selectOptions(
      await screen.findByRole('combobox', { name: 'Who' }),
      await screen.findByRole('option', { name: 'Ada Admin' }),
    );
    await user.type(screen.getByLabelText('IP address or network'), '10.0.0.0/8{Enter}');
    await waitFor(() => expect(urls.at(-1)).toContain('ip=10.0.0.0%2F8'));
    const asked = provider.asked.filter((what) => what.startsWith('list activity')).at(-1)!;
    expect(JSON.parse(asked.slice('list activity '.length).replace(/ [A-Z]+$/, ''))).toEqual({
      action: 'member.role_changed',
      actorId: aMember(1).userId,
      ip: '10.0.0.0/8',
    });
    await user.click(screen.getByRole('button', { name: 'Clear all filters' }));
    await waitFor(() => expect(urls.at(-1)).toBe('/activity'));
  });

  it('opens an entry with what was before and after, its target and its request', async () => {
    const user = userEvent.setup({ delay: null });
    render(<StoryApp at="/activity" provider={memoryDataProvider(records())} />);
    await user.click(await screen.findByText('Changed the role of'));
    const panel = await screen.findByRole('complementary', { name: 'Entry of the activity list' });
    expect(within(panel).getByRole('row', { name: 'Role guest admin' })).toBeInTheDocument();
    expect(within(panel).getByRole('row', { name: 'Sessions ended – 2' })).toBeInTheDocument();
    expect(within(panel).getByRole('link', { name: 'max@acme.example' })).toHaveAttribute('href', expect.stringContaining('/members'));
    expect(within(panel).getByRole('link', { name: 'Open in API Logs' })).toHaveAttribute('href', expect.stringContaining('requestId='));
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Entry of the activity list' })).toBeNull());
  });

  it('says what to do when nothing matches, and when a filter is refused', async () => {
    const user = userEvent.setup({ delay: null });
    render(<StoryApp at="/activity?action=review.*" provider={memoryDataProvider({ activity: [] })} />);
    await user.click(await screen.findByRole('heading', { name: 'No change matches' }));
    const provider = memoryDataProvider(records());
    const failing = Object.assign(provider, {
      getList: () =>
        Promise.reject(new HttpError('no', 400, { title: 'A field of the request is not valid', status: 400, code: 'invalid_field' })),
    });
    document.body.innerHTML = '';
    render(<StoryApp at="/activity?ip=localhost" provider={failing} />);
    expect(await screen.findByRole('alert')).toHaveTextContent('A field of the request is not valid');
    expect(screen.getAllByRole('button', { name: 'Clear all filters' }).length).toBeGreaterThan(0);
  });
});

describe('the words', () => {
  it.each([
    [null, 'nothing'],
    [true, 'yes'],
    [[], 'nothing'],
    [['invoices:read', 'invoices:write'], 'invoices:read, invoices:write'],
    [60, '60'],
  ])('for the value %j are %s', (value, text) => expect(valueText(value)).toBe(text));

  it('name fields as people do, also inside of others', () => {
    expect(fieldText('perKeyPerMinute')).toBe('Per key per minute');
    expect(differences({ before: { limits: { perKeyPerMinute: null } }, after: { limits: { perKeyPerMinute: 60 } } })).toEqual([
      { field: 'Limits, per key per minute', before: 'nothing', after: '60' },
    ]);
  });

  it('leave out what stayed the same', () => {
    expect(differences({ before: { name: 'A', team: 'x' }, after: { name: 'A', team: null } })).toEqual([
      { field: 'Team', before: 'x', after: 'nothing' },
    ]);
    expect(inBrief({ before: null, after: { name: 'A' } })).toBe('');
  });

  it('tell signing out from a session that was ended from another, and spell out what they do not know', () => {
    expect(sentenceOf({ action: 'session.ended', after: null })).toBe('Signed out');
    expect(sentenceOf({ action: 'session.ended', after: { endedFrom: 'another session' } })).toBe('Ended one of the own sessions');
    expect(sentenceOf({ action: 'pair_of_gloves.lost', after: null })).toBe('Lost: pair of gloves');
  });
});
