/** What Node's parser could not read as a request: which answer it gets, and what of it may be kept. Pure. */

/** Node's `clientError`: a code, and perhaps the bytes that were being parsed. */
export type ClientError = Error & { code?: string; rawPacket?: Uint8Array };
/** `reason`: kept in the record, when it is not the code. */
export type ProtocolFailure = { status: number; code: string; reason?: string };

const failures: Record<string, ProtocolFailure> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'headers_too_large' },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: { status: 413, code: 'payload_too_large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'request_timeout' },
};
const malformed: ProtocolFailure = { status: 400, code: 'malformed_request' };
const notImplemented: ProtocolFailure = { status: 501, code: 'not_implemented' };

/** What Node reports by itself while the server is open. */
export const arrivedTooLate = (): ClientError => Object.assign(new Error('Request timeout'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });

/** Only the connection ended: no answer can reach anyone. */
export const isDisconnect = ({ code }: ClientError): boolean => code === 'ECONNRESET' || code === 'EPIPE' || code === 'ETIMEDOUT';

/** The client closed in the middle of a request. */
export const isCutShort = ({ code }: ClientError): boolean => code === 'HPE_INVALID_EOF_STATE';

export function failureOf(error: ClientError, line: RequestLine | null): ProtocolFailure {
  // A well-formed request line with a method that Node does not know, against bytes that are no HTTP at all.
  if (error.code === 'HPE_INVALID_METHOD' && line?.whole) return notImplemented;
  return failures[error.code ?? ''] ?? malformed;
}

export type RequestLine = { method: string; path: string; whole: boolean };

/**
 * Method and path out of the first line, and nothing else: the rest may be a header with a key. Null unless the packet begins like a
 * request. `whole` is false when the line goes on beyond the packet, or does not end like a request line.
 */
export function salvageRequestLine(packet: Uint8Array | undefined): RequestLine | null {
  if (!packet) return null;
  const text = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength).toString('latin1');
  const found = /^(?:\r?\n)*([A-Z][A-Z-]{1,19}) ((?:https?:\/)?\/[^\s?#]*)([^\s]*)( HTTP\/1\.[01]\r?\n)?/.exec(text);
  if (!found?.[1] || found[2] === undefined) return null;
  return { method: found[1], path: found[2], whole: found[4] !== undefined };
}
