/**
 * Asks DuckDB in a process of its own: it reads files that came back from somewhere else, with native code, and whatever becomes of it becomes of that process
 * alone. Loaded when somebody asks. Values are parameters; a statement is ours.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { Places } from './places';

const MEMORY = '256MB';
/** Taken before the first file is fetched: files of those who would be refused afterwards fill the disk for nothing. */
export const duckDbPlaces = new Places(2);
export class DuckDbTooSlow extends Error {}

/** What the process runs: the question comes on its standard input, the answer leaves on its standard output. */
const program = `
const { text } = require('node:stream/consumers');
(async () => {
  const { module, sql, parameters, memory } = JSON.parse(await text(process.stdin));
  const { DuckDBInstance } = require(module);
  const instance = await DuckDBInstance.create(':memory:', { threads: '1', memory_limit: memory });
  const connection = await instance.connect();
  await connection.run("set timezone = 'UTC'");
  const reader = await connection.runAndReadAll(sql, parameters);
  process.stdout.write(JSON.stringify(reader.getRowObjectsJson()));
})().catch((error) => { process.stderr.write(String(error && error.message)); process.exitCode = 1; });
`;

type Value = string | number | null;
export type Question = { sql: string; parameters: readonly Value[]; limitMs: number; signal: AbortSignal };

/** Rows as objects; 64-bit integers as text. Throws `DuckDbTooSlow`, and what the signal says. */
export async function askDuckDb({ sql, parameters, limitMs, signal }: Question): Promise<Record<string, unknown>[]> {
  // From where the product was started: its modules lie beside or above it.
  const module = createRequire(process.argv[1] ?? process.cwd()).resolve('@duckdb/node-api');
  const child = spawn(process.execPath, ['--max-old-space-size=256', '-e', program], {
    stdio: 'pipe',
    signal,
    killSignal: 'SIGKILL',
    env: {},
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const clock = { isLate: false };
  const late = setTimeout(() => (clock.isLate = child.kill('SIGKILL')), limitMs);
  // One that dies before it has read the question closes its end.
  child.stdin.on('error', () => undefined);
  child.stdin.end(JSON.stringify({ module, sql, parameters, memory: MEMORY }));
  try {
    const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (clock.isLate) throw new DuckDbTooSlow(`DuckDB needed more than ${limitMs} ms.`);
    if (code !== 0) throw new Error(`DuckDB ended with ${code ?? 'a signal'}: ${complained.slice(0, 500)}`);
    return JSON.parse(said) as Record<string, unknown>[];
  } finally {
    clearTimeout(late);
  }
}

/** Files of ours, by paths that we made. */
export const parquetOf = (paths: readonly string[]): string =>
  `read_parquet([${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}])`;
