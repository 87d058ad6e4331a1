/**
 * Holds the bytes of an answer back, in the way in which Node holds back a pipelined answer whose turn has not come: the framework ends the
 * response, its state is what it always is then (`headersSent`, `writableEnded`, back-pressure), and nothing reaches the socket until
 * `open()`. The only file that knows Node's internals (`_writeRaw`, `_flush`, `outputData`: unchanged from Node 12 to 24; `assertNode` looks).
 */
import { ServerResponse } from 'node:http';

/** On the response itself: a map beside it would have to be looked up, and collected, for every request. */
const HELD = Symbol('held');

type Callback = ((error?: Error | null) => void) | null | undefined;
type Output = { data: string | Uint8Array; encoding: BufferEncoding | null | undefined; callback: Callback };
type NodeResponse = ServerResponse & {
  _writeRaw(data: string | Uint8Array, encoding?: BufferEncoding | null | Callback, callback?: Callback, size?: number): boolean;
  _flush(): void;
  _onPendingData(delta: number): void;
  outputData: Output[];
  outputSize: number;
  _last: boolean;
  _hasBody: boolean;
  _header: string | null;
  [HELD]: HeldResponse;
};
const node = ServerResponse.prototype as NodeResponse;

export function assertNode(): void {
  if (typeof node._writeRaw === 'function' && typeof node._flush === 'function') return;
  throw new Error(`Node ${process.version} builds responses in another way than this library knows; answers could not be held.`);
}

export class HeldResponse {
  private held = true;
  private begun = false;
  private ending = false;
  private watched = false;
  private replaced = false;
  private bodyBytes = 0;
  private left = false;
  private arrived = false;
  private readonly response: NodeResponse;

  /**
   * `onBegin` is called once: as soon as the answer is whole, or else after the turn of the event loop in which it began (ended in the same turn
   * means that it is whole).
   */
  constructor(
    response: ServerResponse,
    private readonly onBegin: () => void,
  ) {
    this.response = response as NodeResponse;
    // One function for all responses, not one each: this is done for every request.
    Object.assign(response, { [HELD]: this, _writeRaw: writeRaw, _flush: flush, write: countedWrite, end: countedEnd });
  }

  /**
   * All of the answer has been taken by the operating system. Not Node's `writableFinished`: a socket that is destroyed drops what it has
   * not written, and then calls that finished.
   */
  get isComplete(): boolean {
    return this.arrived;
  }

  /** Some of the answer has been handed to the connection. */
  get hasLeft(): boolean {
    return this.left;
  }

  /** Bytes of the body that were handed over by the framework, before transfer encoding; none for HEAD, 204 and 304. */
  get bytes(): number {
    return this.replaced || this.response._hasBody ? this.bodyBytes : 0;
  }

  /** Everything held, and everything to come, may leave. */
  open(): void {
    if (!this.held) return;
    this.held = false;
    // Without a socket it is not this answer's turn; Node flushes when it is.
    if (this.response.socket) this.response._flush();
  }

  /**
   * Puts a whole answer in the place of what was held, and ends the response; what the framework still writes goes nowhere. The connection
   * closes after it. Only before `open()`.
   */
  replace(answer: string, bodyBytes: number): void {
    const { response } = this;
    this.replaced = true;
    this.begun = true; // by us, who know
    this.bodyBytes = bodyBytes;
    this.empty();
    if (!response.writableEnded) response.end();
    this.empty();
    response.outputData.unshift({ data: answer, encoding: 'utf8', callback: null });
    response._last = true;
    // An exception filter that finds headers sent may cut the connection; it does not know whose answer this is now.
    response.destroy = () => response;
  }

  /** The callbacks stay: they are how Node learns that the response has finished. */
  private empty(): void {
    for (const output of this.response.outputData) output.data = '';
  }

  writeRaw(data: string | Uint8Array, encoding: BufferEncoding | null | Callback, callback: Callback, size?: number): boolean {
    const { response } = this;
    // Before there is a header it can only be 1xx, which answers nothing.
    if (!this.held || response._header === null) {
      this.left ||= !this.held && response.socket !== null;
      return node._writeRaw.call(response, data, encoding, this.watch(callback), size);
    }
    this.begin();
    return this.keep(this.replaced ? '' : data, encoding, this.watch(callback));
  }

  flush(): void {
    const { response } = this;
    // Before there is a header only "100 Continue" can be queued: of a request whose turn on its connection has just come.
    if (this.held && response._header !== null) return;
    this.left ||= !this.held && response.outputData.length > 0;
    node._flush.call(response);
  }

  count(chunk: unknown, encoding: unknown): void {
    if (this.replaced || this.response.writableEnded) return;
    if (typeof chunk === 'string')
      this.bodyBytes += Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
    else if (chunk instanceof Uint8Array) this.bodyBytes += chunk.byteLength;
  }

  end(args: Parameters<ServerResponse['end']>): void {
    this.count(args[0], args[1]);
    const whole = !this.begun;
    this.ending = true;
    try {
      node.end.apply(this.response, args);
    } finally {
      this.ending = false; // headers may have been refused: the framework answers again
    }
    // Nothing was left to write, so nothing tells when it was written.
    if (!this.watched) this.response.prependOnceListener('finish', () => this.noteArrival());
    // Nothing had begun before: what `end` wrote is all of it, and nobody has to wait a turn to know.
    if (whole && this.begun) this.onBegin();
  }

  private noteArrival(): void {
    this.watched = true;
    this.arrived = !this.response.req.socket.destroyed;
  }

  /**
   * The callback of what `end` writes last leads to `finish`, whose other listeners let go of the socket. Not a listener of our own: a second
   * one makes the garbage collector carry every response into the old generation (measured: a quarter of the time of a request).
   */
  private watch(callback: Callback): Callback {
    if (!this.ending || typeof callback !== 'function') return callback;
    this.watched = true;
    return (error) => {
      if (!error) this.noteArrival();
      callback(error);
    };
  }

  private keep(data: string | Uint8Array, encoding: BufferEncoding | null | Callback, callback: Callback): boolean {
    const { response } = this;
    const output = typeof encoding === 'function' ? { data, encoding: null, callback: encoding } : { data, encoding, callback };
    response.outputData.push(output);
    response.outputSize += data.length;
    response._onPendingData(data.length);
    return response.outputSize < response.writableHighWaterMark;
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    if (!this.ending) process.nextTick(this.onBegin);
  }
}

// Node calls these as methods of the response.
function writeRaw(this: NodeResponse, ...[data, encoding, callback, size]: Parameters<NodeResponse['_writeRaw']>): boolean {
  return this[HELD].writeRaw(data, encoding, callback, size);
}
function flush(this: NodeResponse): void {
  this[HELD].flush();
}
function countedWrite(this: NodeResponse, ...args: Parameters<ServerResponse['write']>): boolean {
  this[HELD].count(args[0], args[1]);
  return node.write.apply(this, args);
}
function countedEnd(this: NodeResponse, ...args: Parameters<ServerResponse['end']>): NodeResponse {
  this[HELD].end(args);
  return this;
}
