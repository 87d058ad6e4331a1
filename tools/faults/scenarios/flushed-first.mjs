// strace watches the product, in mode durable: every answer must come after an fsync or fdatasync of its record.
import { spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findTool } from '../machine.mjs';
import { Impossible, until } from '../stage.mjs';
import { Trace } from '../trace.mjs';

/** Longer than any group of entries. */
const STRING_BYTES = 8 * 1_024 * 1_024;
const SHOWN = 20;
const PATIENCE_MS = 900_000;
const calls = 'write,writev,pwrite64,pwritev,pwritev2,fdatasync,fsync,sendto,sendmsg';

export const flushedFirst = {
  about: 'strace: every acknowledgement is preceded by an fsync or fdatasync of its bytes',
  long: { answers: 10_000 },
  short: { answers: 300 },
  async run(stage) {
    const strace = findTool('strace');
    if (!strace) throw new Impossible('there is no strace on this machine, and it could not be installed');
    const server = await stage.server();
    mkdirSync(join(stage.base, 'traces'));
    const file = join(stage.base, 'traces/trace');
    // -D: strace becomes a process beside, and what it watches stays our child.
    const watch = (output) => [strace, '-D', '-f', '--seccomp-bpf', '-y', '-qq', '-s', String(STRING_BYTES), '-e', `trace=${calls}`, '-e', 'signal=none', '-o', output]; // prettier-ignore
    const [program, ...args] = watch('/dev/null');
    if (spawnSync(program, [...args, 'true']).status !== 0) throw new Impossible('strace may not watch a process here');
    const product = await stage.product({ urls: server.urls(), wrapper: watch(file), environment: { PINEBILL_AUDIT_MODE: 'durable' } });
    const client = await stage.client(product);
    client.start(product.url);
    if ((await until(() => client.answered >= stage.settings.answers, PATIENCE_MS, 50)) === null)
      stage.find('too few', `${client.answered} answers`);
    await stage.conclude();
    const trace = await readTrace(file);
    Object.assign(stage.figures, { 'answers traced': trace.answers, violations: trace.violations.length });
    for (const violation of trace.violations.slice(0, SHOWN)) stage.find('not flushed', violation);
    if (trace.answers < stage.answered) stage.find('too few', `strace saw ${trace.answers} of ${stage.answered} answers`);
  },
};

async function readTrace(file) {
  const trace = new Trace();
  for await (const line of createInterface({ input: createReadStream(file) })) trace.push(line);
  return trace;
}
