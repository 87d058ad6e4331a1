/**
 * Asks DuckDB in a process of its own: it reads files that came back from somewhere else, with native code, and whatever becomes of it becomes of that process
 * alone. Loaded when somebody asks. Values are parameters; a statement is ours.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';
import { AppError } from '../platform/app-error';

const MEMORY = '256MB';
const LIMIT_MS = 20_000;
const MOST_AT_ONCE = 2;
let working = 0;

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

/** Rows as objects; 64-bit integers as text. */
export async function askDuckDb(sql: string, parameters: readonly Value[]): Promise<Record<string, unknown>[]> {
  if (working >= MOST_AT_ONCE) throw new AppError('overload', { detail: 'Other archives are being searched. Try again in a moment.', headers: { 'retry-after': '5' } }); // prettier-ignore
  working++;
  try {
    // From where the product was started: its modules lie beside or above it.
    const module = createRequire(process.argv[1] ?? process.cwd()).resolve('@duckdb/node-api');
    const child = spawn(process.execPath, ['--max-old-space-size=256', '-e', program], {
      stdio: 'pipe',
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
      env: {},
    });
    const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    // One that dies before it has read the question closes its end.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify({ module, sql, parameters, memory: MEMORY }));
    const [said, complained, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    if (code !== 0) throw new Error(`DuckDB ended with ${code ?? 'a signal'}: ${complained.slice(0, 500)}`);
    return JSON.parse(said) as Record<string, unknown>[];
  } finally {
    working--;
  }
}

/** Files of ours, by paths that we made. */
export const parquetOf = (paths: readonly string[]): string =>
  `read_parquet([${paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ')}])`;
