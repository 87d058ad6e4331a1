import { backOffSamples } from '@pinebill/contract';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { StoryApp } from '../testing/StoryApp';

it('shows the samples that are tested, for this server', async () => {
  render(<StoryApp at="/back-off" role="member" />);
  const user = userEvent.setup();
  await screen.findByRole('heading', { level: 1, name: 'Retry with back-off' });
  for (const { title, code } of backOffSamples('http://localhost/v1/invoices')) {
    await user.click(screen.getByRole('button', { name: title }));
    expect(screen.getByLabelText(`${title} sample`).textContent).toBe(code);
  }
  expect(screen.getByText(/helps only where the limit of one key was hit/)).toBeVisible();
});

it('says why the log may not look as expected, with what this browser and this server know', async () => {
  let url = '';
  render(<StoryApp at="/troubleshooting" role="member" onLocation={(where) => (url = where)} />);
  const user = userEvent.setup();
  for (const question of [/nothing shown/, /wrong address/, /no name/, /times look shifted/])
    await screen.findByRole('heading', { level: 2, name: question });
  expect(await screen.findByText(/This session came from/)).toHaveTextContent('127.0.0.1');
  expect(screen.getByText(/Times are recorded in UTC and shown in/)).toHaveTextContent(Intl.DateTimeFormat().resolvedOptions().timeZone);
  await user.type(screen.getByRole('textbox', { name: 'Request-Id of the answer' }), ' req_01jdw2f8qtfvkbh1mv4s9aq0ng{Enter}');
  await waitFor(() => expect(url).toBe('/audit-logs?requestId=req_01jdw2f8qtfvkbh1mv4s9aq0ng'));
});
