import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { memoryDataProvider, type Records } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const open = (at: string, records: Records = {}) => {
  const provider = memoryDataProvider(records);
  render(<StoryApp at={at} provider={provider} role="member" signedIn={false} />);
  return { provider, user: userEvent.setup({ delay: null }) };
};

describe('who forgot the password', () => {
  it('asks for a link, and is told the same whether or not there is such an account', async () => {
    const { provider, user } = open('/forgotten-password');
    await user.type(await screen.findByLabelText(/^E-mail/), 'ada@acme.example');
    await user.click(screen.getByRole('button', { name: 'Mail me a link' }));
    expect(await screen.findByText(/^If there is an account with this address/)).toBeInTheDocument();
    expect(provider.asked).toEqual(['forgotten ada@acme.example']);
    expect(screen.getByRole('link', { name: 'Back to sign-in' })).toHaveAttribute('href', '#/login');
  });

  it('is sent to an admin where no mail is sent', async () => {
    const { user } = open('/forgotten-password', { 'password-resets': [{ id: 1, delivery: 'none' }] });
    await user.type(await screen.findByLabelText(/^E-mail/), 'ada@acme.example');
    await user.click(screen.getByRole('button', { name: 'Mail me a link' }));
    expect(await screen.findByText(/Ask an admin of your organization/)).toBeInTheDocument();
  });

  it('chooses a new one by the link, typed twice, and is led to sign-in', async () => {
    const { provider, user } = open('/reset-password/t0ken');
    await user.type(await screen.findByLabelText(/^New password \*?$/), 'correct horse battery');
    await user.type(screen.getByLabelText(/^New password again/), 'correct horse battely');
    await user.click(screen.getByRole('button', { name: 'Save the new password' }));
    expect(await screen.findByText(/The two passwords differ/)).toBeInTheDocument();
    expect(provider.asked).toEqual([]);
    await user.clear(screen.getByLabelText(/^New password again/));
    await user.type(screen.getByLabelText(/^New password again/), 'correct horse battery');
    await user.click(screen.getByRole('button', { name: 'Save the new password' }));
    expect(await screen.findByRole('link', { name: 'Sign in' })).toHaveAttribute('href', '#/login');
    expect(provider.asked).toEqual(['new password t0ken']);
  });
});
