// Nothing can be recorded any more: the journal's disk is full, read-only or fails to flush, or its bound is reached, while PostgreSQL is away.
// Requests are refused with 503, have no effect, and are told of in gap records afterwards, exactly. Recovery needs no restart.
import { setTimeout as delay } from 'node:timers/promises';
import { breakJournal } from '../inject.mjs';
import { mountSmall } from '../machine.mjs';
import { counts, Impossible, recovery, seconds, until } from '../stage.mjs';

const REFUSED_WITHIN_MS = 180_000;
const RECOVERED_WITHIN_MS = 60_000;
const MEBIBYTE = 1_024 * 1_024;

/** `fill`: begins what makes recording impossible, and resolves with a function that ends it. */
const scenario = (about, { prepare = () => ({}), fill }) => ({
  about,
  long: { calmSeconds: 5, refusedSeconds: 30 },
  short: { calmSeconds: 1, refusedSeconds: 3 },
  async run(stage) {
    const { settings } = stage;
    const server = await stage.server();
    const product = await stage.product({ urls: server.urls(), ...(await prepare(stage)) });
    const client = await stage.client(product);
    client.start(product.url);
    await delay(settings.calmSeconds * 1_000);
    const mend = await fill({ stage, server, product, client });
    const filledMs = await until(() => client.attempts.slice(-200).some(isRefused), REFUSED_WITHIN_MS);
    stage.figures['until the first refusal'] = seconds(filledMs);
    if (filledMs === null) stage.find('not refused', `no request was refused within ${seconds(REFUSED_WITHIN_MS)}`);
    await delay(settings.refusedSeconds * 1_000);
    await mend();
    const recoveredMs = await recovery(stage, client, RECOVERED_WITHIN_MS);
    stage.figures['recovered, after it was mended'] = seconds(recoveredMs);
    await delay(settings.calmSeconds * 1_000);
    const { attempts, rows } = await stage.conclude();
    stage.figures['answers of 503'] = counts(attempts.filter(({ status }) => status === 503).map(({ code, retryAfter }) => `${code}${retryAfter === null ? ', no Retry-After' : ''}`)); // prettier-ignore
    stage.figures['gap records'] = counts(rows.filter(({ kind }) => kind === 'gap').map(({ gap }) => `${gap.cause} (${gap.count})`));
  },
});

const isRefused = ({ status, code }) => status === 503 && code === 'recording_unavailable';

async function withoutPostgres({ server }) {
  await server.stop();
  return () => server.start();
}

/** The calls on the journal's files fail, PostgreSQL is there. */
const failing = (error, calls) => ({ product }) => breakJournal(product, error, calls); // prettier-ignore

/** A file system of 16 MB for the journal alone; where none may be mounted, strace says ENOSPC in the kernel's place. */
function smallJournal(stage) {
  try {
    mountSmall(stage, `${stage.base}/product/data/journal`, 16 * MEBIBYTE);
    stage.figures['full by'] = 'tmpfs';
  } catch (error) {
    if (!(error instanceof Impossible)) throw error;
    stage.figures['full by'] = `strace (${error.message})`;
  }
  return {};
}

async function withFullDisk(parts) {
  if (parts.stage.figures['full by'] === 'tmpfs') return withoutPostgres(parts);
  return breakJournal(parts.product, 'ENOSPC');
}

export const journalDiskFull = scenario('the journal on a full disk of 16 MB, PostgreSQL away', {
  prepare: smallJournal,
  fill: withFullDisk,
});
/** As above, and the process dies meanwhile: the next start finds a full disk. */
export const journalDiskFullKilled = scenario('the journal on a full disk of 16 MB, and kill -9', {
  prepare: smallJournal,
  fill: async ({ stage, server, product, client }) => {
    if (stage.figures['full by'] !== 'tmpfs') throw new Impossible('no small file system may be mounted here');
    await server.stop();
    return async () => {
      client.pause();
      await product.killApi();
      await server.start();
      product.spawn();
      await product.ready();
      client.connect(product.url);
    };
  },
});
export const journalBound = scenario('the journal at PINEBILL_JOURNAL_MAX_BYTES, PostgreSQL away', {
  prepare: () => ({ environment: { PINEBILL_JOURNAL_MAX_BYTES: String(16 * MEBIBYTE) } }),
  fill: withoutPostgres,
});
export const journalReadOnly = scenario('the journal on a disk that has become read-only (EROFS)', { fill: failing('EROFS') });
export const journalNotFlushed = scenario('the journal on a disk whose flushes fail (EIO)', { fill: failing('EIO', 'fdatasync,fsync') });
