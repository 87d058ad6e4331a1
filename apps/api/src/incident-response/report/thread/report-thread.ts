/**
 * A thread that makes one report on paper, so that requests do not wait while pages are set. It is given the facts and needs no database. An entry of the
 * bundle (rolldown.config.mjs).
 */
import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../../../platform/give-way';
import { reportFile } from '../report-file';
import type { Assignment, Made } from './make-report';

const port = parentPort;
if (!port) throw new Error('This is a thread, and is started by the product.');
giveWay();
const { report, asked } = workerData as Assignment; // as make-report.ts made it
const { name, type, bytes } = await reportFile(report, asked);
// Of its own: what is handed over is gone here.
const made: Made = { name, type, bytes: Uint8Array.from(bytes) };
port.postMessage(made, [made.bytes.buffer as ArrayBuffer]);
