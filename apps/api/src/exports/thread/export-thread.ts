/**
 * A thread that writes one export, so that requests do not wait while rows are formatted, hashed and compressed. It reads with a connection of its own;
 * how far it is, is written down by the process, which may say no: then the lease is lost. An entry of the bundle (rolldown.config.mjs).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../../platform/give-way';
import { ExportFolders } from '../export-folders';
import { ExportRun, Stopping } from '../export-run';
import { partsWith } from '../parts';
import { toFailure } from './failures';
import type { Assignment, FromThread, ToThread } from './messages';
import { ThreadReading } from './thread-reading';

const port = parentPort;
if (!port) throw new Error('This is a thread, and is started by the product.');
const { row, databaseUrl, folders, keepEveryMs } = workerData as Assignment; // as run-export.ts made it
const tell = (message: FromThread): void => port.postMessage(message);

giveWay();
let stopped = false;
let answer: ((kept: boolean) => void) | null = null;
port.on('message', (message: ToThread) => {
  if (message.say === 'stop') stopped = true;
  else answer?.(message.kept);
});

const reading = await ThreadReading.open(databaseUrl).catch((error: unknown) => {
  tell({ say: 'failed', failure: toFailure(error) });
  return null;
});
if (reading) {
  try {
    const run = new ExportRun(row, {
      parts: partsWith(reading),
      places: new ExportFolders(folders),
      keep: (progress) =>
        new Promise((resolve) => {
          answer = resolve;
          tell({ say: 'keep', progress });
        }),
      goOn: () => {
        if (stopped) throw new Stopping();
      },
      keepEveryMs,
    });
    tell({ say: 'done', files: await run.files() });
  } catch (error) {
    tell({ say: 'failed', failure: toFailure(error) });
  } finally {
    await reading.close().catch(() => undefined);
  }
}
port.close();
