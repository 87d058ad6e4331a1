/** What the thread that writes an export and the process that watches over it say to each other. */
import type { ExportRow, FinishedFile, Progress } from '../exports.queries';

export type Assignment = { row: ExportRow; databaseUrl: string; folders: string; keepEveryMs: number };

export type FromThread = { say: 'keep'; progress: Progress } | { say: 'done'; files: FinishedFile[] } | { say: 'failed'; failure: Failure };
export type ToThread = { say: 'kept'; kept: boolean } | { say: 'stop' };

/** An error loses its class on the way; these are the ones that are told apart. */
export type Failure = { kind: 'final' | 'incomplete' | 'lost' | 'stopping' | 'other'; name: string; message: string; code: string | null; stack: string | null }; // prettier-ignore
