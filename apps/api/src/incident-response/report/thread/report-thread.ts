/**
 * A thread that makes reports on paper, so that requests do not wait while pages are set. It is given the facts and needs no database. Of the priority of all
 * else: unlike for an export, somebody waits. An entry of the bundle (rolldown.config.mjs).
 */
import { parentPort } from 'node:worker_threads';
import { reportFile } from '../report-file';
import type { Assignment, Made } from './report-maker';

const port = parentPort;
if (!port) throw new Error('This is a thread, and is started by the product.');

/** What goes wrong ends the thread, with the reason. */
async function make({ report, asked }: Assignment): Promise<void> {
  const { name, type, bytes } = await reportFile(report, asked);
  // Of its own: what is handed over is gone here.
  const made: Made = { name, type, bytes: Uint8Array.from(bytes) };
  port?.postMessage(made, [made.bytes.buffer as ArrayBuffer]);
}
port.on('message', (assignment: Assignment) => void make(assignment));
