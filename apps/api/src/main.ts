/**
 * The process: settings in, signals, exit codes. Nest's own shutdown hooks are not used, since they end the process by the signal (143) where
 * an orderly stop is 0. What does the work is loaded when it is known which: a wrong setting and an order to a process that runs need little of it.
 */
import { ConfigError, readConfig, type Config } from './config';
import { StartError } from './platform/start-error';
import { announce } from './announce';
import { Running } from './running';

/** npm passes a Ctrl-C on that the terminal has sent us already: two at once are one. */
const SECOND_SIGNAL_MS = 1_000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);

class Stopped extends Error {}

function onSignals(running: Running, stop: () => void): void {
  let first: number | null = null;
  const handle = (): void => {
    if (first === null) {
      first = Date.now();
      say('Stopping: requests in flight finish, records are written, PostgreSQL stops.');
      stop();
    } else if (Date.now() - first > SECOND_SIGNAL_MS) {
      complain('Stopped without waiting.');
      running.abandon();
      process.exit(1);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
}

/** What nobody caught: nothing is known about the state any more, so we stop, but in order: what was recorded reaches the disk, PostgreSQL ends. */
function uncaught(): Promise<never> {
  return new Promise((_, reject) => {
    process.on('uncaughtException', reject).on('unhandledRejection', reject);
  });
}

async function isOperators(error: unknown): Promise<boolean> {
  if (error instanceof StartError) return true;
  const { JournalInUseError, JournalUnavailableError } = await import('@pinebill/nestjs-audit');
  return error instanceof JournalInUseError || error instanceof JournalUnavailableError;
}

async function report(error: unknown): Promise<void> {
  if (error instanceof ConfigError) complain(error.lines.join('\n'));
  else if (error instanceof Error && (await isOperators(error))) complain(error.message);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** The folder that was named after the option: `npm run backup -- <folder>`. */
const folder = (): string | null => process.argv.slice(2).find((word) => !word.startsWith('--')) ?? null;

type Command = (config: Config, running: Running, words: string[]) => Promise<string> | string;
/** What is not a start: does its work, says something, and ends. */
const commands = new Map<string, Command>([
  ['--reset-admin', async (config, running) => (await import('./reset-admin')).resetAdmin(config, running, say)],
  ['--maintenance', async (config, _, words) => (await import('./maintenance/maintenance-command')).operateMaintenance(config, words)],
  ['--journals', async (config, _, words) => (await import('./system/journals-command')).operateJournals(config, words)],
  ['--backup', async (config, running) => (await import('./backup')).backup(config, running, folder(), say)],
  ['--restore', async (config) => (await import('./backup')).restore(config, folder())],
]);

async function run(running: Running, stopAsked: Promise<void>): Promise<void> {
  const config = readConfig();
  const command = commands.get(process.argv[2] ?? '');
  if (command) {
    say(await command(config, running, process.argv.slice(3)));
    return;
  }
  const { startProduct } = await import('./product');
  const product = await startProduct(config, running, say);
  say(announce(config, product));
  if (config.demo) {
    const { startDemo } = await import('./demo');
    const demo = await startDemo({ app: product.app, url: product.url, log: say });
    running.add({ stop: () => demo.stop() });
  }
  await stopAsked;
}

export async function main(): Promise<number> {
  const running = new Running();
  const stopAsked = new Promise<void>((resolve) => onSignals(running, resolve));
  let exitCode = 0;
  try {
    // A stop during the start does not wait for its end.
    await Promise.race([run(running, stopAsked), stopAsked.then(() => Promise.reject(new Stopped())), uncaught()]);
  } catch (error) {
    if (!(error instanceof Stopped)) {
      await report(error);
      exitCode = 1;
    }
  }
  try {
    await running.stop();
  } catch (error) {
    await report(error);
    exitCode = 1;
  }
  return exitCode;
}

process.exit(await main());
