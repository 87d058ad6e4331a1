import { clientAddress, normalAddress, parseNetworks } from './client-address';

const from = (peer: string, forwardedFor: string, trusted: string[] = ['10.0.0.0/8', 'fd00::/8']): string =>
  clientAddress(normalAddress(peer)!, forwardedFor, parseNetworks(trusted)).ip;

describe('the address of a client', () => {
  it.each([
    ['::ffff:10.0.0.1', { ip: '10.0.0.1', sanitized: false }],
    ['fe80::1%eth0', { ip: 'fe80::1', sanitized: true }],
    ['2001:DB8:0:0::1', { ip: '2001:db8::1', sanitized: false }],
    ['127.0.0.1', { ip: '127.0.0.1', sanitized: false }],
    ['unknown', null],
    ['1.2', null],
    ['', null],
  ])('%s is stored as %j', (text, address) => {
    expect(normalAddress(text)).toEqual(address);
  });

  it('is the peer when no proxy is trusted, whatever the header says', () => {
    expect(from('10.0.0.1', '203.0.113.9', [])).toBe('10.0.0.1');
  });
  it('is the peer when the peer is no trusted proxy', () => {
    expect(from('198.51.100.7', '203.0.113.9')).toBe('198.51.100.7');
  });
  it('is what the last trusted proxy saw, not what the caller wrote to the left of it', () => {
    expect(from('10.0.0.1', '1.1.1.1, 203.0.113.9')).toBe('203.0.113.9');
    expect(from('10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2')).toBe('203.0.113.9');
  });
  it('may come with a port, in brackets, mapped or with a zone', () => {
    expect(from('10.0.0.1', '203.0.113.9:4711')).toBe('203.0.113.9');
    expect(from('10.0.0.1', '[2001:db8::9]:4711')).toBe('2001:db8::9');
    expect(from('::ffff:10.0.0.1', '::ffff:203.0.113.9')).toBe('203.0.113.9');
    expect(from('fd00::1', 'fe80::1%eth0')).toBe('fe80::1');
  });
  it('is the nearest known one when an entry is no address', () => {
    expect(from('10.0.0.1', '203.0.113.9, <script>')).toBe('10.0.0.1');
    expect(from('10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2')).toBe('10.0.0.2');
  });
  it('is the leftmost proxy when everyone on the way is trusted', () => {
    expect(from('10.0.0.1', '10.0.0.3, 10.0.0.2')).toBe('10.0.0.3');
  });
  it('is not found in a network of the other family', () => {
    expect(from('::1', '203.0.113.9', ['0.0.0.0/0'])).toBe('::1');
  });
  it.each(['10.0.0.0/33', 'proxy.local', ''])('refuses %p as a trusted network', (cidr) => {
    expect(() => parseNetworks([cidr])).toThrow();
  });
});
