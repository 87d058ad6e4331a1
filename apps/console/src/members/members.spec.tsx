import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aMember } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const people = () => ({
  members: [aMember(1, { name: 'Ada Admin', email: 'ada@acme.example', role: 'admin' }), aMember(2, { name: 'Max Member' })],
});

describe('members', () => {
  it('shows the link of an invitation once, until it is taken', async () => {
    const user = userEvent.setup({ delay: null });
    const invitationUrl = 'http://localhost/#/accept-invitation/t0ken';
    const provider = memoryDataProvider({ ...people(), 'members.created': [{ ...aMember(9, { state: 'invited' }), invitationUrl }] });
    render(<StoryApp at="/members" provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Invite' }));
    const dialog = await screen.findByRole('dialog', { name: 'Invite somebody' });
    await user.type(within(dialog).getByLabelText(/^Name/), 'Nora New');
    await user.type(within(dialog).getByLabelText(/^E-mail/), 'nora@acme.example');
    await user.selectOptions(within(dialog).getByLabelText('Role'), 'guest');
    await user.click(within(dialog).getByRole('button', { name: 'Invite' }));
    expect(await within(dialog).findByLabelText('invitation link')).toHaveTextContent(invitationUrl);
    fireEvent.keyDown(dialog, { key: 'Escape' });
    await user.click(within(dialog).getByRole('button', { name: 'I have the link' }));
    await waitFor(() => expect(screen.queryByText(invitationUrl)).toBeNull());
    expect(provider.asked).toContain('create members {"name":"Nora New","email":"nora@acme.example","role":"guest"}');
  });

  it('changes a role and removes a person, after asking', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider(people());
    render(<StoryApp at="/members" provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Actions for Max Member' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Make guest' }));
    await waitFor(() => expect(provider.asked).toContain(`update members ${aMember(2).id} {"role":"guest"}`));
    await user.click(screen.getByRole('button', { name: 'Actions for Max Member' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Remove…' }));
    await user.click(within(await screen.findByRole('dialog', { name: 'Remove Max Member?' })).getByRole('button', { name: 'Remove' }));
    await waitFor(() => expect(provider.asked).toContain(`delete members ${aMember(2).id}`));
    await waitFor(() => expect(screen.queryByText('Max Member')).toBeNull());
  });
});

it('makes a link for a new password when it is confirmed, and shows it once; not for oneself', async () => {
  const user = userEvent.setup({ delay: null });
  const resetUrl = 'http://localhost/#/reset-password/t0ken';
  const provider = memoryDataProvider({ ...people(), links: [{ id: 1, resetUrl, mailed: false }] });
  render(<StoryApp at="/members" provider={provider} />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Max Member' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Link for a new password…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Link for a new password of Max Member' });
  expect(provider.asked).not.toContain(`reset link ${aMember(2).id}`);
  await user.click(within(dialog).getByRole('button', { name: 'Make the link' }));
  expect(await within(dialog).findByLabelText('link')).toHaveTextContent(resetUrl);
  await user.click(within(dialog).getByRole('button', { name: 'I have the link' }));
  await waitFor(() => expect(screen.queryByText(resetUrl)).toBeNull());
});

it('sends an invitation again, and says that it is mailed', async () => {
  const user = userEvent.setup({ delay: null });
  const links = [{ id: aMember(3).id, invitationUrl: 'http://localhost/#/accept-invitation/t0ken', mailed: true }];
  const provider = memoryDataProvider({ members: [aMember(3, { name: 'Nora New', email: 'nora@acme.example', state: 'invited' })], links });
  render(<StoryApp at="/members" provider={provider} />);
  await user.click(await screen.findByRole('button', { name: 'Actions for Nora New' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Send the invitation again…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Send the invitation of Nora New again' });
  await user.click(within(dialog).getByRole('button', { name: 'Send again' }));
  expect(await within(dialog).findByText('The link is mailed to nora@acme.example.')).toBeInTheDocument();
});

it('lets an invited person in without a session, by name and password, however long they think about it', async () => {
  jest.useFakeTimers({ advanceTimers: true });
  const user = userEvent.setup({ delay: null });
  const provider = memoryDataProvider({});
  render(<StoryApp at="/accept-invitation/t0ken" provider={provider} role="member" signedIn={false} />);
  await user.type(await screen.findByLabelText(/^Your name/), 'Nora New');
  await act(() => jest.advanceTimersByTimeAsync(60_000));
  jest.useRealTimers();
  await user.type(screen.getByLabelText(/^Password/), 'correct horse battery');
  await user.click(screen.getByRole('button', { name: 'Join' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Dashboard' })).toBeInTheDocument();
  expect(provider.asked).toContain('accept t0ken');
});
