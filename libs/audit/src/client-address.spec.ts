import { forgedAddresses, forwardedForOf } from '@pinebill/testing';
import fc from 'fast-check';
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
    ['010.0.0.1', null],
    ['0x7f.0.0.1', null],
    ['256.0.0.1', null],
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

describe('a forged address', () => {
  const forms = forgedAddresses.map(forwardedForOf);
  /** Distinct ones, that `X-Forwarded-For` carries. */
  const carried = new Set(forms.filter((text) => text !== ''));
  const changed = (peer: string, toHeader: (form: string) => string, trusted: string[], real: string): string[] =>
    forms.map(toHeader).filter((header) => from(peer, header, trusted) !== real);

  it('comes in more than 60 forms', () => {
    expect(carried.size).toBeGreaterThan(60);
  });
  it('changes nothing when no proxy is trusted, or when it comes from no proxy', () => {
    expect(changed('198.51.100.7', (form) => form, [], '198.51.100.7')).toEqual([]);
    expect(changed('10.0.0.1', (form) => form, [], '10.0.0.1')).toEqual([]);
    expect(changed('198.51.100.7', (form) => form, ['10.0.0.0/8', '127.0.0.0/8', '203.0.113.0/24'], '198.51.100.7')).toEqual([]);
  });
  it('changes nothing to the left of what trusted proxies add', () => {
    expect(changed('10.0.0.1', (form) => `${form}, 198.51.100.7`, ['10.0.0.0/8'], '198.51.100.7')).toEqual([]);
    expect(changed('10.0.0.1', (form) => `${form},198.51.100.7, 10.0.0.3 ,10.0.0.2`, ['10.0.0.0/8'], '198.51.100.7')).toEqual([]);
    expect(changed('fd00::1', (form) => `${form}, [2001:db8::7]:443`, ['fd00::/8'], '2001:db8::7')).toEqual([]);
  });
  it('changes nothing, whatever it is and however many proxies there are', () => {
    const junk = fc.oneof(fc.string({ unit: 'binary' }), fc.ipV4(), fc.ipV6(), fc.constantFrom(...forms));
    const proxies = fc.array(
      fc.tuple(fc.nat(255), fc.nat(255)).map(([c, d]) => `10.0.${c}.${d}`),
      { minLength: 0, maxLength: 4 },
    );
    fc.assert(
      fc.property(fc.array(junk, { maxLength: 6 }), proxies, (left, right) => {
        expect(from('10.0.0.1', [...left, '198.51.100.7', ...right].join(','))).toBe('198.51.100.7');
        expect(from('198.51.100.7', [...left, ...right].join(','))).toBe('198.51.100.7');
        expect(from('10.0.0.1', [...left, ...right].join(','), [])).toBe('10.0.0.1');
      }),
    );
  });
});
