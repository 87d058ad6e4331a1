import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { RaRecord } from 'react-admin';
import type { WeeklyReview } from '../api-types';
import { typeId } from '../testing/builders';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

const at = '2025-11-24T00:07:00.000Z';
const traffic = { requests: 1_200, clientErrors: 40, serverErrors: 3 };
const aWeek = (number: number, over: Partial<WeeklyReview> = {}): RaRecord & WeeklyReview => ({
  ...{ id: typeId('wkr', number), from: '2025-11-17T00:00:00.000Z', to: '2025-11-24T00:00:00.000Z', madeAt: at, dueAt: '2025-12-01T00:00:00.000Z' },
  ...{ overdue: false, attention: 1, signature: null },
  digest: {
    ...{ traffic, trafficBefore: { requests: 900, clientErrors: 40, serverErrors: 9 }, changes: [{ action: 'api_key.created', count: 2 }] },
    ...{ changesMore: 4, period: { from: '2025-11-17T00:00:00.000Z', to: '2025-11-24T00:00:00.000Z' } },
    findings: {
      ...{ opened: 3, openedBefore: 0, open: 1, openGrave: 1, leftOut: 1, more: 2, openMore: 0 },
      openList: [{ id: typeId('fnd', 2), title: 'Old and open', subject: 'Till', severity: 'critical', state: 'open', openedAt: at }],
      list: [{ id: typeId('fnd', 1), title: 'Burst of refused requests', subject: 'Production API', severity: 'high', state: 'open', openedAt: at }],
    },
    hygiene: { keys: 5, toDo: 2, sections: [{ kind: 'rotationOverdue', title: 'Rotation overdue', count: 2 }] },
    incidents: { opened: 1, closed: 0, openMore: 2, open: [{ id: typeId('inc', 1), number: 7, title: 'Key in a repository', severity: 'high' }] },
    attention: ['1 incident is open.'],
  },
  ...over,
}); // prettier-ignore
const signature = { reviewId: typeId('rvw', 1), signedAt: at, signedBy: 'Ada Admin', sha256: 'ab12'.repeat(16), note: 'Was a deploy.' };

describe('Weekly review', () => {
  it('lists the weeks with what is overdue and what was signed', async () => {
    const weeks = [aWeek(1), aWeek(2, { overdue: true }), aWeek(3, { signature })];
    render(<StoryApp at="/weekly-reviews" role="member" records={{ 'weekly-reviews': weeks }} />);
    const table = await screen.findByRole('table', { name: 'Weekly reviews' });
    await waitFor(() => expect(within(table).getAllByRole('row')).toHaveLength(4));
    const rows = within(table)
      .getAllByRole('row')
      .map((row) => row.textContent);
    expect(rows[1]).toContain('Nov 17 to Nov 23, 2025To sign');
    expect(rows[2]).toContain('Overdue');
    expect(rows[3]).toContain('Signed1Ada AdminWas a deploy.');
  });

  it('shows a week with its course, and is signed off with a note', async () => {
    const provider = memoryDataProvider({ 'weekly-reviews': [aWeek(1, { overdue: true })] });
    render(<StoryApp at={`/weekly-reviews/${typeId('wkr', 1)}`} provider={provider} />);
    expect(await screen.findByText('This review is overdue.')).toBeInTheDocument();
    const page = screen.getByRole('main');
    expect(page).toHaveTextContent('1 incident is open.');
    expect(page).toHaveTextContent('1,200, 300 more than the week before');
    expect(page).toHaveTextContent('40, as the week before');
    expect(page).toHaveTextContent('3, 6 fewer than the week before');
    expect(page).toHaveTextContent('Rotation overdue: 2');
    expect(page).toHaveTextContent('Created the key: 2');
    expect(page).toHaveTextContent('1 finding about unknown callers');
    // Each number is what is listed, or says what is not.
    expect(page).toHaveTextContent('3, 3 more than the week before; 1 open');
    expect(page).toHaveTextContent('And 2 others, not listed here');
    expect(
      within(screen.getByRole('table', { name: 'Findings that were open' })).getByRole('link', { name: 'Old and open' }),
    ).toBeInTheDocument();
    expect(within(screen.getByRole('table', { name: 'Findings of the week' })).getByRole('row', { name: /Production API High Open/ })).toBeInTheDocument(); // prettier-ignore
    expect(page).toHaveTextContent('1 opened, 0 closed, 3 open');
    expect(page).toHaveTextContent('Something else: 4');
    expect(screen.getByRole('link', { name: 'Burst of refused requests' })).toHaveAttribute('href', expect.stringContaining('/findings/'));
    await userEvent.click(screen.getByRole('button', { name: 'Sign off…' }));
    fireEvent.change(screen.getByLabelText('Note'), { target: { value: ' A deploy.\n' } });
    await userEvent.click(screen.getByRole('button', { name: 'Sign off' }));
    expect(await screen.findByText(/Signed off by Ada Admin/)).toBeInTheDocument();
    expect(provider.asked).toContain(`sign week ${typeId('wkr', 1)} A deploy.`);
    expect(screen.getByText('cd34'.repeat(16))).toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'rvw_1' })).toHaveAttribute('href', '/v1/reviews/rvw_1');
    expect(screen.queryByRole('button', { name: 'Sign off…' })).toBeNull();
  });

  it('says what its figures are of, and that it was made late', async () => {
    const { digest } = aWeek(1);
    const weeks = [
      aWeek(1, { madeAt: '2025-12-09T10:00:00.000Z', digest: { ...digest, period: null } }),
      aWeek(2, { digest: { ...digest, trafficBefore: null, period: { from: '2025-11-20T08:07:00.000Z', to: digest.period?.to ?? '' } } }),
    ];
    const { unmount } = render(<StoryApp at={`/weekly-reviews/${typeId('wkr', 1)}`} role="member" records={{ 'weekly-reviews': weeks }} />);
    expect(await screen.findByText(/The plan showed no requests of this week any more/)).toBeInTheDocument();
    expect(screen.getByRole('main')).toHaveTextContent('PineBill was not running when the week ended');
    unmount();
    render(<StoryApp at={`/weekly-reviews/${typeId('wkr', 2)}`} role="member" records={{ 'weekly-reviews': weeks }} />);
    expect(await screen.findByText(/Requests are counted from.*So they are not compared/)).toBeInTheDocument();
    expect(screen.getByRole('main')).not.toHaveTextContent('was not running');
  });

  it('is on the dashboard while nobody has signed it, and a member cannot', async () => {
    const weeks = [aWeek(2, { overdue: true, attention: 2 }), aWeek(3, { overdue: true }), aWeek(1)];
    const { unmount } = render(<StoryApp at="/" role="member" records={{ 'weekly-reviews': weeks }} />);
    expect(await screen.findByText('2 weekly reviews are overdue')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Open the review' }));
    expect(await screen.findByText('This review is overdue.')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Sign off…' })).toBeNull();
    unmount();
  });
});
