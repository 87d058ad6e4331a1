import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { RaRecord } from 'react-admin';
import { anAccessReview, aReview } from '../testing/evidence-builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const withReview = (over: Parameters<typeof anAccessReview>[0] = {}) =>
  memoryDataProvider({ 'access-review': [anAccessReview(over) as unknown as RaRecord], reviews: [aReview(1)] });

describe('the access review', () => {
  it('shows who has access, which keys live, and what stands out with where to deal with it', async () => {
    render(<StoryApp at="/access-review" provider={withReview()} />);
    const ada = await screen.findByRole('row', { name: /^Ada Admin/ });
    expect(ada).toHaveTextContent('Makes and revokes');
    expect(ada).toHaveTextContent('Yes214'); // second factor, keys made, rotated, revoked
    expect(screen.getByRole('row', { name: /^Fay Former/ })).toHaveTextContent('Left');
    expect(within(screen.getByRole('table', { name: 'Living keys' })).getByRole('row', { name: /^Production API/ })).toHaveTextContent(
      'Fay Former Left',
    );
    expect(
      screen.getByRole('link', { name: 'Production API was made by somebody who has left, and has seen its secret.' }),
    ).toHaveAttribute('href', expect.stringContaining('/api-keys/'));
    expect(screen.getByText('Nobody has signed it yet.', { exact: false })).toBeInTheDocument();
  });

  it('is signed by an admin, as it was seen, and opens as it was signed', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = withReview();
    render(<StoryApp at="/access-review" provider={provider} />);
    const button = await screen.findByRole('button', { name: 'Sign off…' });
    await waitFor(() => expect(button).toBeEnabled());
    await user.click(button);
    const dialog = await screen.findByRole('dialog', { name: 'Sign off the access review' });
    expect(dialog).toHaveTextContent('2 things stand out');
    await user.type(within(dialog).getByLabelText('Note'), 'Replaced{Enter}by Friday.');
    await user.click(within(dialog).getByRole('button', { name: 'Sign off' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Access review, as it was signed' })).toBeInTheDocument();
    expect(provider.asked).toContain(`sign ${JSON.stringify({ basis: 'b'.repeat(64), note: 'Replaced by Friday.' })}`);
    expect(screen.getByText('a'.repeat(64))).toBeInTheDocument();
  });

  it('opens a review of the list, whose row has no snapshot', async () => {
    const user = userEvent.setup({ delay: null });
    const provider = withReview();
    const row = Object.fromEntries(Object.entries(aReview(1)).filter(([name]) => name !== 'snapshot'));
    Object.assign(provider, { getList: () => Promise.resolve({ data: [row], pageInfo: { hasNextPage: false, hasPreviousPage: false } }) });
    render(<StoryApp at="/access-review" provider={provider} />);
    await user.click(await within(await screen.findByRole('table', { name: 'Signed reviews' })).findByRole('link'));
    expect(await screen.findByRole('heading', { level: 1, name: 'Access review, as it was signed' })).toBeInTheDocument();
    expect(screen.getByRole('row', { name: /^Ada Admin/ })).toBeInTheDocument();
  });

  it('says when it is overdue, and offers a member no signature', async () => {
    render(<StoryApp at="/access-review" role="member" provider={withReview({ overdue: true })} />);
    expect(await screen.findByText('This review is overdue.')).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Print' })).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Sign off…' })).toBeNull();
  });

  it('leads back from a review that does not exist', async () => {
    render(<StoryApp at="/access-review?review=rvw_none" provider={withReview()} />);
    expect(await screen.findByRole('alert')).toHaveTextContent('No such resource');
    expect(screen.getByRole('link', { name: 'To the access review of today' })).toBeInTheDocument();
  });
});
