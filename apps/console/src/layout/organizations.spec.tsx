import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { RaRecord } from 'react-admin';
import type { Session } from '../api-types';
import { aKey, aSession } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const organization = (number: number) => ({ id: `org_${number}`, name: `Branch ${number}`, role: 'member' as const });
const inBranch = (number: number): Session => {
  const { id, name } = organization(number);
  const session = aSession('member');
  return { ...session, organization: { id, name, isHome: false }, organizations: [...session.organizations, organization(number)] };
};
const switching = (number: number, records: Record<string, RaRecord[]> = {}) =>
  memoryDataProvider({ ...records, 'sessions.next': [inBranch(number) as unknown as RaRecord] });

describe('the organization', () => {
  it('is a name for who has one, and cannot make another', async () => {
    render(<StoryApp at="/members" isHome={false} />);
    expect(await screen.findByText('ACME GmbH')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: /Organization ACME GmbH/ })).toBeNull();
  });

  it('changes, and nothing of the one before stays on the screen or is shown again', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = switching(2, { 'api-keys': [aKey(1, { name: 'Key of home' })] });
    render(<StoryApp at="/api-keys" organizations={[organization(2)]} provider={provider} />);
    expect(await screen.findByText('Key of home')).toBeInTheDocument();
    provider.records['api-keys'] = [];
    await user.click(screen.getByRole('button', { name: 'Organization ACME GmbH: change' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Branch 2' }));
    expect(await screen.findByRole('button', { name: 'Organization Branch 2: change' })).toBeInTheDocument();
    expect(provider.asked).toContain('switch org_2');
    expect(screen.queryByText('Key of home')).toBeNull();
    expect(screen.queryByText('Members')).toBeInTheDocument(); // the rail follows the role there
    await user.click(screen.getByRole('link', { name: 'Keys' }));
    expect(screen.queryByText('Key of home')).toBeNull();
  });

  it('is searched for, when there are many', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = switching(7);
    render(<StoryApp at="/members" organizations={Array.from({ length: 9 }, (_, index) => organization(index + 1))} provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Organization ACME GmbH: change' }));
    const dialog = await screen.findByRole('dialog', { name: 'Change the organization' });
    await user.type(within(dialog).getByLabelText('Find an organization'), 'branch 7');
    expect(within(dialog).queryByRole('button', { name: /Branch 1/ })).toBeNull();
    await user.click(within(dialog).getByRole('button', { name: /Branch 7/ }));
    await waitFor(() => expect(provider.asked).toContain('switch org_7'));
  });

  it('is made by an admin of home, and entered', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = switching(3);
    render(<StoryApp at="/members" provider={provider} />);
    await user.click(await screen.findByRole('button', { name: 'Organization ACME GmbH: change' }));
    await user.click(await screen.findByRole('menuitem', { name: 'New organization…' }));
    const dialog = await screen.findByRole('dialog', { name: 'New organization' });
    await user.type(within(dialog).getByLabelText(/^Name/), 'ACME France');
    await user.click(within(dialog).getByRole('button', { name: 'Make and open' }));
    expect(await screen.findByRole('button', { name: 'Organization Branch 3: change' })).toBeInTheDocument();
    expect(provider.asked.filter((what) => /^(found|switch)/.test(what))).toEqual(['found ACME France', 'switch org_new']);
  });
});
