// Makes system calls of a running process fail, as a disk that breaks would: strace attaches to it and answers in the kernel's place.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { findTool } from './machine.mjs';
import { Impossible } from './stage.mjs';

/** What writes and flushes the journal, and none of what serves connections. */
const journalCalls = 'pwrite64,pwritev,pwritev2,fdatasync,fsync';

/** `error`: EROFS, EIO, ENOSPC ... Resolves, once it is in force, with a function that takes it away. */
export async function breakJournal(product, error, calls = journalCalls) {
  const strace = findTool('strace');
  if (!strace) throw new Impossible('there is no strace');
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${calls}`, '-e', `inject=${calls}:error=${error}`, '-p', product.child.pid];
  const tracer = spawn(strace, args.map(String), { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(tracer, 'exit');
  let words = '';
  tracer.stderr.on('data', (chunk) => (words += chunk));
  for (let waited = 0; !isTraced(product.child.pid); waited += 1, await delay(20))
    if (tracer.exitCode !== null || waited > 250) throw new Impossible(`strace may not attach: ${words.trim()}`);
  return async () => {
    tracer.kill('SIGINT');
    await exited;
  };
}

const isTraced = (pid) => spawnSync('grep', ['-q', '^TracerPid:\\s*[1-9]', `/proc/${pid}/status`]).status === 0;
