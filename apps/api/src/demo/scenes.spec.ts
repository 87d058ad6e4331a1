import { keyShape } from '@pinebill/contract';
import { bakery, finder, guesser, intruder, larkspur } from './cast';
import { everydayCall } from './everyday';
import type { LiveWorld } from './live-world';
import { seededRandom } from './random';
import { scenes, type Beat } from './scenes';
import { freshSecret } from './secrets';

function aWorld(): LiveWorld {
  const secrets = new Map([...larkspur.keys, ...bakery.keys].map((key) => [key.handle, freshSecret().secret]));
  const pools = (name: string) => ({ customers: [`cus_${name}`], invoices: [`inv_${name}`], drafts: [], open: [] });
  return { home: { keys: larkspur.keys, ...pools('home') }, others: [{ keys: bakery.keys, ...pools('shop') }], secrets };
}
const world = aWorld();
const play = (name: keyof typeof scenes): Beat[] => [...scenes[name](world, seededRandom(3))];
const seconds = (beats: Beat[]): number => beats.reduce((sum, beat) => sum + beat.pauseMs, 0) / 1_000;

it('plays all six patterns and the breach within four minutes, the waiting between them not counted', () => {
  const names = Object.keys(scenes) as (keyof typeof scenes)[];
  expect(names).toHaveLength(7);
  expect(names.reduce((sum, name) => sum + seconds(play(name)), 0)).toBeLessThan(240);
});

it('bursts from one address with keys that are refused, one of them revoked', () => {
  const calls = play('unauthorizedBurst').map((beat) => beat.call);
  expect(new Set(calls.map((call) => call.caller.ip))).toEqual(new Set([guesser.ip]));
  const live = new Set([...world.secrets].filter(([handle]) => handle !== 'contractor').map(([, secret]) => secret));
  expect(calls.filter((call) => live.has(call.secret ?? ''))).toEqual([]);
  expect(calls.some((call) => call.secret === world.secrets.get('contractor'))).toBe(true);
  expect(new Set(calls.map((call) => (call.secret === null ? 'none' : keyShape(call.secret))))).toEqual(
    new Set(['none', 'valid', 'malformed', 'badChecksum']),
  );
});

it('loops faster than the limit of a key, and reads the warehouse faster than it too', () => {
  const perMinute = larkspur.limits?.perKeyPerMinute ?? Infinity;
  for (const name of ['runawayLoop', 'rateLimited'] as const) {
    const beats = play(name);
    expect(beats.length).toBeGreaterThan(perMinute + (perMinute / 60) * seconds(beats));
  }
});

it.each([
  ['newAddress', 'importer', finder],
  ['stolenKey', 'subscriptions', intruder],
] as const)('plays %s with the key of %s from an address that is not among its callers', (scene, handle, stranger) => {
  const beats = play(scene);
  expect(beats.every(({ call }) => call.caller === stranger && call.secret === world.secrets.get(handle))).toBe(true);
  expect(larkspur.keys.flatMap((key) => key.callers).map((caller) => caller.ip)).not.toContain(stranger.ip);
});

it('keeps ordinary calls to the keys and resources of one organization', () => {
  const random = seededRandom(5);
  const at = new Date('2026-03-18T11:00:00Z');
  const own = new Set(larkspur.keys.map((key) => world.secrets.get(key.handle)));
  for (let count = 0; count < 400; count++) {
    const { call } = everydayCall(world, world.home, random, at);
    expect(own).toContain(call.secret);
    expect(call.path).not.toContain('shop');
  }
});

it('walks an invoice through its states as the answers allow', () => {
  const random = seededRandom(9);
  const { home } = aWorld();
  const paths: string[] = [];
  for (let count = 0; count < 300; count++) {
    const { call, learn } = everydayCall(world, home, random, new Date('2026-03-18T11:00:00Z'));
    paths.push(`${call.method} ${call.path}`);
    learn({ status: call.path.split('/').length > 3 ? 200 : 201, body: { id: `inv_made${String(count)}` } });
  }
  const finalized = paths.filter((path) => path.endsWith('/finalize')).map((path) => path.split('/')[3]);
  const paid = paths.filter((path) => path.endsWith('/pay')).map((path) => path.split('/')[3]);
  expect(finalized.length).toBeGreaterThan(10);
  expect(new Set(finalized).size).toBe(finalized.length);
  expect(paid.length).toBeGreaterThan(5);
  expect(paid.filter((id) => !finalized.includes(id))).toEqual([]);
});
