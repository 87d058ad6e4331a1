/** Structured JSON on stdout, pretty on a terminal. */
import { ConsoleLogger } from '@nestjs/common';
import { nestLogLevels, type ConfiguredLogLevel } from '../config';

/** Nest's own chatter about each module and route is for people who debug the start-up. */
const chatty = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

export class AppLogger extends ConsoleLogger {
  constructor(level: ConfiguredLogLevel) {
    super({ logLevels: nestLogLevels(level), json: !process.stdout.isTTY, timestamp: false });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && chatty.has(context)) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
