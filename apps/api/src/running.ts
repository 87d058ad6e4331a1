/** What runs, and its stop in order. It knows nothing of what that is: whoever starts something says how it ends. */

/** Of the 15 s that a stop may take; see product.ts. */
const STOP_MS = 14_000;

type Step = {
  /** `leftMs`: of the time that the whole stop may take. */ stop: (leftMs: number) => Promise<void> | void;
  abandon?: () => void;
};

/** What has been started, last first. */
export class Running {
  private readonly steps: Step[] = [];
  private stopped: Promise<void> | null = null;

  add(step: Step): void {
    this.steps.unshift(step);
  }

  /** Each step is tried, whatever became of the one before. */
  stop(): Promise<void> {
    this.stopped ??= this.stopAll();
    return this.stopped;
  }

  /** No waiting: for the second Ctrl-C. */
  abandon(): void {
    for (const step of this.steps) step.abandon?.();
  }

  private async stopAll(): Promise<void> {
    let failure: unknown = null;
    const until = performance.now() + STOP_MS;
    for (const { stop } of this.steps) {
      try {
        await stop(until - performance.now());
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== null) throw failure as Error;
  }
}
