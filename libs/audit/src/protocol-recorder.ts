/**
 * What never becomes an ordinary request: bytes that the parser refuses, requests that do not arrive in time, CONNECT, upgrades. One record
 * each, and the answer only after it and after the answers before it on the same connection.
 */
import { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Identity, Outcome } from './audit.types';
import { ClientConnection } from './client-connection';
import { ended, notEnded, type Draft, type Ending } from './draft';
import { comeAgain, unrecordable, type ExchangePorts } from './exchange';
import { NotRecordedError } from './not-recorded';
import { answerText } from './protocol-answers';
import { failureOf, isCutShort, isDisconnect, salvageRequestLine, type ClientError, type ProtocolFailure } from './protocol-errors';
import type { HandOverSocket } from './server-listeners';

type Ports = ExchangePorts & {
  draft: (request: IncomingMessage, socket: Socket) => Draft;
  identify: (draft: Draft) => Promise<Identity | null>;
  track: (work: Promise<unknown>) => void;
};

/** How long a client may take to read the refusal before the connection is cut; its own bytes are read and dropped meanwhile. */
const lingerMs = 1_000;

export class ProtocolRecorder {
  constructor(private readonly ports: Ports) {}

  /** Node's `clientError`. */
  failed(error: ClientError, socket: Socket): void {
    const connection = ClientConnection.of(socket);
    if (connection.hasFailed) return;
    connection.hasFailed = true;
    const owner = connection.arriving;
    if (owner) {
      // The client that closes in the middle of its body has left; anything else is answered in the request's own name.
      if (isDisconnect(error) || isCutShort(error)) return void socket.destroy();
      owner.object({ ...failureOf(error, null), outcome: 'protocolError' });
      return void owner.closed.then(() => socket.destroy());
    }
    if (socket.bytesRead === 0 || (isDisconnect(error) && connection.hasServed)) return void socket.destroy();
    this.ports.track(this.recordFailure(error, socket, connection));
  }

  connected(request: IncomingMessage, socket: Socket, handOver: HandOverSocket): void {
    this.leaveHttp(socket);
    this.ports.track(handOver ? this.hand(request, socket, handOver) : this.refuse(request, socket));
  }

  upgraded(request: IncomingMessage, socket: Socket, handOver: HandOverSocket): void {
    this.leaveHttp(socket);
    this.ports.track(handOver ? this.hand(request, socket, handOver) : this.refuse(request, socket));
  }

  private async recordFailure(error: ClientError, socket: Socket, connection: ClientConnection): Promise<void> {
    const packet = error.rawPacket && connection.beginsWith(error.rawPacket) ? error.rawPacket : undefined;
    const line = salvageRequestLine(packet);
    const draft = this.nameless(socket, line);
    if (isDisconnect(error) || socket.destroyed) return this.recordAbsence(draft, socket, line === null);
    await this.conclude(draft, socket, failureOf(error, line), 'protocolError', line === null);
  }

  /** Only what the first line says: headers were not parsed, so nobody can be identified. */
  private nameless(socket: Socket, line: { method: string; path: string } | null): Draft {
    const request = new IncomingMessage(socket);
    request.method = line?.method ?? '-';
    request.url = line?.path ?? '-';
    return this.ports.draft(request, socket);
  }

  private async refuse(request: IncomingMessage, socket: Socket): Promise<void> {
    const draft = this.ports.draft(request, socket);
    await this.ports.identify(draft);
    await this.conclude(draft, socket, { status: 501, code: 'not_implemented' }, 'completed');
  }

  /** The record, then the answer. */
  private async conclude(draft: Draft, socket: Socket, failure: ProtocolFailure, outcome: Outcome, withoutLine = false): Promise<void> {
    await ClientConnection.of(socket).answered();
    const { id } = draft.edge;
    draft.reason = failure.reason ?? failure.code;
    draft.error = { code: failure.code, detail: null, issues: [] };
    const size = Buffer.byteLength(JSON.stringify(this.ports.answer({ status: failure.status, code: failure.code, id }).body));
    const recorded = await this.write(draft, ended(draft, outcome, failure.status, size), withoutLine);
    sayGoodbye(socket, this.text(recorded ? failure : unrecordable, draft));
    this.ports.sink.settle(id);
  }

  /** Half a request, and nobody left to answer. */
  private async recordAbsence(draft: Draft, socket: Socket, withoutLine: boolean): Promise<void> {
    socket.destroy();
    await this.write(draft, ended(draft, 'aborted', 499, 0), withoutLine);
    this.ports.sink.settle(draft.edge.id);
  }

  private text({ status, code }: ProtocolFailure, draft: Draft): string {
    const answer = this.ports.answer({ status, code, id: draft.edge.id });
    const headers = code === unrecordable.code ? { ...answer.headers, ...comeAgain } : answer.headers;
    return answerText(
      { ...answer, headers },
      {
        withBody: draft.edge.method !== 'HEAD',
      },
    );
  }

  private async write(draft: Draft, ending: Ending, withoutLine: boolean): Promise<boolean> {
    try {
      const record = this.ports.record(draft, ending);
      await this.ports.sink.release(withoutLine ? { ...record, method: null, path: null, route: null } : record);
      return true;
    } catch (error) {
      if (!(error instanceof NotRecordedError)) this.ports.onError('A malformed request could not be recorded.', error);
      return false;
    }
  }

  /** The connection becomes something else (a WebSocket): an opening row before, the row at its close with the status it was given. */
  private async hand(request: IncomingMessage, socket: Socket, handOver: () => void): Promise<void> {
    const draft = this.ports.draft(request, socket);
    const identity = await this.ports.identify(draft);
    const { refusal } = identity ?? {};
    if (!identity || refusal) {
      const failure = refusal
        ? { status: refusal.status, code: refusal.error.code, reason: refusal.reason }
        : { status: 500, code: 'internal_error' };
      return this.conclude(draft, socket, failure, 'completed');
    }
    try {
      await this.ports.sink.provisional(this.ports.record(draft, notEnded));
    } catch (error) {
      this.ports.onError('An upgraded connection could not be recorded; it was refused.', error);
      return this.conclude(draft, socket, unrecordable, 'completed');
    }
    const closed = new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())));
    const status = firstStatus(socket);
    handOver();
    await closed;
    await this.write(draft, ended(draft, status() === null ? 'aborted' : 'completed', status() ?? 499, socket.bytesWritten), false);
    this.ports.sink.settle(draft.edge.id);
  }

  /** Node has taken its own listeners off: without one an error would end the process. */
  private leaveHttp(socket: Socket): void {
    ClientConnection.of(socket).isForeign = true;
    socket.on('error', () => socket.destroy());
  }
}

/** The answer, then the end; what the client still sends is dropped, or the answer would be lost with a reset. */
function sayGoodbye(socket: Socket, text: string): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(text);
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once('end', () => socket.destroySoon());
  socket.once('close', () => clearTimeout(timer));
}

/** Reads the status line that somebody else writes. */
function firstStatus(socket: Socket): () => number | null {
  let status: number | null = null;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  socket.write = (...args: unknown[]) => {
    const [chunk] = args;
    const text = typeof chunk === 'string' ? chunk.slice(0, 12) : Buffer.from(chunk as Uint8Array).toString('latin1', 0, 12);
    const found = /^HTTP\/1\.[01] (\d{3})/.exec(text);
    socket.write = write;
    if (found) status = Number(found[1]);
    return write(...args);
  };
  return () => status;
}
