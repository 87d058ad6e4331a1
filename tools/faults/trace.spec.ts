/** The proof that every answer follows its flush rests on this parser: it must see an answer that does not. */
import { parseLine, Trace } from './trace.mjs';

const uuid = '01936f1a-2b3c-3d4e-8f60-622a8386281b';
const requestId = 'req_01jdqhmasw7n78yr325a1rca0v';
const row = (status: string): string => `{\\"id\\":\\"${uuid}\\",\\"method\\":\\"POST\\",\\"status\\":${status}}`;
const file = '23</data/journal/0000000001.journal>';
const write = (status = '201', to = file): string => `11 pwrite64(${to}, "\\377PB\\376${row(status)}", 900, 28) = 900`;
const flush = `12 fdatasync(${file}) = 0`;
const answer = (status = '201'): string => `10 writev(30<socket:[77]>, [{iov_base="HTTP/1.1 ${status} Created\\r\\nRequest-Id: ${requestId}\\r\\n\\r\\n", iov_len=70}], 1) = 70`; // prettier-ignore

function violationsIn(...lines: string[]): number {
  const trace = new Trace();
  for (const line of lines) trace.push(line);
  expect(trace.answers).toBe(1);
  return trace.violations.length;
}

it('an answer after the flush of its row is in order', () => {
  expect(violationsIn(write('null'), flush, write(), flush, answer())).toBe(0);
});

it('a call that others interrupt counts from where it ends', () => {
  const begun = `12 fdatasync(${file} <unfinished ...>`;
  const ended = '12 <... fdatasync resumed>) = 0';
  expect(violationsIn(write(), begun, ended, answer())).toBe(0);
  expect(violationsIn(write(), begun, answer(), ended)).toBe(1);
  expect(violationsIn(begun, write(), ended, answer())).toBe(1);
});

it.each<[string, string[]]>([
  ['without a flush', [write(), answer()]],
  ['before the flush', [write(), answer(), flush]],
  ['after a flush that came before the write', [flush, write(), answer()]],
  ['after a flush of another file', [write(), flush.replace('23<', '24<').replace('1.journal', '2.journal'), answer()]],
  ['after a flush that failed', [write(), `12 fdatasync(${file}) = -1 EIO (Input/output error)`, answer()]],
  ['after a write that failed', [write().replace('= 900', '= -1 ENOSPC (No space left on device)'), flush, answer()]],
  ['with only its intent flushed', [write('null'), flush, answer()]],
  ['with another status than its row', [write('503'), flush, answer()]],
  ['with its row in another file', [write('201', '9</data/other>'), flush, answer()]],
])('an answer %s is a violation', (_, lines) => expect(violationsIn(...lines)).toBe(1));

it('what is no call is no event', () => {
  expect(['', '10 +++ exited with 0 +++', '10 --- SIGTERM {si_signo=SIGTERM} ---'].map(parseLine)).toEqual([null, null, null]);
});
