import { embeddedSettings, sharedBuffers } from './embedded-settings';

const GIB = 1_073_741_824;

it.each([
  ['a small container', 0.25 * GIB, 128],
  ['a laptop', 8 * GIB, 1_024],
  ['something between', 4 * GIB, 512],
  ['a large server', 512 * GIB, 1_024],
])('%s: an eighth of the memory for pages, within bounds', (_, memory, expected) => {
  expect(sharedBuffers(memory)).toBe(expected);
});

it('tells PostgreSQL so, and that nobody but this machine reaches it', () => {
  const settings = embeddedSettings({ port: 5_999 });
  expect(settings).toEqual(expect.arrayContaining(['listen_addresses=127.0.0.1', 'port=5999', 'unix_socket_directories=']));
  expect(settings.find((one) => /^shared_buffers=\d{3,4}MB$/.test(one))).toBeDefined();
});
