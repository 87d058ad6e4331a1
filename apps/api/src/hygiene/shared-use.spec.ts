import fc from 'fast-check';
import { familyOf, networkOf } from './caller-group';
import { sharedUse, type Use } from './shared-use';

const week = ['01', '02', '03', '04', '05', '06', '07'].map((day) => `2026-03-${day}`);
/** So many requests on each of these days. */
const daily = (agent: string, ip: string, requests = 40, days: readonly string[] = week): Use[] =>
  days.map((day) => ({ family: familyOf(agent), network: networkOf(ip) ?? '', day, requests }));

it.each([
  ['203.0.113.77', '203.0.113.0/24'],
  ['::ffff:203.0.113.77', '203.0.113.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  [null, null],
  ['nowhere', null],
])('%s is of the network %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network);
});

it.each([
  ['pinebill-node/2.4.1 (checkout 118)', 'pinebill-node'],
  ['Apache-HttpClient/4.5.14 (Java/17)', 'apache-httpclient'],
  ['curl', 'curl'],
  ['  Till 3.1', 'till'],
  ['', ''],
  [null, ''],
])('%j is of the family %j', (agent, family) => {
  expect(familyOf(agent)).toBe(family);
});

describe('a key is shared', () => {
  it('by two programs that call from networks of their own on the same days', () => {
    expect(sharedUse([...daily('checkout/118', '3.120.44.17', 60), ...daily('reporting/2', '88.198.60.4', 40)])).toEqual({
      requests: 700,
      commonDays: 7,
      services: [
        { families: ['checkout'], networks: ['3.120.44.0/24'], days: week, requests: 420, share: 0.6 },
        { families: ['reporting'], networks: ['88.198.60.0/24'], days: week, requests: 280, share: 0.4 },
      ],
    });
  });

  it('also when one of them runs in many networks, and by three', () => {
    const many = [3, 4, 5].flatMap((third) => daily('checkout/1', `3.120.${third}.1`));
    const found = sharedUse([...many, ...daily('reporting/2', '88.198.60.4'), ...daily('importer', '54.229.18.6')]);
    expect(found?.services.map(({ families }) => families.join())).toEqual(['checkout', 'reporting', 'importer']);
  });
});

describe('a key is not shared, though it looks like it', () => {
  it.each<[string, Use[]]>([
    ['nobody uses it', []],
    ['one service in many networks', [...daily('checkout/1', '3.120.44.17'), ...daily('checkout/1', '18.196.12.80')]],
    ['one service over IPv4 and IPv6', [...daily('okhttp/4', '34.107.15.66'), ...daily('okhttp/4', '2a01:4f8:c17:9a2::1')]],
    ['an upgrade', [...daily('checkout/118', '3.120.44.17', 40, week.slice(0, 4)), ...daily('checkout/119', '3.120.44.17', 40, week.slice(3))]],
    ['an upgrade that goes on in parts, for a week', [...daily('checkout/118', '3.120.44.17'), ...daily('checkout/119', '18.196.12.80')]],
    ['a new library on the same machines', [...daily('axios/1', '3.120.44.17'), ...daily('undici', '3.120.44.99')]],
    ['a move with a new name, old and new a day together', [...daily('shop-php/7', '51.38.44.1', 40, week.slice(0, 4)), ...daily('shop-go/1', '3.120.44.17', 40, week.slice(3))]],
    ['several programs behind one NAT', [...daily('checkout/1', '203.0.113.9'), ...daily('reporting/1', '203.0.113.9')]],
    ['two programs that meet in one network of several', [...daily('a/1', '3.120.44.17'), ...daily('a/1', '203.0.113.9', 1), ...daily('b/1', '203.0.113.9')]],
    ['somebody who tries it now and then', [...daily('checkout/1', '3.120.44.17', 400), ...daily('curl/8', '87.140.33.81', 5)]],
    ['a hardly used key of which two have tried', [...daily('a/1', '3.120.44.17', 2), ...daily('b/1', '87.140.33.81', 2)]],
  ])('%s', (_, uses) => {
    expect(sharedUse(uses)).toBeNull();
  });
}); // prettier-ignore

const use = fc.record({
  family: fc.constantFrom('a', 'b', 'c', 'd'),
  network: fc.constantFrom('1', '2', '3', '4', '5'),
  day: fc.constantFrom(...week),
  requests: fc.integer({ min: 1, max: 200 }),
});

it('names only services that share no program and no network, in whatever order the uses come', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 30 }), (uses) => {
      const found = sharedUse(uses);
      const names = (of: typeof found) => of?.services.map(({ families }) => families.join()).sort();
      expect(names(sharedUse([...uses].reverse()))).toEqual(names(found));
      if (found === null) return;
      for (const what of ['families', 'networks'] as const) {
        const all = found.services.flatMap((service) => service[what]);
        expect(new Set(all).size).toBe(all.length);
      }
      expect(found.services.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1.000001);
    }),
  );
});

it('never is, once every program also calls from one network: what stands behind one NAT cannot be told apart', () => {
  fc.assert(
    fc.property(fc.array(use, { maxLength: 30 }), (uses) => {
      const behind = ['a', 'b', 'c', 'd'].map((family): Use => ({ family, network: 'nat', day: week[0]!, requests: 1 }));
      expect(sharedUse([...uses, ...behind])).toBeNull();
    }),
  );
});
