/** Structured JSON on stdout, one object a line; pretty on a terminal. */
import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import { nestLogLevels, type ConfiguredLogLevel } from '../config';
import { logLine, withoutSecrets } from './log-line';

/** Nest's own chatter about each module and route is for people who debug the start-up. */
const chatty = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

export class AppLogger extends ConsoleLogger {
  constructor(
    level: ConfiguredLogLevel,
    private readonly json = !process.stdout.isTTY,
  ) {
    super({ logLevels: nestLogLevels(level), json, timestamp: false });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && chatty.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }

  // Nest's own JSON makes one line of each message, tells the time in milliseconds, and sends errors to stderr.
  protected override printMessages(...args: Parameters<ConsoleLogger['printMessages']>): void {
    if (!this.json) {
      super.printMessages(...args);
      return;
    }
    const [messages, context = '', level = 'log' satisfies LogLevel, , stack, params] = args;
    process.stdout.write(logLine({ level, context, messages, stack, params }));
  }

  // On a terminal, where the line is put together by Nest.
  protected override formatMessage(...args: Parameters<ConsoleLogger['formatMessage']>): string {
    return withoutSecrets(super.formatMessage(...args));
  }

  // Nest calls it without one as well.
  protected override printStackTrace(stack: string | undefined): void {
    if (stack !== undefined) super.printStackTrace(withoutSecrets(stack));
  }
}
