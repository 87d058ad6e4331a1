/** How the embedded PostgreSQL is started; all else is its own default. */
import { totalmem } from 'node:os';

const MIB = 1_048_576;
/** PostgreSQL's own default, and what a log of some million records gains from. */
const [LEAST, MOST] = [128, 1_024];
/** Of the machine: its file system needs the most, and keeps the rest of the log ready. */
const SHARE = 8;

/** MiB of pages that PostgreSQL keeps; memory is taken as they are read, not at the start. `memory`: bytes. */
export const sharedBuffers = (memory: number): number => Math.min(MOST, Math.max(LEAST, Math.floor(memory / SHARE / MIB)));

/** Bytes: of the machine, or what its container may use. */
function memory(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

export const embeddedSettings = ({ port }: { port: number }): string[] => [
  'listen_addresses=127.0.0.1',
  `port=${port}`,
  'unix_socket_directories=',
  'max_connections=120',
  `shared_buffers=${sharedBuffers(memory())}MB`,
  'password_encryption=scram-sha-256',
];
