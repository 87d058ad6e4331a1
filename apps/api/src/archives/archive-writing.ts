/** Has one archive written: in a thread of its own where the product is built, else (specs) right here; the same code either way. */
import { Worker } from 'node:worker_threads';
import { withDeadline } from '../platform/deadline';
import { writeArchive, type Reading, type Span, type Written } from './archive-file';

export type Assignment = { span: Span; path: string; databaseUrl: string };
export type FromThread = { say: 'done'; written: Written } | { say: 'failed'; message: string };

/** A thread that does not stop by then is stopped. */
const STOP_MS = 2_000;
/** Pages are small: beyond it something is wrong, and the archive fails rather than the process. */
const MOST_HEAP_MIB = 512;

/** `thread`: its file; null: none. */
type Surroundings = { thread: string | null; databaseUrl: string; reading: Reading; signal: AbortSignal };

export function writtenArchive(span: Span, path: string, around: Surroundings): Promise<Written> {
  const { thread, reading, signal } = around;
  if (thread === null) return writeArchive(span, path, { reading, goOn: () => signal.throwIfAborted() });
  return inThread({ span, path, databaseUrl: around.databaseUrl }, thread, signal);
}

async function inThread(assignment: Assignment, file: string, signal: AbortSignal): Promise<Written> {
  signal.throwIfAborted();
  const thread = new Worker(file, { workerData: assignment, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB }, name: 'archive' }); // prettier-ignore
  const gone = new Promise((resolve) => thread.once('exit', resolve));
  const stop = (): void => {
    thread.postMessage('stop');
    setTimeout(() => void thread.terminate(), STOP_MS).unref();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<Written>((resolve, reject) => {
      thread.on('message', (message: FromThread) => (message.say === 'done' ? resolve(message.written) : reject(new Error(message.message)))); // prettier-ignore
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`The thread of an archive ended with ${code}.`)));
    });
  } finally {
    signal.removeEventListener('abort', stop);
    // It ends by itself, with its connection closed in order.
    await withDeadline(gone, STOP_MS).catch(() => thread.terminate());
  }
}
