/** Makes one report: on paper in a thread of its own where the product is built, else (other formats, specs) right here; the same code either way. */
import { Worker } from 'node:worker_threads';
import type { IncidentReport } from '../incident-report';
import { reportFile, type AskedReport, type ReportFile } from '../report-file';

export type Assignment = { report: IncidentReport; asked: AskedReport };
export type Made = { name: string; type: string; bytes: Uint8Array };

/** A thousand rows and all of their text are a tenth of it: beyond it something is wrong, and the report fails rather than the process. */
const MOST_HEAP_MIB = 512;
/** With a processor of its own a second or two. */
const MOST_MS = 120_000;

/** `thread`: its file; null: none. */
export function makeReport(report: IncidentReport, asked: AskedReport, thread: string | null): Promise<ReportFile> {
  return thread === null || asked.format !== 'pdf' ? reportFile(report, asked) : inThread({ report, asked }, thread);
}

async function inThread(workerData: Assignment, file: string): Promise<ReportFile> {
  const thread = new Worker(file, { workerData, resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB }, name: 'report' });
  const late = setTimeout(() => void thread.terminate(), MOST_MS);
  try {
    const { name, type, bytes } = await new Promise<Made>((resolve, reject) => {
      thread.on('message', resolve);
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`The thread of a report ended with ${code} and without it.`)));
    });
    return { name, type, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
  } finally {
    clearTimeout(late);
  }
}
