/** What checking a remembered key costs: the product's own classes, fed by hand, so that nothing else is in the figure. Prints JSON. */
import 'reflect-metadata';
import { keyShape } from '@pinebill/contract';
import type { DataSource } from 'typeorm';
import { KeyVerdicts } from '../../../apps/api/src/access/key-verdicts';
import { KnownKeys } from '../../../apps/api/src/access/known-keys';
import type { Strangers } from '../../../apps/api/src/access/strangers';
import { nameOfKeySecret, newKeySecret } from '../../../apps/api/src/api-keys/key-secret';
import type { KeyForAuth } from '../../../apps/api/src/api-keys';
import type { ChangeChannel } from '../../../apps/api/src/database/change-channel';
import { KeyCheckCounts } from '../../../apps/api/src/platform/key-check-counts';

const KEYS = 1_000;
/** A round is over before a verdict is 5 s old, also on a machine that does other things. */
const CHECKS = 20_000;
const ROUNDS = 51;

const nothing = (): void => undefined;
const channel = { state: 'heard', hearsSince: 0, on: () => nothing, onResumed: nothing } as unknown as ChangeChannel;
const known = new KnownKeys({ onRevoked: nothing }, channel);
const verdicts = new KeyVerdicts({} as DataSource, known, {} as Strangers, channel, new KeyCheckCounts());
const secrets = Array.from({ length: KEYS }, newKeySecret);
const remember = (): void => {
  for (const [id, secret] of secrets.entries())
    known.remember(nameOfKeySecret(secret), { id: String(id), organization_id: 'one' } as KeyForAuth, known.look());
};

/** Nanoseconds a call; the best of the rounds is what the machine can do, the median what it did. */
function cost(work: (secret: string) => unknown): { median: number; best: number } {
  const rounds = Array.from({ length: ROUNDS }, () => {
    remember();
    const from = performance.now();
    for (let check = 0; check < CHECKS; check++) work(secrets[check % KEYS] ?? '');
    return ((performance.now() - from) * 1e6) / CHECKS;
  }).sort((a, b) => a - b);
  return { median: Math.round(rounds[ROUNDS >> 1] ?? 0), best: Math.round(rounds[0] ?? 0) };
}

const whole = (secret: string): unknown => {
  if (keyShape(secret) !== 'valid') throw new Error('not a key');
  const key = verdicts.find(nameOfKeySecret(secret), '192.0.2.1');
  if (key === null || typeof key !== 'object' || !('id' in key)) throw new Error('it was not remembered');
  return key;
};
cost(whole); // warm
console.log(
  JSON.stringify({
    'shape and checksum': cost(keyShape),
    'SHA-256': cost(nameOfKeySecret),
    'all of it: shape, checksum, SHA-256, verdict': cost(whole),
  }),
);
