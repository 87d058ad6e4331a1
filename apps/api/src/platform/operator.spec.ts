import type { IncomingMessage } from 'node:http';
import { isOperator } from './operator';

const request = (remoteAddress: string, headers: IncomingMessage['headers'] = {}) => ({
  headers,
  socket: { remoteAddress } as IncomingMessage['socket'],
});
const TOKEN = 'a-token-of-some-length';

it.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])('shows details to %s', (address) => {
  expect(isOperator(request(address), null)).toBe(true);
});

it.each(['10.0.0.1', '192.0.2.1', '2001:db8::1', ''])('shows none to %s', (address) => {
  expect(isOperator(request(address), null)).toBe(false);
});

it.each(['x-forwarded-for', 'forwarded', 'via'])('shows none to what a proxy on this machine passes on with %s', (header) => {
  expect(isOperator(request('127.0.0.1', { [header]: 'x' }), null)).toBe(false);
});

it.each(['localhost:3000', '127.0.0.1', '[::1]:3000', 'LOCALHOST'])('shows details to who asks for %s', (host) => {
  expect(isOperator(request('127.0.0.1', { host }), null)).toBe(true);
});

it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example:3000'])(
  'shows none to a page whose name %s was made to point here',
  (host) => {
    expect(isOperator(request('127.0.0.1', { host }), null)).toBe(false);
  },
);

it('shows details to whoever knows the token, and to nobody with another', () => {
  expect(isOperator(request('192.0.2.1', { authorization: `Bearer ${TOKEN}` }), TOKEN)).toBe(true);
  expect(isOperator(request('192.0.2.1', { authorization: `Bearer ${TOKEN}x` }), TOKEN)).toBe(false);
  expect(isOperator(request('192.0.2.1', { authorization: 'Bearer ' }), null)).toBe(false);
});
