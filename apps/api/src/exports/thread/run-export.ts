/** Writes one export: in a thread of its own where the product is built, else (specs) right here; the same code either way. */
import { Worker } from 'node:worker_threads';
import { withDeadline } from '../../platform/deadline';
import { ExportRun, Stopping } from '../export-run';
import type { ExportFolders } from '../export-folders';
import type { ExportRow, FinishedFile, Progress } from '../exports.queries';
import { partsWith } from '../parts';
import type { Reading } from '../parts/part';
import { toError } from './failures';
import type { Assignment, FromThread, ToThread } from './messages';

const KEEP_EVERY_MS = 1_000;
/** A thread that does not stop by then is stopped. */
const STOP_MS = 2_000;
/** Pages are small: beyond it something is wrong, and the export fails rather than the process. */
const MOST_HEAP_MIB = 512;

type Surroundings = {
  /** The file of the thread; null: none. */
  thread: string | null;
  databaseUrl: string;
  reading: Reading;
  places: ExportFolders;
  /** Writes down how far it is; false when the lease is lost. */
  keep: (progress: Progress) => Promise<boolean>;
  /** Aborted when the process stops. */
  stop: AbortSignal;
};

export function runExport(row: ExportRow, around: Surroundings): Promise<FinishedFile[]> {
  return around.thread === null ? runHere(row, around) : runInThread(row, around, around.thread);
}

function runHere(row: ExportRow, { reading, places, keep, stop }: Surroundings): Promise<FinishedFile[]> {
  const goOn = (): void => {
    if (stop.aborted) throw new Stopping();
  };
  return new ExportRun(row, { parts: partsWith(reading), places, keep, goOn, keepEveryMs: KEEP_EVERY_MS }).files();
}

async function runInThread(row: ExportRow, { databaseUrl, places, keep, stop }: Surroundings, file: string): Promise<FinishedFile[]> {
  const assignment: Assignment = { row: { ...row, manifest: null, signature: null }, databaseUrl, folders: places.root, keepEveryMs: KEEP_EVERY_MS }; // prettier-ignore
  const thread = new Worker(file, { workerData: assignment, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB }, name: 'export' }); // prettier-ignore
  const say = (message: ToThread): void => thread.postMessage(message);
  const ended = new Promise<FinishedFile[]>((resolve, reject) => {
    thread.on('message', (message: FromThread) => {
      if (message.say === 'done') resolve(message.files);
      else if (message.say === 'failed') reject(toError(message.failure));
      // What cannot be written down ends the work, as it would here; the thread waits for an answer all the same.
      else
        void keep(message.progress).then(
          (kept) => say({ say: 'kept', kept }),
          (error: unknown) => {
            reject(error instanceof Error ? error : new Error(String(error)));
            say({ say: 'kept', kept: false });
          },
        );
    });
    thread.on('error', reject);
    thread.on('exit', (code) => reject(new Error(`The thread of an export ended with ${code}.`)));
  });
  const gone = new Promise((resolve) => thread.once('exit', resolve));
  const stopping = (): void => {
    say({ say: 'stop' });
    setTimeout(() => void thread.terminate(), STOP_MS).unref();
  };
  stop.addEventListener('abort', stopping);
  try {
    if (stop.aborted) throw new Stopping();
    return await ended.catch((error: unknown) => {
      throw stop.aborted ? new Stopping() : error;
    });
  } finally {
    stop.removeEventListener('abort', stopping);
    ended.catch(() => undefined);
    // It ends by itself, with its connection closed in order.
    await withDeadline(gone, STOP_MS).catch(() => thread.terminate());
  }
}
