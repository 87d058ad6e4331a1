/** Those who wait until everything up to an offset is stored. */
type Waiter = { offset: bigint; resolve: () => void; reject: (error: Error) => void };

const ignore = (): void => undefined;

export class StoredWaiters {
  /** Everything up to here is dealt with. */
  passed = 0n;
  private given = false;
  private waiting: Waiter[] = [];
  private forProgress: Waiter[] = [];

  until(offset: bigint): Promise<void> {
    return this.waitFor(offset).reached;
  }

  /** As `until`, for somebody who may lose patience: after `cancel` it never settles, and nothing is kept. */
  waitFor(offset: bigint): { reached: Promise<void>; cancel: () => void } {
    if (offset <= this.passed) return { reached: Promise.resolve(), cancel: ignore };
    if (this.given) return { reached: Promise.reject(new Error('Not stored in time.')), cancel: ignore };
    let waiter: Waiter | null = null;
    const reached = new Promise<void>((resolve, reject) => this.waiting.push((waiter = { offset, resolve, reject })));
    return { reached, cancel: () => (this.waiting = this.waiting.filter((each) => each !== waiter)) };
  }

  /** Resolves when something was stored and its room in the journal is free again. */
  progress(): Promise<void> {
    if (this.given) return Promise.reject(new Error('Not stored in time.'));
    return new Promise((resolve, reject) => this.forProgress.push({ offset: 0n, resolve, reject }));
  }

  progressed(): void {
    const waiting = this.forProgress;
    this.forProgress = [];
    for (const { resolve } of waiting) resolve();
  }

  reach(offset: bigint): void {
    this.passed = offset;
    const reached = this.waiting.filter((waiter) => waiter.offset <= offset);
    if (reached.length === 0) return;
    this.waiting = this.waiting.filter((waiter) => waiter.offset > offset);
    for (const { resolve } of reached) resolve();
  }

  /** No more progress: whoever still waits is told. */
  giveUp(): void {
    this.given = true;
    const waiting = [...this.waiting, ...this.forProgress];
    this.waiting = [];
    this.forProgress = [];
    for (const { reject } of waiting) reject(new Error('Not stored in time.'));
  }
}
