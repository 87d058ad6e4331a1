/** So many may work at once. Who asks for somebody who waits for an answer is refused when all places are taken; who works at night waits, and gets the next one. */
export type Leave = () => void;

export class Places {
  private taken = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly most: number) {}

  /** Null: all are taken. */
  enter(): Leave | null {
    if (this.taken >= this.most) return null;
    this.taken++;
    return this.leave();
  }

  /** Rejects when the signal says that nobody needs it any more. */
  async wait(signal: AbortSignal): Promise<Leave> {
    signal.throwIfAborted();
    const at = this.enter();
    if (at) return at;
    await new Promise<void>((resolve, reject) => {
      const given = (): void => {
        signal.removeEventListener('abort', gone);
        resolve();
      };
      const gone = (): void => {
        this.waiting.splice(this.waiting.indexOf(given), 1);
        reject(signal.reason as Error);
      };
      this.waiting.push(given);
      signal.addEventListener('abort', gone, { once: true });
    });
    return this.leave();
  }

  /** Whoever waits takes the place over; asked twice, it is left once. */
  private leave(): Leave {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const next = this.waiting.shift();
      if (next) next();
      else this.taken--;
    };
  }
}
