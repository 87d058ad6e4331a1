/**
 * One request and its one record, from arrival to the close of its response. Holds the answer until the record is as durable as the writer
 * promises; whatever happens, and in whichever order, exactly one row is made.
 *
 *   identifying -> working -> opening -> streaming            -> closed   (bytes before the end: an opening row, the row at close)
 *                          -> releasing -> answering          -> closed   (a whole answer: the row, then the answer)
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { EdgeProblem } from './audit.options';
import type { AuditRecord, Outcome, Refusal } from './audit.types';
import { ended, notEnded, rawRequest, type Draft, type Ending } from './draft';
import { failpoint } from './failpoint';
import { HeldResponse } from './held-response';
import { NotRecordedError } from './not-recorded';
import { answerText, type Answer } from './protocol-answers';

/** What the edge needs of the writer. */
export interface RecordSink {
  provisional(record: AuditRecord): Promise<void>;
  release(record: AuditRecord): Promise<void>;
  /** A request that is not worked on at all: counted. Resolves when its answer may leave. */
  turnAway(organizationId: string): Promise<void>;
  settle(id: string, change?: Partial<Pick<AuditRecord, 'outcome' | 'status' | 'durationMs' | 'responseBytes'>>): void;
}

/** What one exchange needs of the recorder. */
export type ExchangePorts = {
  sink: RecordSink;
  record: (draft: Draft, ending: Ending) => AuditRecord;
  answer: (problem: EdgeProblem) => Answer;
  onError: (message: string, error: unknown) => void;
  /** The response has closed and the record is final. */
  onClosed: (exchange: Exchange) => void;
};

/** On the request itself: a map beside it would have to be looked up, and collected, for every request. */
const EXCHANGE = Symbol('exchange');
type Carrier = { [EXCHANGE]?: Exchange };

/** Takes the raw request, or Fastify's or Express's around it. Null for one that is not recorded. */
export const findExchange = (request: unknown): Exchange | null => (rawRequest(request) as Carrier)[EXCHANGE] ?? null;

/** An answer of the edge in place of the framework's. */
export type Objection = { status: number; code: string; reason?: string; outcome: Outcome };
export const unrecordable: Objection = { status: 503, code: 'recording_unavailable', reason: 'journal_full', outcome: 'completed' };

export const comeAgain = { 'Retry-After': '5' } as const;

/** Nobody reads an answer after the client has left; nginx's number for it. */
const clientLeft = 499;

type Phase = 'identifying' | 'working' | 'opening' | 'streaming' | 'releasing' | 'answering' | 'closed';

export class Exchange {
  private phase: Phase = 'identifying';
  private left = false;
  private intended = false;
  private objection: Objection | null = null;
  private readonly held: HeldResponse;
  /** Where it stands among the open ones; theirs to set. */
  place = -1;
  private waiting: (() => void)[] | null = null;
  private readonly released = (): void => this.answer(true);
  private readonly notReleased = (error: unknown): void => {
    this.report('A request could not be recorded; its answer was replaced by a refusal.', error);
    this.answer(false);
  };

  constructor(
    readonly draft: Draft,
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    private readonly ports: ExchangePorts,
  ) {
    (request as Carrier)[EXCHANGE] = this;
    this.held = new HeldResponse(response, () => this.begun());
    response.on('close', responseClosed);
    if (mayHaveBody(request)) countBytes(request);
  }

  /** Resolves when the response has closed and the record is final. */
  get closed(): Promise<void> {
    return this.phase === 'closed' ? Promise.resolve() : new Promise((resolve) => (this.waiting ??= []).push(resolve));
  }

  /** The body has not arrived in full: an error of the connection is this request's. */
  get isArriving(): boolean {
    return !this.request.complete;
  }

  get clientHasLeft(): boolean {
    return this.left;
  }

  get isEnded(): boolean {
    return this.response.writableEnded;
  }

  /** The caller is known, so the record may be made. Returns whether the request goes on. */
  identified(): boolean {
    if (this.phase !== 'identifying') return false;
    this.phase = 'working';
    if (this.left) void this.finish('aborted');
    else if (this.objection) this.object(this.objection);
    else return true;
    return false;
  }

  /** Durable before an unsafe handler starts. Rejects when that is impossible: then the handler must not start. */
  async intend(): Promise<void> {
    if (this.phase !== 'working') throw new Error('The request has ended before its handler could start.');
    await this.ports.sink.provisional(this.ports.record(this.draft, notEnded));
    failpoint('exchange.intended');
    this.intended = true;
    // A timed-out body or a client that left has ended the request meanwhile (the phase changes while we wait).
    if ((this.phase as Phase) !== 'working') throw new Error('The request has ended before its handler could start.');
  }

  /** Refused by `identify`: an ordinary answer, the connection stays. */
  refuse({ status, headers, body, contentType, reason, error }: Refusal): void {
    Object.assign(this.draft, { reason, error });
    const content = JSON.stringify(body);
    this.response.writeHead(status, { ...headers, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(content) });
    this.response.end(this.request.method === 'HEAD' ? undefined : content);
  }

  /** The edge answers, whatever the framework is doing, and the connection closes. A begun answer cannot be taken back: it breaks off. */
  object(objection: Objection): void {
    if (this.phase === 'identifying') this.objection ??= objection;
    else if (this.phase === 'working') {
      this.replaceAnswer(objection);
      this.release();
    } else if (this.phase === 'streaming') {
      this.objection = objection;
      this.request.socket.destroy();
    }
  }

  /** The response or its connection has closed. */
  connectionClosed(): void {
    if (this.left || this.phase === 'closed') return;
    this.left = true;
    if (this.phase === 'working') void this.finish('aborted');
    if (this.phase === 'streaming') void this.finish(this.held.isComplete ? 'completed' : 'aborted');
    if (this.phase === 'answering') this.settle();
    // In the other phases somebody waits for something, and looks at `left` next.
  }

  private begun(): void {
    if (this.phase !== 'working') return;
    const { draft } = this;
    if (draft.handlerStartedAt !== null) draft.handlerMs = performance.now() - draft.handlerStartedAt;
    if (this.response.writableEnded) this.release();
    else void this.stream();
  }

  private async stream(): Promise<void> {
    this.phase = 'opening';
    try {
      if (!this.intended) await this.ports.sink.provisional(this.ports.record(this.draft, notEnded));
    } catch (error) {
      this.report('A streamed answer could not be recorded; it was refused.', error);
      this.replaceAnswer(unrecordable);
    }
    if (this.left) return this.finish('aborted');
    if (this.response.writableEnded) {
      this.release();
      return;
    }
    this.phase = 'streaming';
    this.held.open();
  }

  /** A whole answer: first the row, then the bytes. */
  private release(): void {
    this.phase = 'releasing';
    const ending = this.left
      ? this.ending('aborted')
      : ended(this.draft, this.objection?.outcome ?? 'completed', this.response.statusCode, this.held.bytes);
    this.write(ending).then(this.released, this.notReleased);
  }

  private answer(recorded: boolean): void {
    // With its intent recorded the work may have been done: the caller must look, and not be told to come again.
    if (!recorded && this.objection !== unrecordable) this.replaceAnswer(unrecordable);
    this.phase = 'answering';
    if (this.left) this.settle();
    else this.held.open();
  }

  /** The row of what has ended already: streamed, or left by the client. */
  private async finish(outcome: Outcome): Promise<void> {
    this.phase = 'releasing';
    await this.write(this.ending(outcome)).catch((error: unknown) => this.report('A request that has ended could not be recorded.', error));
    this.ports.sink.settle(this.draft.edge.id);
    this.close();
  }

  private settle(): void {
    const change = this.held.isComplete
      ? undefined
      : this.held.hasLeft
        ? ({ outcome: 'aborted' } as const)
        : ({ outcome: 'aborted', status: clientLeft, responseBytes: 0 } as const);
    this.ports.sink.settle(this.draft.edge.id, change);
    this.close();
  }

  private close(): void {
    this.phase = 'closed';
    this.ports.onClosed(this);
    for (const resolve of this.waiting ?? []) resolve();
  }

  private ending(outcome: Outcome): Ending {
    const status = this.held.hasLeft ? this.response.statusCode : clientLeft;
    return ended(this.draft, this.objection?.outcome ?? outcome, status, this.held.hasLeft ? this.held.bytes : 0);
  }

  private report(message: string, error: unknown): void {
    if (!(error instanceof NotRecordedError)) this.ports.onError(message, error);
  }

  private write(ending: Ending): Promise<void> {
    try {
      return this.ports.sink.release(this.ports.record(this.draft, ending));
    } catch (error) {
      return Promise.reject(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private replaceAnswer(objection: Objection): void {
    const { status, code, reason = code } = objection;
    this.objection = objection;
    this.draft.reason = reason;
    this.draft.error = { code, detail: null, issues: [] };
    const answer = this.ports.answer({
      status,
      code,
      id: this.draft.edge.id,
      mayHaveBeenDone: this.intended && code === unrecordable.code,
    });
    const withBody = this.request.method !== 'HEAD';
    const headers = code === unrecordable.code && !this.intended ? { ...answer.headers, ...comeAgain } : answer.headers;
    this.held.replace(answerText({ ...answer, headers }, { withBody }), withBody ? Buffer.byteLength(JSON.stringify(answer.body)) : 0);
    this.response.statusCode = status;
  }
}

function responseClosed(this: ServerResponse): void {
  (this.req as Carrier)[EXCHANGE]?.connectionClosed();
}

const mayHaveBody = ({ headers }: IncomingMessage): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Counted as Node hands the body over, so nothing is consumed; what nobody reads is not counted. */
function countBytes(request: IncomingMessage): void {
  request.push = countedPush;
}

function countedPush(this: IncomingMessage, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk instanceof Uint8Array) {
    const exchange = (this as Carrier)[EXCHANGE];
    if (exchange) exchange.draft.requestBytes += chunk.byteLength;
  }
  return Readable.prototype.push.call(this, chunk, encoding);
}
