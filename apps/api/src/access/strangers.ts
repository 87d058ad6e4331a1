/**
 * Made-up keys with a right checksum must not keep the database busy: what one network may ask about hashes that belong to no key is bounded.
 * Beyond the bound nobody asks: the process knows the beginnings of all hashes (48 bits), from the start and from what is announced, and what
 * is not among them is no key. So a key that exists, new ones included, is looked up from any address at any time. Where the list is not
 * complete (the channel is not heard, or there are too many keys), a caller beyond the bound is told to come again.
 */
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ChangeChannel } from '../database/change-channel';
import { networkOf } from '../platform/network-of';
import { Bounded } from './bounded';

/** Questions about unknown keys: so many at once, and so many a minute after that. Of one network, and of all together. */
export const STRANGERS_PER_MINUTE = 600;
const ALL_PER_MINUTE = 12_000;
const ALL = 'all';
const MINUTE_MS = 60_000;
const READ_AGAIN_MS = 5_000;
const MAX_NETWORKS = 20_000;
/** Some 20 MB. */
const MAX_MARKS = 200_000;
const MARK_LENGTH = 12;

type Bucket = { tokens: number; at: number };
/** `existed` gives back what was taken: only unknown keys count. */
export type Admission = 'noSuchKey' | 'tooMany' | { existed: () => void };

@Injectable()
export class Strangers {
  private readonly logger = new Logger('Strangers');
  private readonly buckets = new Bounded<string, Bucket>(MAX_NETWORKS);
  private marks = new Set<string>();
  /** By the monotonic clock: the list holds every key there was then, and those announced since. */
  private completeAt = -Infinity;

  constructor(
    private readonly db: DataSource,
    private readonly channel: ChangeChannel,
  ) {
    channel.on('keyCreated', ([, , mark = '']) => this.marks.add(mark));
    channel.onResumed(() => void this.readMarks());
  }

  admit(hash: string, ip: string | null, now: number = performance.now()): Admission {
    if (this.marks.has(hash.slice(0, MARK_LENGTH))) return { existed: () => undefined };
    const buckets = [this.bucket(networkOf(ip), STRANGERS_PER_MINUTE, now), this.bucket(ALL, ALL_PER_MINUTE, now)];
    if (buckets.some(({ tokens }) => tokens < 1)) return this.completeAt >= this.channel.hearsSince ? 'noSuchKey' : 'tooMany';
    for (const bucket of buckets) bucket.tokens -= 1;
    return { existed: () => buckets.forEach((bucket) => (bucket.tokens += 1)) };
  }

  private bucket(name: string, perMinute: number, now: number): Bucket {
    const bucket = this.buckets.get(name) ?? { tokens: perMinute, at: now };
    bucket.tokens = Math.min(perMinute, bucket.tokens + (Math.max(0, now - bucket.at) * perMinute) / MINUTE_MS);
    bucket.at = now;
    this.buckets.set(name, bucket);
    return bucket;
  }

  /** Keys that are made meanwhile are announced, and stay in the list. */
  private async readMarks(): Promise<void> {
    const at = performance.now();
    try {
      const [row] = await this.db.query<{ marks: string[] | null }[]>('select key_marks($1) as marks', [MAX_MARKS]);
      if (row?.marks) {
        for (const mark of row.marks) this.marks.add(mark);
        this.completeAt = at;
      } else this.logger.warn(`There are more than ${MAX_MARKS} keys: callers that try many unknown ones are told to come again.`);
    } catch (error) {
      this.logger.debug(`The list of keys could not be read: ${error instanceof Error ? error.message : String(error)}`);
      if (this.channel.state !== 'away') setTimeout(() => void this.readMarks(), READ_AGAIN_MS).unref();
    }
  }
}
