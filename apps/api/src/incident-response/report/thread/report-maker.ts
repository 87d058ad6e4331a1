/** Makes reports: on paper in a thread where the product is built, else (other formats, specs) right here; the same code either way. */
import { Worker } from 'node:worker_threads';
import type { IncidentReport } from '../incident-report';
import { reportFile, type AskedReport, type ReportFile } from '../report-file';

export type Assignment = { report: IncidentReport; asked: AskedReport };
export type Made = { name: string; type: string; bytes: Uint8Array };

/** A thousand rows and all of their text are a tenth of it: beyond it something is wrong, and the report fails rather than the process. */
const MOST_HEAP_MIB = 512;
/** With a processor of its own a second or two. */
const MOST_MS = 120_000;
/** One that has made a report makes the next one twice as fast; whoever wants one paper often wants another. */
const REST_MS = 60_000;

export class ReportMaker {
  private resting: { thread: Worker; until: NodeJS.Timeout } | null = null;

  /** `file`: of the thread; null: none. */
  constructor(private readonly file: string | null) {}

  make(report: IncidentReport, asked: AskedReport): Promise<ReportFile> {
    return this.file === null || asked.format !== 'pdf' ? reportFile(report, asked) : this.inThread({ report, asked }, this.file);
  }

  /** One that works goes on: somebody waits for it. */
  async close(): Promise<void> {
    await this.wake()?.terminate();
  }

  private async inThread(assignment: Assignment, file: string): Promise<ReportFile> {
    const thread = this.wake() ?? new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MIB }, name: 'report' });
    const late = setTimeout(() => void thread.terminate(), MOST_MS);
    try {
      const { name, type, bytes } = await madeBy(thread, assignment);
      this.rest(thread);
      return { name, type, bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
    } finally {
      clearTimeout(late);
    }
  }

  private wake(): Worker | null {
    const thread = this.resting?.thread ?? null;
    clearTimeout(this.resting?.until);
    this.resting = null;
    thread?.ref();
    return thread;
  }

  /** One of them; nobody waits for it to end the process. */
  private rest(thread: Worker): void {
    if (this.resting) {
      void thread.terminate();
      return;
    }
    thread.unref();
    // One that dies in its sleep is not there for the next.
    const gone = (): void => {
      if (this.resting?.thread === thread) this.wake();
    };
    thread.once('error', gone).once('exit', gone);
    this.resting = { thread, until: setTimeout(() => void this.close(), REST_MS).unref() };
  }
}

async function madeBy(thread: Worker, assignment: Assignment): Promise<Made> {
  try {
    return await new Promise<Made>((resolve, reject) => {
      thread.on('message', resolve);
      thread.on('error', reject);
      thread.on('exit', (code) => reject(new Error(`The thread of a report ended with ${code} and without it.`)));
      thread.postMessage(assignment);
    });
  } finally {
    for (const event of ['message', 'error', 'exit']) thread.removeAllListeners(event);
  }
}
