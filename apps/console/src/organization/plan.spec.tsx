import { render, screen } from '@testing-library/react';
import { StoryApp } from '../testing/StoryApp';

const limited = { id: 'key_1', name: 'Staging', lastLimitedAt: new Date(Date.now() - 120_000).toISOString() };

it('the plan shows what is left of the limit just now, and that no key came to its own', async () => {
  render(<StoryApp at="/plan" role="member" />);
  const meter = await screen.findByRole('meter', { name: 'Use of the organization’s limit' });
  expect(meter).toHaveAttribute('aria-valuetext', '29,120 of 30,000 requests are left');
  expect(meter).toHaveAttribute('aria-valuenow', '3');
  expect(screen.getByText('912 requests')).toBeInTheDocument();
  expect(screen.getByText('None in the last 24 hours')).toBeInTheDocument();
});

it('the plan names the keys that came to a limit of their own, and leads to what was refused', async () => {
  render(<StoryApp at="/plan" records={{ 'keys-at-limit': [limited] }} />);
  const link = await screen.findByRole('link', { name: 'Staging' });
  expect(link).toHaveAttribute('href', expect.stringContaining('/audit-logs?apiKeyId=key_1&reason=key_limit'));
  expect(link.parentElement).toHaveTextContent('Staging, last 2 min ago');
});
