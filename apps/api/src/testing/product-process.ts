/** The product as processes of their own, for what only a process can show: signals, exit codes, what a kill leaves behind. */
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const root = resolve(__dirname, '../../../..');

const script = `import('./tools/start/build.mjs').then(({ isBuilt }) => process.exit(isBuilt(process.cwd()) ? 0 : 1))`;

/**
 * Bundled into node_modules/.cache, so that imports resolve and no other build is disturbed; copied from dist/ where that is of the same sources.
 * Returns the file to run.
 */
export function bundleProduct(name: string): string {
  const directory = join(root, 'node_modules/.cache/pinebill-spec', name);
  if (spawnSync(process.execPath, ['-e', script], { cwd: root }).status === 0) {
    rmSync(directory, { recursive: true, force: true });
    cpSync(join(root, 'dist/apps/api'), directory, { recursive: true });
  } else {
    const rolldown = [join(root, 'node_modules/rolldown/bin/cli.mjs'), '-c', 'apps/api/rolldown.config.mjs', '-d', directory];
    execFileSync(process.execPath, [...process.execArgv, ...rolldown], { cwd: root, stdio: 'ignore' });
  }
  return join(directory, 'main.mjs');
}

export type ProductProcess = {
  child: ChildProcess;
  /** Everything it has said so far. */
  output: () => string;
  /** Resolves with the URL; rejects with what it said when it ends before. */
  ready(): Promise<string>;
  /** Exit code, or the signal that ended it. */
  ended(): Promise<number | string>;
};

export type ProductOptions = {
  main: string;
  dataDirectory: string;
  env?: Record<string, string>;
  args?: string[];
  user?: { uid: number; gid: number };
};

export function runProduct({ main, dataDirectory, env = {}, args = [], user }: ProductOptions): ProductProcess {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: root,
    env: { PATH: process.env['PATH'], PORT: '0', PINEBILL_DATA_DIR: dataDirectory, PINEBILL_LOG_LEVEL: 'warn', ...env },
    ...user,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const exit = once(child, 'close').then(([code, signal]: unknown[]) => (code ?? signal) as number | string);
  return {
    child,
    output: () => text,
    ended: () => exit,
    ready: async () => {
      const isRunning = () => child.exitCode === null && child.signalCode === null;
      for (;;) {
        const url = /PineBill is ready: (\S+)/.exec(text)?.[1];
        if (url) return url;
        if (!isRunning()) throw new Error(`The product ended before it was ready:\n${text}`);
        await delay(20);
      }
    },
  };
}
