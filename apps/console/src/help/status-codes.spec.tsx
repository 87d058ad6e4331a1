import { render, screen, within } from '@testing-library/react';
import { StoryApp } from '../testing/StoryApp';

/** The rows of the product's documentation, word for word in meaning. */
const documented: [group: string, code: string, meaning: string, words: RegExp][] = [
  ['Success codes (2xx)', '200', 'OK', /Request successful/],
  ['Success codes (2xx)', '201', 'Created', /Resource created successfully/],
  ['Success codes (2xx)', '204', 'No Content', /Successful, no response body/],
  ['Client error codes (4xx)', '400', 'Bad Request', /Invalid request format or parameters/],
  ['Client error codes (4xx)', '401', 'Unauthorized', /Invalid or missing API key/],
  ['Client error codes (4xx)', '403', 'Forbidden', /API key lacks required permissions/],
  ['Client error codes (4xx)', '404', 'Not Found', /Endpoint or resource doesn.t exist/],
  ['Client error codes (4xx)', '429', 'Too Many Requests', /Rate limit exceeded/],
  ['Server error codes (5xx)', '500', 'Internal Server Error', /Contact support if (it )?persists/],
  ['Server error codes (5xx)', '502', 'Bad Gateway', /Temporary issue, retry with backoff/],
  ['Server error codes (5xx)', '503', 'Service Unavailable', /System maintenance or overload/],
];

describe('the status code reference', () => {
  it('has the eleven documented rows', async () => {
    render(<StoryApp at="/status-codes" role="member" />);
    await screen.findByRole('heading', { level: 1, name: 'Status codes' });
    expect(documented).toHaveLength(11);
    for (const [group, code, meaning, words] of documented) {
      const row = within(screen.getByRole('table', { name: group }))
        .getByText(code)
        .closest('tr');
      expect(within(row!).getByText(meaning)).toBeInTheDocument();
      expect(row).toHaveTextContent(words);
    }
  });
});
