/** The answers that the edge gives itself: their text on the wire, and the default problem document (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { EdgeProblem } from './audit.options';

const titles: Record<string, string> = {
  malformed_request: 'The request is not valid HTTP',
  request_timeout: 'The request took too long to arrive',
  payload_too_large: 'The request body is too large',
  headers_too_large: 'The header of the request is too large',
  expectation_failed: 'The expectation of the request cannot be met',
  not_implemented: 'The method is not implemented',
  recording_unavailable: 'The request cannot be recorded, so it is not accepted',
  overload: 'The service has too much to do',
  internal_error: 'Something failed on our side',
};

export function problemDocument(
  { status, code, id }: EdgeProblem,
  requestId: (id: string) => string,
): { contentType: string; body: unknown } {
  return {
    contentType: 'application/problem+json',
    body: { type: 'about:blank', title: titles[code] ?? STATUS_CODES[status] ?? 'Refused', status, code, requestId: requestId(id) },
  };
}

export type Answer = { status: number; headers: Readonly<Record<string, string>>; contentType: string; body: unknown };

/** A whole HTTP/1.1 answer as text. It always closes the connection: it is for requests after which the connection is not trusted. */
export function answerText({ status, headers, contentType, body }: Answer, { withBody }: { withBody: boolean }): string {
  const content = JSON.stringify(body);
  const lines = Object.entries({
    Date: new Date().toUTCString(),
    ...headers,
    'Content-Type': contentType,
    'Content-Length': String(Buffer.byteLength(content)),
    'Cache-Control': 'no-store',
    Connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('\r\n')}\r\n\r\n${withBody ? content : ''}`;
}
