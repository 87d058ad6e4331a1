/**
 * `npm run maintenance -- start | end | status`: the operator's order, given while the product runs. It is a row in PostgreSQL that every process
 * on that database reads, and an entry in the activity of the home organization.
 */
import { parseArgs } from 'node:util';
import type { Client } from 'pg';
import type { Config } from '../config';
import { asOperator, recordOrder } from '../database/operator-orders';
import { StartError } from '../platform/start-error';

const MAX_MINUTES = 10_080;
const MAX_MESSAGE = 200;
const usage = 'npm run maintenance -- start [--minutes 30] [--message "..."] | end | status';

type Order = { verb: 'start' | 'end' | 'status'; minutes: number | null; message: string | null };
type State = { started_at: Date | null; ends_at: Date | null; message: string | null };

/** Returns what the operator reads. `words` is what stands behind `--maintenance`. */
export async function operateMaintenance(config: Config, words: readonly string[]): Promise<string> {
  const order = readOrder(words);
  return asOperator(config, async (client) => {
    if (order.verb === 'status') return describeState(await stateOf(client));
    return order.verb === 'start' ? start(client, order) : end(client);
  });
}

export function readOrder(words: readonly string[]): Order {
  const { verb, minutes, message } = parsed(words);
  if (verb !== 'start' && verb !== 'end' && verb !== 'status') throw new StartError(`Say what to do: ${usage}`);
  if (verb !== 'start' && (minutes !== undefined || message !== undefined))
    throw new StartError(`--minutes and --message belong to start: ${usage}`);
  return {
    verb,
    minutes: minutes === undefined ? null : readMinutes(minutes),
    message: message === undefined ? null : readMessage(message),
  };
}

function parsed(words: readonly string[]): { verb: string | undefined; minutes: string | undefined; message: string | undefined } {
  try {
    const options = { minutes: { type: 'string' }, message: { type: 'string' } } as const;
    const { positionals, values } = parseArgs({ args: [...words], allowPositionals: true, options });
    return { verb: positionals.length === 1 ? positionals[0] : undefined, minutes: values.minutes, message: values.message };
  } catch (error) {
    throw new StartError(`${error instanceof Error ? error.message : String(error)}. ${usage}`);
  }
}

function readMinutes(text: string): number {
  const minutes = Number(text);
  if (/^\d{1,5}$/.test(text) && minutes >= 1 && minutes <= MAX_MINUTES) return minutes;
  throw new StartError(`--minutes: got ${JSON.stringify(text.slice(0, 20))}, takes a number from 1 to ${MAX_MINUTES}`);
}

function readMessage(text: string): string {
  const message = text.trim();
  // Printed to terminals and shown to everyone: one line of text.
  if (message.length >= 1 && message.length <= MAX_MESSAGE && !/\p{Cc}/u.test(message)) return message;
  throw new StartError(`--message: takes text of 1 to ${MAX_MESSAGE} characters on one line`);
}

async function stateOf(client: Client, lock = ''): Promise<State> {
  const { rows } = await client.query<State>(`select started_at, ends_at, message from maintenance ${lock}`);
  return rows[0] ?? { started_at: null, ends_at: null, message: null };
}

/** Once more while it is on: another end is announced. */
async function start(client: Client, { minutes, message }: Order): Promise<string> {
  const { after } = await change(client, async (before) => {
    await client.query(
      `update maintenance set started_at = coalesce(started_at, now()), ends_at = now() + make_interval(mins => $1::int), message = $2`,
      [minutes, message],
    );
    return before.started_at === null ? 'maintenance.started' : 'maintenance.changed';
  });
  return [
    describeState(after),
    'Every process refuses changes within 2 seconds. Reading, signing in and revoking keys go on.',
    'End it with: npm run maintenance -- end',
  ].join('\n');
}

async function end(client: Client): Promise<string> {
  const { changed } = await change(client, async (before) => {
    if (before.started_at === null) return null;
    await client.query('update maintenance set started_at = null, ends_at = null, message = null');
    return 'maintenance.ended';
  });
  return changed
    ? 'Maintenance is over. Every process takes changes again within 2 seconds.'
    : 'There was no maintenance; nothing was changed.';
}

/** The change and its activity entry are one transaction. `work` names the action; null: nothing was changed. */
async function change(client: Client, work: (before: State) => Promise<string | null>): Promise<{ after: State; changed: boolean }> {
  await client.query('begin');
  const before = await stateOf(client, 'for update');
  const action = await work(before);
  const after = await stateOf(client);
  if (action !== null) await recordOrder(client, { by: 'maintenance', action, before: told(before), after: told(after) });
  await client.query('commit');
  return { after, changed: action !== null };
}

const told = ({ started_at: startedAt, ends_at: endsAt, message }: State): Record<string, unknown> => ({
  active: startedAt !== null,
  endsAt: endsAt?.toISOString() ?? null,
  message,
});

const shownTime = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

function describeState({ started_at: startedAt, ends_at: endsAt, message }: State): string {
  if (startedAt === null) return 'There is no maintenance.';
  const announced = endsAt === null ? 'no end was announced' : `announced until ${shownTime(endsAt)}`;
  return `There is maintenance since ${shownTime(startedAt)}; ${announced}.${message === null ? '' : ` Message: ${message}`}`;
}
