/** A thread that writes one archive, with a connection of its own. An entry of the bundle (rolldown.config.mjs). */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { ThreadReading } from '../exports';
import { writeArchive } from './archive-file';
import type { Assignment, FromThread } from './archive-writing';

const LOW_PRIORITY = 10;

const port = parentPort;
if (!port) throw new Error('This is a thread, and is started by the product.');
const { span, path, databaseUrl } = workerData as Assignment; // as archive-writing.ts made it
const tell = (message: FromThread): void => port.postMessage(message);

giveWay();
let stopped = false;
port.on('message', () => (stopped = true));
const goOn = (): void => {
  if (stopped) throw new Error('It was stopped.');
};
try {
  const reading = await ThreadReading.open(databaseUrl);
  try {
    tell({ say: 'done', written: await writeArchive(span, path, { reading, goOn }) });
  } finally {
    await reading.close().catch(() => undefined);
  }
} catch (error) {
  tell({ say: 'failed', message: error instanceof Error ? error.message : String(error) });
}
port.close();

/** Requests come first where there are too few processors for both. On Linux a thread has a priority of its own; elsewhere nothing is changed. */
function giveWay(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), LOW_PRIORITY);
  } catch {
    return;
  }
}
