/** Live traffic against our own server until it is stopped: ordinary calls, a few a second, and the scenes in turn, so that each recurs every few minutes. */
import { setTimeout as sleep } from 'node:timers/promises';
import { everydayCall } from './everyday';
import { liveSender, type LiveCall, type Send } from './live-call';
import type { LiveOrganization, LiveWorld } from './live-world';
import { seededRandom, type Random } from './random';
import { scenes } from './scenes';

export type Pace = {
  /** Between two ordinary calls of an organization. */
  home: readonly [number, number];
  other: readonly [number, number];
  /** Before the first scene, and between two. */
  scene: readonly [number, number];
  /** Pauses within a scene are multiplied by this. */
  tempo: number;
};
export const usualPace: Pace = { home: [160, 560], other: [4_000, 12_000], scene: [8_000, 18_000], tempo: 1 };

type Play = { world: LiveWorld; random: Random; send: Send; pace: Pace; signal: AbortSignal };

export function startTraffic(options: { url: string; world: LiveWorld; seed: number; pace?: Pace }): { stop(): Promise<void> } {
  const { world, url, seed, pace = usualPace } = options;
  const stopping = new AbortController();
  const { send, close } = liveSender(url);
  const play: Play = { world, random: seededRandom(seed), send, pace, signal: stopping.signal };
  const running = Promise.all([
    everyday(play, world.home, pace.home),
    ...world.others.map((organization) => everyday(play, organization, pace.other)),
    drama(play),
  ]);
  return {
    async stop() {
      stopping.abort();
      await running;
      close();
    },
  };
}

async function everyday(
  { world, random, send, signal }: Play,
  organization: LiveOrganization,
  pause: readonly [number, number],
): Promise<void> {
  while (await waited(random.integer(...pause), signal)) {
    const { call, learn } = everydayCall(world, organization, random, new Date());
    const answer = await send(call);
    if (answer) learn(answer);
  }
}

async function drama(play: Play): Promise<void> {
  const { world, random, pace, signal } = play;
  for (let turn = 0; await waited(random.integer(...pace.scene), signal); turn++) {
    const names = Object.keys(scenes) as (keyof typeof scenes)[];
    const name = names[turn % names.length];
    if (name) await perform(play, scenes[name](world, random));
  }
}

async function perform({ send, pace, signal }: Play, beats: Iterable<{ call: LiveCall; pauseMs: number }>): Promise<void> {
  const open = new Set<Promise<unknown>>();
  for (const { call, pauseMs } of beats) {
    const sent = send(call).finally(() => open.delete(sent));
    open.add(sent);
    if (!(await waited(pauseMs * pace.tempo, signal))) break;
  }
  await Promise.all(open);
}

/** False when it is time to stop. */
async function waited(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal }).catch(() => false);
}
