/**
 * Trouble that comes again and again is two lines: one when it begins, one when it is over. For the recorder, which reports each request that it
 * could not record, and would otherwise fill the disk that is full already.
 */

export type TroubleLogger = {
  error(message: string, stack?: string): void;
  warn(message: string): void;
  log(message: string): void;
};

type Trouble = { message: string; repeated: number; lastMs: number };

const QUIET_MS = 10_000;
/** Messages differ in the id they name. */
const kindOf = (message: string): string => message.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d+/g, '*');

export class TroubleLog {
  private readonly open = new Map<string, Trouble>();

  constructor(
    private readonly logger: TroubleLogger,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  report(message: string, error: unknown): void {
    const known = this.open.get(kindOf(message));
    if (known) {
      known.repeated++;
      known.lastMs = this.nowMs();
      return;
    }
    this.open.set(kindOf(message), { message, repeated: 0, lastMs: this.nowMs() });
    const cause = error instanceof Error ? error : null;
    this.logger.error(cause ? `${message} (${cause.message})` : message, cause?.stack);
  }

  /** Called now and then. What has not come again for a while, while nothing is known to be wrong, is over. */
  settle({ inTrouble, pending }: { inTrouble: boolean; pending: number }): void {
    if (this.open.size === 0 || inTrouble) return;
    for (const [kind, { message, repeated, lastMs }] of this.open) {
      if (this.nowMs() - lastMs < QUIET_MS) continue;
      this.open.delete(kind);
      if (repeated > 0) this.logger.warn(`${message} The same happened ${repeated} more times; it has ceased.`);
    }
    if (this.open.size === 0) this.logger.log(`Recording is in order again; ${pending} records wait in the journal.`);
  }
}
