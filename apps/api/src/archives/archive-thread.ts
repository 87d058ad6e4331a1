/** A thread that writes one archive, with a connection of its own. An entry of the bundle (rolldown.config.mjs). */
import { parentPort, workerData } from 'node:worker_threads';
import { ThreadReading } from '../exports';
import { giveWay } from '../platform/give-way';
import { writeArchive } from './archive-file';
import type { Assignment, FromThread } from './archive-writing';

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
