import fc from 'fast-check';
import type { KeyForAuth } from '../api-keys';
import type { ChannelState, Topic } from '../database/change-channel';
import { KnownKeys } from './known-keys';

const aKey = (id: string, organization = 'home') => ({ id, organization_id: organization, name: 'A' }) as KeyForAuth;
const hash = 'aa';

/** What KnownKeys is told, without a database: the spec announces. */
function aWorld() {
  const listeners = new Map<string, ((ids: readonly string[]) => void)[]>();
  const resumed: (() => void)[] = [];
  const doors: ((id: string) => Date | null)[] = [];
  let nowMs = 1_000;
  jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  const channel = {
    state: 'heard' as ChannelState,
    hearsSince: 0,
    on: (topic: Topic, listener: (ids: readonly string[]) => void) => {
      listeners.set(topic, [...(listeners.get(topic) ?? []), listener]);
      return () => undefined;
    },
    onResumed: (listener: () => void) => void resumed.push(listener),
  };
  const known = new KnownKeys({ onRevoked: (door) => void doors.push(door) }, channel);
  return {
    known,
    pass: (ms: number) => (nowMs += ms),
    announce: (topic: Topic, ...ids: string[]) => listeners.get(topic)?.forEach((listener) => listener(ids)),
    revoke: (id: string) => doors.map((door) => door(id))[0],
    fall: (state: ChannelState) => Object.assign(channel, { state, hearsSince: Infinity }),
    resume: () => {
      Object.assign(channel, { state: 'heard', hearsSince: nowMs });
      resumed.forEach((listener) => listener());
    },
  };
}
let world: ReturnType<typeof aWorld>;
beforeEach(() => (world = aWorld()));
afterEach(() => jest.restoreAllMocks());

const learn = (key = aKey('1'), at = hash) => world.known.remember(at, key, world.known.look());

it('is used without asking for 5 seconds by the monotonic clock, and while PostgreSQL is away for 30', () => {
  learn();
  world.pass(5_000);
  expect(world.known.recall(hash)?.id).toBe('1');
  world.pass(1);
  expect(world.known.recall(hash)).toBeUndefined();
  world.fall('away');
  world.pass(24_499);
  expect(world.known.recallUnchecked(hash)?.id).toBe('1');
  world.pass(1);
  expect(world.known.recallUnchecked(hash)).toBeNull();
});

it('serves a request that was let in a moment ago, or that rests on what is fresh, until a change is heard', () => {
  learn();
  const recall = (letInAgo: number) => world.known.recallLetIn(hash, performance.now() - letInAgo)?.id;
  world.pass(5_000);
  world.fall('deaf');
  expect(recall(30_000)).toBe('1');
  world.pass(1);
  expect([recall(500), recall(501)]).toEqual(['1', undefined]);
  world.pass(24_499);
  expect(recall(0)).toBe('1');
  world.pass(1);
  expect(recall(0)).toBeUndefined();
  world.resume();
  learn();
  expect(recall(0)).toBe('1');
  world.announce('keyChanged', 'home', '1');
  expect(recall(0)).toBeUndefined();
});

it('counts its age from the question, not from the answer', () => {
  const look = world.known.look();
  world.pass(3_000);
  world.known.remember(hash, aKey('1'), look);
  world.pass(2_001);
  expect(world.known.recall(hash)).toBeUndefined();
});

it('is not used while nothing is heard, nor afterwards when it was learnt before', () => {
  learn();
  world.fall('deaf');
  expect(world.known.recall(hash)).toBeUndefined();
  world.pass(10);
  world.resume();
  expect(world.known.recall(hash)).toBeUndefined();
  world.pass(1);
  learn();
  expect(world.known.recall(hash)?.id).toBe('1');
});

it('serves for 5 seconds only while PostgreSQL answers the channel and tells nothing', () => {
  learn();
  world.fall('deaf');
  world.pass(5_000);
  expect(world.known.recallUnchecked(hash)?.id).toBe('1');
  world.pass(1);
  expect(world.known.recallUnchecked(hash)).toBeNull();
});

it.each([
  ['its revocation', () => void world.revoke('1')],
  ['a change of it', () => world.announce('keyChanged', 'home', '1')],
  ['a change of its organization', () => world.announce('organizationChanged', 'home')],
])('forgets a key at %s, keeps the others, and does not learn it from a question that was under way', (_, happen) => {
  learn();
  learn(aKey('2', 'other'), 'bb');
  const [before, beside] = [world.known.look(), world.known.look()];
  happen();
  expect(world.known.recall(hash)).toBeUndefined();
  expect(world.known.recallUnchecked(hash)).toBeNull();
  expect(world.known.recall('bb')?.id).toBe('2');
  expect([world.known.isOutdated(before, aKey('1')), world.known.isOutdated(beside, aKey('3', 'third'))]).toEqual([true, false]);
  world.known.remember(hash, aKey('1'), before);
  expect(world.known.recall(hash)).toBeUndefined();
  learn();
  expect(world.known.recall(hash)?.id).toBe('1');
});

it('tells when it let a key in last, and from then on that it is revoked', () => {
  world.known.accept(aKey('1'), new Date(5));
  world.known.accept(aKey('1'), new Date(7));
  expect(world.known.isRevoked('1')).toBe(false);
  expect(world.revoke('1')).toEqual(new Date(7));
  expect([world.known.isRevoked('1'), world.known.isRevoked('2')]).toEqual([true, false]);
});

it('remembers that a hash is no key, until a key is made', () => {
  world.known.remember(hash, null, world.known.look());
  expect(world.known.recall(hash)).toBeNull();
  world.announce('keyCreated', 'home', '9', 'cc');
  expect(world.known.recall(hash)).toBeUndefined();
});

type Step = { does: 'ask' | 'answer' | 'change' | 'fall' | 'resume' | 'pass'; ms: number };

/** The key as the database has it, a version at a time, and the questions to it that are under way. */
class Truth {
  version = 0;
  /** The youngest version whose change was announced to us, or that we have missed and know of having missed. */
  announced = 0;
  changedAt = -Infinity;
  nowMs = 1_000;
  heard = true;
  private under: { look: ReturnType<KnownKeys['look']>; version: number }[] = [];

  readonly steps: Record<Step['does'], (ms: number) => void> = {
    ask: () => this.under.push({ look: world.known.look(), version: this.version }),
    answer: () => {
      for (const { look, version } of this.under.splice(0)) world.known.remember(hash, { ...aKey('1'), name: String(version) }, look);
    },
    change: () => {
      [this.version, this.changedAt] = [this.version + 1, this.nowMs];
      if (!this.heard) return;
      this.announced = this.version;
      world.announce('keyChanged', 'home', '1');
    },
    fall: () => {
      this.heard = false;
      world.fall('deaf');
    },
    resume: () => {
      world.resume();
      [this.heard, this.announced] = [true, this.version];
    },
    pass: (ms) => (this.nowMs = world.pass(ms)),
  };
}

it('never lets in by what was known before an announced change, whatever happens in which order', () => {
  const does = fc.constantFrom<Step['does'][]>('ask', 'answer', 'change', 'fall', 'resume', 'pass');
  const step = fc.record<Step>({ does, ms: fc.integer({ min: 0, max: 4_000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      jest.restoreAllMocks();
      world = aWorld();
      const truth = new Truth();
      const versionOf = (key: KeyForAuth | null | undefined): number => Number(key?.name ?? truth.version);
      for (const { does, ms } of steps) {
        truth.steps[does](ms);
        // Nothing is heard: nothing is used unasked. Something is: nothing older than the last change.
        expect(versionOf(world.known.recall(hash))).toBeGreaterThanOrEqual(truth.heard ? truth.announced : truth.version);
        const isOld = versionOf(world.known.recallUnchecked(hash)) < truth.version;
        if (isOld) expect(truth.nowMs - truth.changedAt).toBeLessThanOrEqual(5_000);
      }
    }),
  );
});
