/**
 * What one side has brought and the other not yet taken, in order, up to so many bytes: PostgreSQL sorts the next rows while the ones before are
 * finished. Either side may fail, and then both do.
 */
export class Backlog<T> {
  private readonly waiting: { item: T; bytes: number }[] = [];
  private held = 0;
  private over = false;
  private failure: { error: unknown } | null = null;
  /** Whoever waits: for room, or for something to take. */
  private wake: () => void = () => undefined;

  constructor(private readonly mostBytes: number) {}

  /** Resolves when there is room for more. */
  async put(item: T, bytes: number): Promise<void> {
    this.waiting.push({ item, bytes });
    this.held += bytes;
    this.changed();
    while (this.failure === null && this.held > this.mostBytes) await this.change();
    if (this.failure) throw this.failure.error;
  }

  /** Nothing more comes. */
  end(): void {
    this.over = true;
    this.changed();
  }

  /** The first failure is the one that both sides throw. */
  fail(error: unknown): void {
    this.failure ??= { error };
    this.changed();
  }

  async *taken(): AsyncGenerator<T> {
    for (;;) {
      if (this.failure) throw this.failure.error;
      const next = this.waiting.shift();
      if (next) {
        this.held -= next.bytes;
        this.changed();
        yield next.item;
      } else if (this.over) return;
      else await this.change();
    }
  }

  private changed(): void {
    const { wake } = this;
    this.wake = () => undefined;
    wake();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      const before = this.wake;
      this.wake = () => {
        before();
        resolve();
      };
    });
  }
}
