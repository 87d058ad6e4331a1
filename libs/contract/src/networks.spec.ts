import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { inNetworks, normalNetwork } from './networks';

it.each([
  ['203.0.113.7/24', '203.0.113.0/24'],
  ['10.1.2.3/8', '10.0.0.0/8'],
  ['203.0.113.7', '203.0.113.7/32'],
  ['2001:db8::1/32', '2001:db8::/32'],
  ['::1', '::1/128'],
  ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
  ['::ffff:10.1.2.3', '10.1.2.3/32'],
])('%s is the network %s', (text, network) => {
  expect(normalNetwork(text)).toBe(network);
});

it.each(['10', '10.1', '0x7f.1', '010.0.0.1', '10.0.0.0/33', '10.0.0.0/', 'fe80::1%eth0', '', 'example.com'])(
  '%s is no network',
  (text) => {
    expect(normalNetwork(text)).toBeNull();
  },
);

it('finds a caller in mapped form in the network that was written in mapped form', () => {
  const network = normalNetwork('::ffff:10.0.0.0/104') ?? '';
  expect(inNetworks('::ffff:10.9.9.9', [network])).toBe(true);
  expect(inNetworks('11.0.0.1', [network])).toBe(false);
});

it('tells the families apart', () => {
  expect(inNetworks('10.9.9.9', ['192.0.2.0/24', '10.0.0.0/8'])).toBe(true);
  expect(inNetworks('11.0.0.1', ['10.0.0.0/8', '2001:db8::/32', '::/0'])).toBe(false);
});
it('lets nobody in without an address, or by an empty list', () => {
  expect(inNetworks(null, ['0.0.0.0/0', '::/0'])).toBe(false);
  expect(inNetworks('10.0.0.1', [])).toBe(false);
});

const v4 = fc.ipV4();
const v6 = fc.ipV6();
it('finds what a library for addresses finds, at every width', () => {
  const network = fc.oneof(fc.tuple(v4, fc.integer({ min: 0, max: 32 })), fc.tuple(v6, fc.integer({ min: 0, max: 128 })));
  // Half of the callers are taken from near the network: far away, nothing is ever found.
  const asked = network.chain(([base, bits]) => fc.tuple(fc.constant([base, bits] as const), fc.oneof(fc.constant(base), v4, v6)));
  fc.assert(
    fc.property(asked, ([[base, bits], caller]) => {
      const written = normalNetwork(`${base}/${bits}`);
      if (written === null) return;
      const [address, parsed] = [ipaddr.process(caller), ipaddr.parseCIDR(written)];
      const inside = address.kind() === parsed[0].kind() && address.match(parsed[0], parsed[1]);
      expect(inNetworks(caller, ['192.0.2.0/32', written])).toBe(inside || address.toString() === '192.0.2.0');
    }),
  );
});
it('knows the widest and the narrowest', () => {
  expect(inNetworks('255.255.255.255', ['0.0.0.0/0'])).toBe(true);
  expect(inNetworks('255.255.255.255', ['255.255.255.255/32'])).toBe(true);
  expect(inNetworks('255.255.255.254', ['255.255.255.255/32'])).toBe(false);
  expect(inNetworks('128.0.0.1', ['128.0.0.0/1'])).toBe(true);
  expect(inNetworks('127.0.0.1', ['128.0.0.0/1'])).toBe(false);
});
