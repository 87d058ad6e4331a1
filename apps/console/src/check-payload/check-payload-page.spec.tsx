import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { memoryDataProvider } from '../testing/memory-data-provider';
import { StoryApp } from '../testing/StoryApp';

/** Every way in which a page could give something away or keep it. */
function watch() {
  const calls: unknown[] = [];
  const note = (...values: unknown[]): void => void calls.push(values);
  const fetched = jest.fn(note);
  Object.defineProperty(globalThis, 'fetch', { value: fetched, configurable: true, writable: true });
  Object.defineProperty(navigator, 'sendBeacon', { value: note, configurable: true });
  const spies = [
    jest.spyOn(XMLHttpRequest.prototype, 'open').mockImplementation(note),
    jest.spyOn(Storage.prototype, 'setItem').mockImplementation(note),
    jest.spyOn(history, 'pushState').mockImplementation(note),
    jest.spyOn(history, 'replaceState').mockImplementation(note),
    jest.spyOn(document, 'cookie', 'set').mockImplementation(note),
  ];
  return { calls, restore: () => spies.forEach((spy) => spy.mockRestore()) };
}

it('says where a pasted body is wrong, sends nothing, keeps nothing, and leads to the place', async () => {
  let url = '';
  const provider = memoryDataProvider({});
  render(
    <StoryApp at="/check-payload?operation=Customers.create" role="member" provider={provider} onLocation={(where) => (url = where)} />,
  );
  const box = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'JSON body' });
  expect(screen.getByRole('combobox', { name: 'Operation' })).toHaveDisplayValue(/POST \/v1\/customers/);
  const [before, { calls, restore }] = [provider.asked.length, watch()];
  fireEvent.change(box, { target: { value: '{\n  "name": "the secret customer",\n  "email": 7\n}' } });
  const table = await screen.findByRole('table', { name: 'What does not fit' });
  expect(within(table).getAllByRole('row')[1]).toHaveTextContent('line 3, column 12/emailtypetext');
  await userEvent.click(within(table).getByRole('button', { name: 'line 3, column 12' }));
  expect(box).toHaveFocus();
  expect(box.value.slice(box.selectionStart, box.selectionEnd)).toBe('7');
  fireEvent.change(box, { target: { value: '{ "name": "the secret customer", "email": "a@acme.example" }' } });
  await screen.findByText('It fits the schema');
  expect([calls, provider.asked.length, url]).toEqual([[], before, '/check-payload?operation=Customers.create']);
  expect(JSON.stringify(localStorage) + JSON.stringify(sessionStorage)).not.toContain('secret');
  // A browser that checks spelling may ask a server about it.
  expect([box.getAttribute('spellcheck'), box.getAttribute('autocomplete')]).toEqual(['false', 'off']);
  restore();
});

it('changes the operation, starts with its example, and is cleared', async () => {
  let url = '';
  render(<StoryApp at="/check-payload" role="member" onLocation={(where) => (url = where)} />);
  const user = userEvent.setup();
  const box = await screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'JSON body' });
  await user.selectOptions(screen.getByRole('combobox', { name: 'Operation' }), 'Exports.create');
  await waitFor(() => expect(url).toBe('/check-payload?operation=Exports.create'));
  await user.click(screen.getByRole('button', { name: 'Start with an example' }));
  expect(JSON.parse(box.value)).toMatchObject({ format: 'csv' });
  await screen.findByText('It fits the schema');
  await user.click(screen.getByRole('button', { name: 'Clear' }));
  expect(box).toHaveValue('');
  expect(screen.queryByText('It fits the schema')).toBeNull();
});
