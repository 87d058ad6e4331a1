/**
 * The new records of one organization, read once for all of its tails in this process, in the order of their sequence. News only says that it is worth looking:
 * what is new is whatever stands behind the position, so nothing depends on hearing of it once, or in order, or at all.
 */
import type { StoredRecord } from '@pinebill/nestjs-audit';
import type { LogView } from '../log-views';

export type Batch = {
  view: LogView;
  records: readonly { record: StoredRecord; json: string }[];
  /** Everything up to here has been read. */
  upTo: number;
  /** There is more. */
  isFull: boolean;
};

/** Somebody who has seen everything up to the feed's position. */
export interface Follower {
  take(batch: Batch): void;
}

export type FeedSource = {
  /** The place of the newest record. */
  last(): Promise<number>;
  readAfter(position: number): Promise<Batch>;
  onError(error: unknown): void;
};

export class LogFeed {
  private readonly followers = new Set<Follower>();
  private at = 0;
  private looking = false;
  private again = false;

  private constructor(private readonly source: FeedSource) {}

  static async from(source: FeedSource): Promise<LogFeed> {
    const feed = new LogFeed(source);
    feed.at = await source.last();
    return feed;
  }

  get position(): number {
    return this.at;
  }

  /** In the same turn of the event loop in which the follower found its position to be that of the feed. */
  join(follower: Follower): void {
    this.followers.add(follower);
  }

  leave(follower: Follower): void {
    this.followers.delete(follower);
  }

  /** There may be something new. What fails is tried again with the next look. */
  look(): void {
    this.again = true;
    if (this.looking) return;
    this.looking = true;
    this.readOn().catch(this.source.onError);
  }

  private async readOn(): Promise<void> {
    try {
      while (this.again) {
        this.again = false;
        const batch = await this.source.readAfter(this.at);
        if (batch.isFull) this.again = true;
        this.at = batch.upTo;
        for (const follower of this.followers) follower.take(batch);
      }
    } finally {
      // In the same turn as the last question whether there is more: news that comes now begins a look of its own.
      this.looking = false;
    }
  }
}
