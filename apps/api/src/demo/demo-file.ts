/** What the demo remembers between two starts, in its data directory: which key plays whom, and whether the history was finished. No secrets. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type DemoMemory = { keys: Readonly<Record<string, string>>; historyWrittenAt: string };

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'demo.json');

/** Null: there was no demo here, or it was stopped before its history was complete. */
export function recall(dataDirectory: string): DemoMemory | null {
  const file = fileIn(dataDirectory);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as DemoMemory) : null;
}

export function remember(dataDirectory: string, memory: DemoMemory): void {
  const draft = `${fileIn(dataDirectory)}.draft`;
  writeFileSync(draft, JSON.stringify(memory));
  renameSync(draft, fileIn(dataDirectory));
}
