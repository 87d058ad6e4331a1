// Reads what strace saw of the product and says for each HTTP answer whether its record had been flushed before. Pure: lines in, findings out.
// An answer is in order when, before its first byte was handed to the kernel, a write of a journal file that holds its final row had returned,
// and then an fsync or fdatasync of that file had begun and returned 0.
import { uuidOf } from './requests.mjs';

const WRITES = new Set(['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2', 'sendto', 'sendmsg']);
const FLUSHES = new Set(['fsync', 'fdatasync']);
const JOURNAL = /\.journal$/;
const LINE = /^(\d+)\s+(?:<\.\.\. (\w+) resumed>|(\w+)\((\d+)(?:<([^>]*)>)?)/;
const RESULT = /\)\s+= (-?\d+)/;

/** One event of a line: a call that begins, ends, or does both; null for anything else (signals, exits). */
export function parseLine(line) {
  const found = LINE.exec(line);
  if (!found) return null;
  const [, thread, resumed, name, descriptor, path = ''] = found;
  const ends = !/<unfinished \.\.\.>\s*$/.test(line);
  // The result stands at the end, behind whatever the data looks like.
  const result = ends ? Number(RESULT.exec(line.slice(line.lastIndexOf(')')))?.[1] ?? NaN) : null;
  return { thread, name: resumed ?? name, begins: resumed === undefined, ends, file: `${descriptor}<${path}>`, path, result, text: line };
}

/** The status that the final row of this id has in a write of the journal; null when there is no such row in it. */
function statusIn(text, uuid) {
  for (let at = text.indexOf(uuid); at !== -1; at = text.indexOf(uuid, at + 1)) {
    const status = /\\?"status\\?":(\d+|null)/.exec(text.slice(at, at + 16_384))?.[1];
    if (status !== undefined && status !== 'null') return Number(status);
  }
  return null;
}

export class Trace {
  answers = 0;
  /** Every one is an answer that left too early. */
  violations = [];
  #calls = new Map();
  /** Of each file: the texts of writes that have returned and are not flushed. */
  #written = new Map();
  /** Texts of what is flushed, newest last. */
  #flushed = [];

  push(line) {
    const event = parseLine(line);
    if (event === null) return;
    if (event.begins) this.#begin(event);
    if (event.ends) this.#end(event);
  }

  #begin(call) {
    if (WRITES.has(call.name) && !JOURNAL.test(call.path)) this.#answer(call);
    const covers = FLUSHES.has(call.name) ? (this.#written.get(call.file) ?? []).slice() : [];
    this.#calls.set(call.thread, { ...call, covers });
  }

  #end({ thread, result }) {
    const call = this.#calls.get(thread);
    this.#calls.delete(thread);
    if (!call || !JOURNAL.test(call.path) || !(result >= 0)) return;
    const written = this.#written.get(call.file) ?? [];
    if (WRITES.has(call.name)) this.#written.set(call.file, [...written, call.text]);
    if (!FLUSHES.has(call.name)) return;
    this.#written.set(call.file, written.filter((text) => !call.covers.includes(text))); // prettier-ignore
    this.#flushed.push(...call.covers);
    this.#flushed.splice(0, this.#flushed.length - KEPT);
  }

  #answer({ text }) {
    if (!text.includes('HTTP/1.1 ')) return;
    for (const [, status, head] of text.matchAll(/HTTP\/1\.1 (\d{3})(.*?)(?=HTTP\/1\.1 \d{3}|$)/gs)) {
      const requestId = /Request-Id: (req_[0-9a-z]{26})/i.exec(head)?.[1];
      if (requestId === undefined) continue;
      this.answers += 1;
      const uuid = uuidOf(requestId);
      if (!this.#flushed.some((flushed) => statusIn(flushed, uuid) === Number(status)))
        this.violations.push(`${requestId} (${uuid}) was answered ${status} before its record was flushed`);
    }
  }
}

/** An answer follows its flush closely; a long trace must not stay in memory. */
const KEPT = 512;
