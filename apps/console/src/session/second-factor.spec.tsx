import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpError } from 'react-admin';
import { aMember, aSession } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const enrolled = () =>
  memoryDataProvider({ 'second-factor': [{ id: 'own', enrolled: true, enrolledAt: '2025-12-01T10:00:00.000Z', recoveryCodesLeft: 7 }] });
const heading = (name: string | RegExp) => screen.findByRole('heading', { name });

describe('the sign-in', () => {
  it('asks for a code after the right password only, keeps what was typed, and takes a recovery code', async () => {
    const user = userEvent.setup({ delay: null });
    const sent: object[] = [];
    const start = (credentials: { code?: string }) => {
      sent.push(credentials);
      if (credentials.code === 'abcd-efgh-ijkl-mnop') return Promise.resolve(aSession('admin'));
      const code = credentials.code === undefined ? 'second_factor_required' : 'invalid_credentials';
      return Promise.reject(new HttpError('refused', 401, { title: 'The code is not right', status: 401, code }));
    };
    render(<StoryApp at="/login" signedIn={false} start={start} />);
    await user.type(await screen.findByLabelText(/^E-mail/), 'ada@acme.example');
    await user.type(screen.getByLabelText(/^Password/), 'correct horse');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    await user.type(await screen.findByLabelText(/^Code/), '000000');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('The code is not right');
    await user.click(screen.getByRole('button', { name: /Use a recovery code/ }));
    await user.type(screen.getByLabelText(/^Recovery code/), 'abcd-efgh-ijkl-mnop');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await heading('Dashboard')).toBeInTheDocument();
    const credentials = { email: 'ada@acme.example', password: 'correct horse' };
    expect(sent).toEqual([credentials, { ...credentials, code: '000000' }, { ...credentials, code: 'abcd-efgh-ijkl-mnop' }]);
  });
});

describe('setting up', () => {
  it('shows picture and key, asks for a code, and does not let go of the recovery codes before they are saved', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider({});
    render(<StoryApp at="/settings" provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Set up a second factor…' }));
    const dialog = await screen.findByRole('dialog', { name: 'Set up a second factor' });
    await user.click(within(dialog).getByRole('button', { name: 'Show the QR code' }));
    expect(await within(dialog).findByRole('img', { name: /QR code/ })).toBeInTheDocument();
    expect(within(dialog).getByText('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ')).toBeInTheDocument();
    await user.type(within(dialog).getByLabelText(/^Code/), '000000');
    await user.click(within(dialog).getByRole('button', { name: 'Switch on' }));
    expect(await within(dialog).findByRole('alert')).toBeInTheDocument();
    await user.clear(within(dialog).getByLabelText(/^Code/));
    await user.type(within(dialog).getByLabelText(/^Code/), '123456');
    await user.click(within(dialog).getByRole('button', { name: 'Switch on' }));
    expect(await within(dialog).findByLabelText('recovery codes')).toHaveTextContent('abcd-efgh-ijkl-mno9');
    await user.keyboard('{Escape}');
    expect(within(dialog).getByRole('button', { name: 'Done' })).toBeDisabled();
    await user.click(within(dialog).getByLabelText('I have saved them'));
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    await waitFor(() => expect(screen.queryByText(/abcd-efgh/)).toBeNull());
  });

  it('stands instead of everything else where the organization requires it', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = memoryDataProvider({});
    const secondFactor = { enrolled: false, enrolmentRequired: true };
    render(<StoryApp at="/audit-logs" provider={provider} secondFactor={secondFactor} />);
    expect(await heading('Set up a second factor')).toBeInTheDocument();
    expect(provider.asked).toEqual([]);
    await user.click(await screen.findByRole('button', { name: 'Show the QR code' }));
    await user.type(await screen.findByLabelText(/^Code/), '123456');
    await user.click(screen.getByRole('button', { name: 'Switch on' }));
    // The server says that all is well now; the codes stay on the screen.
    Object.assign(secondFactor, { enrolled: true, enrolmentRequired: false });
    await user.click(await screen.findByLabelText('I have saved them'));
    await user.click(screen.getByRole('button', { name: 'Done' }));
    expect(await heading('API Logs')).toBeInTheDocument();
  });
});

describe('one that is on', () => {
  it.each([
    ['New recovery codes…', 'Make new codes', 'renew {"code":"123 456"}'],
    ['Remove…', 'Remove', 'remove factor {"code":"123 456"}'],
  ])('%s asks for a code, and for nothing else', async (button, verb, asked) => {
    const user = userEvent.setup({ delay: null });
    const provider = enrolled();
    render(<StoryApp at="/settings" provider={provider} role="member" />);
    expect(await screen.findByText(/7 of 10 recovery codes left/)).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: button }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).queryByLabelText(/Password/)).toBeNull();
    await user.type(within(dialog).getByLabelText(/^Code of the app/), '123 456');
    await user.click(within(dialog).getByRole('button', { name: verb }));
    await waitFor(() => expect(provider.asked).toContain(asked));
  });
});

it('an admin sees who has one, resets it after being asked, and requires it of admins', async () => {
  const user = userEvent.setup({ delay: null });
  const members = [aMember(1, { name: 'Max', secondFactor: true }), aMember(2, { name: 'Eve' })];
  const provider = memoryDataProvider({ members });
  const { unmount } = render(<StoryApp at="/members" provider={provider} />);
  const row = (await screen.findByText('Max')).closest('tr')!;
  expect(row).toHaveTextContent('Yes');
  expect(screen.getByText('Eve').closest('tr')).toHaveTextContent('No');
  await user.click(within(row).getByRole('button', { name: 'Actions for Max' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Reset the second factor…' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Reset' }));
  await waitFor(() => expect(provider.asked).toContain(`reset factor ${members[0]!.id}`));
  unmount();
  render(<StoryApp at="/settings" provider={provider} />);
  await user.click(await screen.findByLabelText('Require it of every admin'));
  await waitFor(() => expect(provider.asked).toContain('organization {"policies":{"requireSecondFactorForAdmins":true}}'));
});

describe('through the provider', () => {
  const offered = () => {
    const meta = Object.assign(document.createElement('meta'), { name: 'pinebill-provider', content: 'id.acme.example' });
    document.head.append(meta);
    return meta;
  };

  it('offers a button only where one is set up, and says what came of it', async () => {
    const { unmount } = render(<StoryApp at="/login" signedIn={false} />);
    await screen.findByLabelText(/^E-mail/);
    expect(screen.queryByRole('link', { name: /Sign in with/ })).toBeNull();
    unmount();
    const meta = offered();
    render(<StoryApp at="/login?problem=no_role" signedIn={false} />);
    const button = await screen.findByRole('link', { name: 'Sign in with id.acme.example' });
    expect(button).toHaveAttribute('href', '/v1/session/oidc/start');
    expect(screen.getByRole('alert')).toHaveTextContent('None of your groups at the provider has a role here');
    meta.remove();
  });

  it('takes over the session that was opened on the way', async () => {
    render(<StoryApp at="/login?from=provider" signedIn={false} />);
    expect(await heading('Dashboard')).toBeInTheDocument();
  });

  it('asks for the code that is still missing', async () => {
    const user = userEvent.setup({ delay: null });
    const codes: string[] = [];
    const finish = (code: string) => {
      codes.push(code);
      return Promise.resolve(aSession('member'));
    };
    render(<StoryApp at="/login?from=provider-code" signedIn={false} finish={finish} />);
    await user.type(await screen.findByLabelText(/^Code/), '123456');
    await user.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await heading('Dashboard')).toBeInTheDocument();
    expect(codes).toEqual(['123456']);
  });
});
