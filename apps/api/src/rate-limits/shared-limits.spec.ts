/** Processes that share limits, in a time of their own: a request, a word to the store and its way take as long as the spec says. */
import fc from 'fast-check';
import type { Limit, Policy } from './bucket';
import type { LimitStore } from './limit-store';
import { limitHeaders, rateLimited } from './rate-limited';
import { SharedLimits, type Verdict } from './shared-limits';

const key = (perMinute: number, id = 'a'): Limit => ({ name: 'per-key', id, perMinute, reason: 'key_limit' });
const organization = (perMinute: number): Limit => ({ name: 'per-organization', id: 'o', perMinute, reason: 'organization_limit' });

/** A clock that stands until it is moved; what is due happens on the way, in order. */
class Time {
  now = 0;
  private due: { at: number; work: () => void }[] = [];

  later = (ms: number, work: () => void): void => {
    const at = this.now + ms;
    const index = this.due.findIndex((one) => one.at > at);
    this.due.splice(index < 0 ? this.due.length : index, 0, { at, work });
  };

  async moveTo(at: number): Promise<void> {
    for (let next = this.due[0]; next && next.at <= at; next = this.due[0]) {
      this.due.shift();
      this.now = Math.max(this.now, next.at);
      next.work();
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
    this.now = at;
  }
}

/** What postgres-limit-store.ts has PostgreSQL do; rate-limits.db.spec.ts compares the two. `wayMs`: there, and back. */
function memoryStore(time: Time, processes: number, wayMs: () => number): LimitStore & { isAway: boolean; words: number } {
  const fullAt = new Map<string, number>();
  const store = {
    isAway: false,
    words: 0,
    tell: async (reports: Parameters<LimitStore['tell']>[0]) => {
      await new Promise<void>((resolve) => time.later(wayMs(), resolve));
      if (store.isAway) throw new Error('away');
      store.words += 1;
      const buckets = reports.map(({ policy, subject, perMinute, used, wanted }) => {
        const token = 60_000 / perMinute;
        const name = `${policy} ${subject}`;
        const before = Math.max(fullAt.get(name) ?? 0, time.now) + used * token;
        const granted = Math.max(0, Math.min(wanted, Math.floor((time.now + 60_000 - before) / token + 1e-3)));
        fullAt.set(name, Math.min(before + granted * token, time.now + 66_000));
        return { policy, subject, granted, fullInMs: Math.max(0, (fullAt.get(name) ?? 0) - time.now) };
      });
      await new Promise<void>((resolve) => time.later(wayMs(), resolve));
      return { processes, buckets };
    },
  };
  return store;
}

type Process = { limits: SharedLimits; store: ReturnType<typeof memoryStore> };

async function start(time: Time, store: Process['store']): Promise<Process> {
  const limits = new SharedLimits({ store, now: () => time.now, later: time.later });
  const beat = (): void => {
    void limits.tell();
    time.later(1_000, beat);
  };
  beat();
  await time.moveTo(time.now + 100);
  return { limits, store };
}

async function alone(): Promise<{ time: Time; ask: (limits: readonly Limit[]) => Promise<Verdict> } & Process> {
  const time = new Time();
  const process = await start(
    time,
    memoryStore(time, 1, () => 0),
  );
  const ask = async (limits: readonly Limit[]): Promise<Verdict> => {
    const verdict = process.limits.take(limits);
    await time.moveTo(time.now);
    return verdict;
  };
  return { time, ask, ...process };
}
const waits = ({ states }: Verdict): (number | null)[] => states.map(({ retryAfterSeconds }) => retryAfterSeconds);

describe('one process', () => {
  it('lets a minute’s worth through at once and refuses the next, with the time to wait', async () => {
    const { ask, limits, time } = await alone();
    const verdicts = Promise.all(Array.from({ length: 61 }, async () => limits.take([key(60)])));
    await time.moveTo(time.now);
    expect((await verdicts).filter(({ isAdmitted }) => isAdmitted)).toHaveLength(60);
    expect(waits(await ask([key(60)]))).toEqual([2]); // a second, and the margin for the way
  });

  it('writes the headers of the draft, and the problem that it names, with every policy that was violated', async () => {
    const { ask } = await alone();
    const verdict = await ask([key(6_000), organization(30_000)]);
    expect(limitHeaders(verdict)).toEqual({
      'ratelimit-policy': '"per-key";q=6000;w=60, "per-organization";q=30000;w=60',
      ratelimit: '"per-key";r=5999;t=60, "per-organization";r=29999;t=60',
    });
    expect(rateLimited(verdict)).toBeNull();
    await ask([key(1, 'b'), organization(30_000)]);
    const refused = rateLimited(await ask([key(1, 'b'), organization(30_000)]), 29_998);
    expect(refused).toMatchObject({
      code: 'rate_limited',
      options: {
        reason: 'key_limit',
        extensions: { type: 'https://iana.org/assignments/http-problem-types#quota-exceeded', 'violated-policies': ['per-key'] },
        figures: { policy: 'per-key', perMinute: 1, retryAfterSeconds: 61, otherKeysRoom: 29_998 },
        headers: { 'retry-after': '61' },
      },
    });
    await ask([key(1, 'c'), organization(1)]);
    expect(rateLimited(await ask([key(1, 'c'), organization(1)]))?.options.extensions).toMatchObject({
      'violated-policies': ['per-key', 'per-organization'],
    });
  });

  it('names the organization’s limit when that is the one used up, and takes nothing from the key', async () => {
    const { ask } = await alone();
    for (const id of ['a', 'b']) await ask([key(10, id), organization(2)]);
    expect(rateLimited(await ask([key(10), organization(2)]))?.options).toMatchObject({ reason: 'organization_limit' });
    expect((await ask([key(10)])).states[0]?.remaining).toBe(8);
  });

  it('follows a limit that was changed', async () => {
    const { ask, time } = await alone();
    for (let n = 0; n < 100; n++) await ask([key(100)]);
    await time.moveTo(time.now + 30_000);
    expect((await ask([key(200)])).states[0]?.remaining).toBe(99);
    expect((await ask([key(4)])).states[0]?.remaining).toBe(0);
  });

  it('never lets more through in any time than a full bucket and what refilled, and lets in whoever waited as told', async () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), pauses, async (perMinute, times) => {
        const { ask, time } = await alone();
        const begun = time.now;
        let accepted = 0;
        for (const pause of times) {
          await time.moveTo(time.now + pause);
          if ((await ask([key(perMinute)])).isAdmitted) accepted++;
        }
        expect(accepted).toBeLessThanOrEqual(perMinute + ((time.now - begun) * perMinute) / 60_000 + 1e-2);
        let refused = await ask([key(perMinute)]);
        while (refused.isAdmitted) refused = await ask([key(perMinute)]);
        await time.moveTo(time.now + (refused.states[0]?.retryAfterSeconds ?? 0) * 1_000);
        expect((await ask([key(perMinute)])).isAdmitted).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('tells four times a second at most while there is room, and nothing while there is nothing to tell', async () => {
    const { limits, time, store } = await alone();
    const before = store.words;
    for (let n = 0; n < 1_000; n++) {
      await time.moveTo(time.now + 10);
      expect(limits.take([key(6_000), organization(30_000)])).not.toBeInstanceOf(Promise);
    }
    expect(store.words - before).toBeLessThanOrEqual(45);
    await time.moveTo(time.now + 2_000);
    const rested = store.words;
    await time.moveTo(time.now + 10_000);
    expect(store.words - rested).toBe(10); // that it is there, once a second
  });
});

type Traffic = { perMinute: number; perOrganization: number; processes: number; wayMs: number; seconds: number; bursts: { process: number; key: number; at: number; requests: number }[] }; // prettier-ignore

const traffic = fc
  .record({
    perMinute: fc.integer({ min: 1, max: 2_000 }),
    perOrganization: fc.integer({ min: 1, max: 3_000 }),
    processes: fc.integer({ min: 1, max: 4 }),
    wayMs: fc.integer({ min: 0, max: 40 }),
    seconds: fc.integer({ min: 5, max: 100 }),
  })
  .chain((fixed) =>
    fc
      .array(
        fc.record({
          process: fc.integer({ min: 0, max: fixed.processes - 1 }),
          key: fc.integer({ min: 0, max: 2 }),
          at: fc.integer({ min: 0, max: fixed.seconds * 1_000 }),
          requests: fc.integer({ min: 1, max: 60 }),
        }),
        { minLength: 1, maxLength: 120 },
      )
      .map((bursts): Traffic => ({ ...fixed, bursts: bursts.sort((a, b) => a.at - b.at) })),
  );

type Outcome = { admitted: Map<string, number[]>; verdicts: number };

async function run({ perMinute, perOrganization, processes: count, wayMs, bursts }: Traffic): Promise<Outcome> {
  const time = new Time();
  const store = memoryStore(time, count, () => wayMs);
  const processes: Process[] = [];
  for (let n = 0; n < count; n++) processes.push(await start(time, store));
  const begun = time.now;
  const admitted = new Map<string, number[]>();
  let verdicts = 0;
  for (const { process, key: id, at, requests } of bursts) {
    await time.moveTo(begun + at);
    for (let n = 0; n < requests; n++) {
      const limits = [key(perMinute, String(id)), organization(perOrganization)];
      void Promise.resolve(processes[process]!.limits.take(limits)).then((verdict) => {
        verdicts++;
        if (!verdict.isAdmitted) return;
        for (const { name, id: of } of limits) {
          const times = admitted.get(`${name} ${of}`) ?? [];
          times.push(time.now);
          admitted.set(`${name} ${of}`, times);
        }
      });
    }
  }
  await time.moveTo(time.now + 2_000);
  return { admitted, verdicts };
}

/** The most that any window holds beyond what refilled in it. */
function mostAtOnce(times: readonly number[], perMinute: number): number {
  let most = 0;
  let level = 0;
  for (const [index, at] of times.entries()) {
    level = Math.max(0, level - ((at - (times[index - 1] ?? at)) * perMinute) / 60_000) + 1;
    most = Math.max(most, level);
  }
  return most;
}

describe('several processes', () => {
  it('together exceed no limit by more than a tenth, in any window, whatever the traffic; and nobody is left waiting', async () => {
    await fc.assert(
      fc.asyncProperty(traffic, async (one) => {
        const { admitted, verdicts } = await run(one);
        expect(verdicts).toBe(one.bursts.reduce((sum, { requests }) => sum + requests, 0));
        for (const [name, times] of admitted) {
          const limit = name.startsWith('per-organization') ? one.perOrganization : one.perMinute;
          expect(mostAtOnce(times, limit)).toBeLessThanOrEqual(limit * 1.1 + 0.01);
        }
      }),
      { numRuns: 80 },
    );
  });

  it.each([
    [10, 3],
    [60, 3],
    [600, 3],
    [6_000, 4],
  ])('let %d a minute through when more is asked for of %d processes: neither less nor more', async (perMinute, processes) => {
    const seconds = 120;
    const perSecond = (perMinute / 60) * 3;
    const requests = Math.max(1, Math.ceil(perSecond / 10));
    const bursts = Array.from({ length: Math.ceil((seconds * perSecond) / requests) }, (_, index, all = (seconds * 1_000 * requests) / (seconds * perSecond)) => ({
      process: (index * 7 + Math.floor(index / 5)) % processes, key: 0, at: Math.round(index * all), requests,
    })); // prettier-ignore
    const { admitted } = await run({ perMinute, perOrganization: 1_000_000, processes, wayMs: 3, seconds, bursts });
    const times = admitted.get('per-key 0') ?? [];
    const expected = perMinute * (1 + (times.at(-1)! - times[0]!) / 60_000);
    expect(times.length / expected).toBeGreaterThan(0.97);
    expect(mostAtOnce(times, perMinute)).toBeLessThanOrEqual(perMinute * 1.1 + 0.01);
  });

  it('what one limit refuses is taken off no other, even when PostgreSQL was asked for both', async () => {
    const time = new Time();
    const process = await start(
      time,
      memoryStore(time, 3, () => 2),
    );
    const take = async (requests: number, limits: Limit[]): Promise<Verdict[]> => {
      const all = Promise.all(Array.from({ length: requests }, async () => process.limits.take(limits)));
      await time.moveTo(time.now + 50);
      return all;
    };
    const admitted = async (requests: number, limits: Limit[]) =>
      (await take(requests, limits)).filter(({ isAdmitted }) => isAdmitted).length;
    expect(await admitted(100, [key(10), organization(6_000)])).toBe(10);
    expect((await take(1, [organization(6_000)]))[0]?.states[0]?.remaining).toBeGreaterThan(5_985);
    expect(await admitted(10, [key(15, 'b'), { ...organization(3), id: 'small' }])).toBe(3);
    await time.moveTo(time.now + 500);
    expect((await take(1, [key(15, 'b')]))[0]?.states[0]?.remaining).toBe(11);
  });

  it('a process that is started again hands out no more than its untold part of a bucket that is empty', async () => {
    const time = new Time();
    const store = memoryStore(time, 3, () => 5);
    const first = await start(time, store);
    const take = async ({ limits }: Process): Promise<number> => {
      const all = Promise.all(Array.from({ length: 700 }, async () => limits.take([key(600)])));
      await time.moveTo(time.now + 200);
      return (await all).filter(({ isAdmitted }) => isAdmitted).length;
    };
    expect(await take(first)).toBeGreaterThanOrEqual(600);
    const again = await take(await start(time, store));
    expect(again).toBeLessThanOrEqual(0.05 * 600);
  });

  it('go on with a share each while PostgreSQL is away, wait for nobody, and keep to the limit together', async () => {
    const time = new Time();
    const store = memoryStore(time, 3, () => 5);
    const processes = [await start(time, store), await start(time, store), await start(time, store)];
    for (let n = 0; n < 300; n++) {
      void processes[0]!.limits.take([key(600)]);
      await time.moveTo(time.now + 10);
    }
    store.isAway = true;
    await time.moveTo(time.now + 1_500);
    const begun = time.now;
    let admitted = 0;
    while (time.now < begun + 120_000) {
      await time.moveTo(time.now + 20);
      for (const { limits } of processes) {
        const verdict = limits.take([key(600)]);
        if (verdict instanceof Promise) throw new Error('waits');
        if (verdict.isAdmitted) admitted++;
      }
    }
    // A third of the 345 that were left, twice a third of a whole one by those who have not heard of it, and what comes back in two minutes.
    const expected = 345 / 3 + 2 * 200 + 1_200;
    expect(admitted).toBeLessThanOrEqual(expected + 20);
    expect(admitted).toBeGreaterThan(expected - 20);
    store.isAway = false;
    await time.moveTo(time.now + 1_500);
    const back = processes[1]!.limits.take([key(600)]);
    await time.moveTo(time.now + 100);
    expect(['per-key'] as Policy[]).toContain((await back).states[0]?.limit.name);
    // What was used meanwhile is known to all: nobody begins with a full bucket.
    expect((await back).states[0]?.remaining ?? 600).toBeLessThan(100);
  });
});
