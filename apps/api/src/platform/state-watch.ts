/**
 * Says aloud what /readyz only says when it is asked: every warning, once when it begins (so at the start: all there are) and once when it is
 * over. The recorder reports trouble of its own at once, through TroubleLog; here is seen when that is over.
 */
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AuditWriter } from '@pinebill/nestjs-audit';
import type { DetectionFigures } from './detection-state';
import { ReadinessCheck, type Readiness } from './readiness';
import { TroubleLog } from './trouble-log';
import { kindOf, type Warning } from './warnings';

const SETTLE_MS = 1_000;
const CHECK_MS = 10_000;

@Injectable()
export class StateWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('State');
  private readonly known = new Map<string, Warning>();
  /** Seen once: after a restart of the database every process is late for a moment. */
  private suspected: ReadonlySet<string> | null = null;
  private mode: string | null = null;
  /** As of the last look; null: not known. */
  detection: DetectionFigures | null = null;
  private timers: NodeJS.Timeout[] = [];

  constructor(
    private readonly readiness: ReadinessCheck,
    private readonly writer: AuditWriter,
    private readonly troubles: TroubleLog,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.look();
    this.timers = [setInterval(() => this.settle(), SETTLE_MS).unref(), setInterval(() => void this.look(), CHECK_MS).unref()];
  }

  onApplicationShutdown(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** As of the last look, at most CHECK_MS ago. */
  get warnings(): Warning[] {
    return [...this.known.values()];
  }

  async look(): Promise<void> {
    try {
      this.tell(await this.readiness.check());
    } catch (error) {
      this.logger.error('The state of the product could not be looked at', error instanceof Error ? error.stack : undefined);
    }
  }

  private settle(): void {
    const { lastError, journalError, pendingEntries } = this.writer.status();
    this.troubles.settle({ inTrouble: lastError !== null || journalError !== null, pending: pendingEntries });
  }

  private tell({ warnings, parts }: Readiness): void {
    this.tellMode(parts);
    this.detection = parts.detection;
    const now = this.confirmed(new Map(warnings.map((warning) => [keyOf(warning), warning])));
    for (const [key, warning] of now) if (!this.known.has(key)) this.begin(warning);
    // While the database has not spoken nothing is known of what it would say: that is not over.
    const isKnown = parts.database.asOf !== null;
    for (const [key, warning] of this.known) {
      if (now.has(key) || (!isKnown && kindOf(warning.code).of === 'database')) continue;
      this.known.delete(key);
      this.logger.log(`Over: ${warning.message}`, { code: warning.code });
    }
    for (const [key, warning] of now) this.known.set(key, warning);
  }

  private confirmed(seen: Map<string, Warning>): Map<string, Warning> {
    const before = this.suspected;
    this.suspected = new Set(seen.keys());
    const counts = ([key, { code }]: [string, Warning]): boolean =>
      code !== 'journal_of_dead_process' || before === null || before.has(key) || this.known.has(key);
    return new Map([...seen].filter(counts));
  }

  private begin({ code, severity, message, action }: Warning): void {
    if (!kindOf(code).said) this.logger.warn(`${message} ${action}`, { code, severity });
  }

  private tellMode({ mode, modeSince, process: { startedAt } }: Readiness['parts']): void {
    if (this.mode === mode) return;
    this.mode = mode;
    const since = modeSince !== null && modeSince >= startedAt ? ' since this start' : '';
    this.logger.log(`Records are kept in mode ${mode}${since}.`, { mode });
  }
}

/** Numbers in a message change while it lasts; the process that it is about does not. */
const keyOf = ({ code, action }: Warning): string => (code === 'journal_of_dead_process' ? `${code} ${action}` : code);
