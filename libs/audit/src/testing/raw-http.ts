/** HTTP by hand: what no client library would send, and when. */
import { connect, type Socket } from 'node:net';

export type RawResponse = { status: number; head: string; body: string };

/** Sends the bytes and reads until the server closes, or until `answers` whole answers are there. */
export function exchangeRaw(
  port: number,
  bytes: string | readonly string[],
  { answers = Number.POSITIVE_INFINITY, pauseMs = 15 }: { answers?: number; pauseMs?: number } = {},
): Promise<RawResponse[]> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const bodiless = [bytes].flat()[0]?.startsWith('HEAD ') ?? false;
    let text = '';
    const finish = (): void => {
      socket.destroy();
      resolve(readResponses(text, bodiless));
    };
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      if (readResponses(text, bodiless).length >= answers) finish();
    });
    socket.on('error', () => undefined);
    socket.on('close', finish);
    writeSlowly(socket, [bytes].flat(), pauseMs);
  });
}

function writeSlowly(socket: Socket, parts: readonly string[], pauseMs: number): void {
  const [first, ...rest] = parts;
  if (first === undefined || socket.destroyed) return;
  socket.write(first, 'latin1');
  if (rest.length > 0) setTimeout(() => writeSlowly(socket, rest, pauseMs), pauseMs);
}

/** Sends, waits for `until` bytes of an answer (0: for a moment), and leaves without a word. */
export function leave(port: number, bytes: string, { until = 0, afterMs = 25 }: { until?: number; afterMs?: number } = {}): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes, 'latin1');
      if (until === 0) setTimeout(() => socket.destroy(), afterMs);
    });
    let read = 0;
    socket.on('data', (chunk) => {
      read += chunk.length;
      if (until > 0 && read >= until) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

/** `bodiless`: answers to HEAD. Whole answers with `Content-Length`, chunked, or without a body. */
export function readResponses(text: string, bodiless = false): RawResponse[] {
  const responses: RawResponse[] = [];
  for (let rest = text; ;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return responses;
    const head = rest.slice(0, end);
    const after = rest.slice(end + 4);
    const size = bodiless ? 0 : bodySize(head, after);
    if (size === null || after.length < size) return responses;
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    if (status !== 100) responses.push({ status, head, body: after.slice(0, size) });
    rest = after.slice(size);
  }
}

/** Null: the last chunk has not come yet. */
function bodySize(head: string, after: string): number | null {
  if (!/^transfer-encoding: *chunked/im.test(head)) return Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
  const last = after.indexOf('0\r\n\r\n');
  return last < 0 ? null : last + 5;
}

export const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: h\r\n${headers}\r\n`;
export const post = (path: string, body: string, headers = 'Content-Type: application/json\r\n'): string =>
  `POST ${path} HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
